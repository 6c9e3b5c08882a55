/**
 * Semaphore, weighted (as golang.org/x/sync/semaphore): a lock, how much is held, and a queue.
 *
 *   acquire   1. under the lock: enough is free and nobody waits: take it
 *             2. else join the queue with its weight; park (the scheduler releases the lock)
 *   release   3. under the lock: give back; then, as long as enough is free for the first in the queue, grant and take it out
 *             4. ready those without the lock
 *
 * The first in the queue is never passed over for a smaller one behind it: under steady load a large one would wait for ever.
 * Nobody checks again after being readied: what it asked for was taken on its behalf, under the lock.
 *
 * A queue of its own and not the semaphores of sema.ts, whose waiters all ask for 1. It is linked both ways and a waiter's
 * sudog says whether it was granted (SG_SUCCESS): so a waiter can be taken out of the middle.
 *
 * Who acquires with a context waits in a select, for a channel of its own that release closes instead of readying it (SG_CHAN),
 * and for the end of the context:
 *   5. the channel: granted. If the context has ended in the meantime, give it back (3)
 *   6. the end, under the lock: still in the queue: leave it, and grant to others whom this waiter has held up (3)
 *   7. not in the queue any more: granted. Wait until release has closed the channel, or it would be closed after it was
 *      freed; then as 5
 * A context comes from a folder above this one; what matters here is what it has, `done` and `err`.
 *
 * Frame of such an acquire (stack/library.ts), point 1: in the select, 2: in step 7. Slots: the semaphore, n, the sudog, the
 * context.
 *
 * Atomics: 2 to acquire and 2 to release, for the lock. With one P: none. Waiting with a context adds those of the select.
 */
import { F, I } from "../arena/arena.js";
import {
  C_BYTES,
  G_WAITING,
  KIND_HCHAN,
  SELECT_RECV,
  SEM_BYTES,
  SEM_HELD,
  SEM_LOCK,
  SEM_SIZE,
  SEM_WAITQ,
  SG_CHAN,
  SG_ELEM,
  SG_G,
  SG_SUCCESS,
} from "../arena/layout.js";
import { plock, punlock } from "../arena/lock.js";
import { mfree } from "../arena/malloc.js";
import { AT, decode, Handle, HANDLE_SEMAPHORE, handleAt, handleClass } from "../arena/value.js";
import type { Chan } from "../chan/chan.js";
import { chanrecv, closechan, makechan } from "../chan/hchan.js";
import { begin, type Outcome, selectgo, setcase } from "../chan/selectgo.js";
import { gopark, goready } from "../sched/proc.js";
import { acquireSudog, dequeue, dequeueSudog, enqueue, releaseSudog } from "../sched/sudog.js";
import { waitReasonSemacquire } from "../sched/waitreason.js";
import { mustg, type Suspend, SUSPEND } from "../stack/current.js";
import { FatalError, GoPanic } from "../stack/fatal.js";
import { libraryFunction } from "../stack/library.js";
import { builtin, finish } from "../stack/native.js";
import { base, enter } from "../stack/stack.js";
import { put, registerFin } from "../stack/trampoline.js";
import { newObject } from "./object.js";

/** What can end a wait: a `Context`. */
export interface Ending {
  done(): Chan<unknown>;
  err(): Error | undefined;
}

/**
 * A weighted semaphore: at most `size` units are held at a time, and an operation may ask for several. Use it to bound how
 * much goes on at once: requests, memory, connections. Waiters are served first in, first out.
 *
 * Like a Mutex it is a reference, made in a goroutine, never copied; units are not bound to the goroutine that acquired
 * them.
 *
 * As `golang.org/x/sync/semaphore`.
 *
 * @example
 * const sem = new Semaphore(2);
 * const wg = new WaitGroup();
 * const most = chan<number>(100);
 * const now = chan<number>(100);
 * for (let i = 0; i < 10; i++) {
 *   wg.add(1);
 *   go(function* () {
 *     yield* sem.acquire();
 *     now.trySend(1);
 *     most.trySend(now.len);
 *     yield* gosched();
 *     now.tryRecv();
 *     sem.release();
 *     wg.done();
 *   });
 * }
 * yield* wg.wait();
 * let max = 0;
 * while (most.len > 0) max = Math.max(max, most.tryRecv()!.value!);
 * println("at most", max, "at a time");
 * // Output:
 * // at most 2 at a time
 */
export class Semaphore extends Handle {
  /**
   * @param size units in all, an integer from 0 to 2^53 - 1
   * @throws RangeError if it is not
   */
  constructor(size: number);
  /** @internal */
  constructor(addr: number, at: typeof AT);
  constructor(n: number, at?: typeof AT) {
    super(at === AT ? n : newSemaphore(n), AT);
    if (at !== AT) return handleAt(HANDLE_SEMAPHORE, this.addr) as Semaphore;
  }

  /**
   * `yield* sem.acquire(n, ctx)`: takes n units, waiting until they are free and all who came before have got theirs, or until
   * the context ends. Suspends only if it has to wait.
   *
   * @param n an integer from 0 to the size; 1 if it is not given
   * @param ctx ends the wait; what it has waited for stays free for others. Without one it waits as long as it takes
   * @throws RangeError if n is no such integer: it would wait for ever
   * @throws CanceledError, DeadlineExceededError if the context has ended, before or while it waited: the context's `err()`.
   *   Then nothing is held
   * @example
   * const sem = new Semaphore(10);
   * yield* sem.acquire(7);
   * println(sem.tryAcquire(4), sem.tryAcquire(3));
   * try {
   *   yield* sem.acquire(4, withTimeout(background(), 5));
   * } catch (e) {
   *   println((e as Error).message);
   * }
   * // Output:
   * // false true
   * // context deadline exceeded
   */
  acquire(n = 1, ctx?: Ending): Generator<Suspend, void, unknown> {
    if (ctx !== undefined) return callAcquire(this, n, ctx) as Generator<Suspend, void, unknown>;
    return finish(this.$acquire(mustg("sem.acquire"), 0, 0, undefined, n));
  }

  /**
   * Takes n units if that is possible without waiting; returns whether it did. Never suspends.
   *
   * @param n an integer from 0; 1 if it is not given
   * @throws RangeError if it is not
   * @example
   * const sem = new Semaphore(1);
   * println(sem.tryAcquire(), sem.tryAcquire());
   * // Output:
   * // true false
   */
  tryAcquire(n = 1): boolean {
    mustg("sem.tryAcquire");
    check(n, "sem.tryAcquire");
    const a = this.addr;
    plock(a + SEM_LOCK);
    const ok = take(a, n);
    punlock(a + SEM_LOCK);
    return ok;
  }

  /**
   * Gives n units back; waiters that have enough now run. Any goroutine may. Never suspends.
   *
   * @param n an integer from 0; 1 if it is not given
   * @throws GoPanic `semaphore: released more than held`; then nothing was released
   * @throws RangeError if n is no such integer
   * @example
   * const sem = new Semaphore(3);
   * try {
   *   sem.release();
   * } catch (e) {
   *   println((e as Error).message);
   * }
   * // Output:
   * // semaphore: released more than held
   */
  release(n = 1): void {
    mustg("sem.release");
    check(n, "sem.release");
    release(this.addr, n);
  }

  /** @internal */
  $acquire(g: number, fp: number, _pc: number, _sent: unknown, n = 1, ctx?: Ending): undefined | typeof SUSPEND {
    check(n, "sem.acquire");
    const a = this.addr;
    // Plain: constant since the semaphore was made.
    if (n > F[(a + SEM_SIZE) >> 1]!)
      throw new RangeError(
        `sem.acquire(${n}): the semaphore's size is ${F[(a + SEM_SIZE) >> 1]}, so this would wait for ever`,
      );
    const ended = ctx?.err();
    if (ended !== undefined) throw ended;
    plock(a + SEM_LOCK);
    if (take(a, n)) {
      punlock(a + SEM_LOCK);
      return undefined;
    }
    const s = acquireSudog();
    I[s + SG_G] = g;
    I[s + SG_SUCCESS] = 0;
    I[s + SG_CHAN] = 0;
    F[(s + SG_ELEM) >> 1] = n; // a number is a tagged value
    if (ctx !== undefined) return acquireUntil(g, fp, this, n, s, ctx);
    I[g + G_WAITING] = s;
    enqueue(a + SEM_WAITQ, s);
    return gopark(g, finAcquire, a + SEM_LOCK, waitReasonSemacquire);
  }
}

const callAcquire = builtin("sem.acquire", (g, fp, pc, sent, sem, n, ctx) =>
  (sem as Semaphore).$acquire(g, fp, pc, sent, n as number, ctx as Ending),
) as unknown as (...args: unknown[]) => unknown;

const NAMES = ["granted", "ended"];
const NAME_IDS: number[] = [];

/** Under the lock, which it releases: waits with sudog s until n units are granted or the context has ended. */
function acquireUntil(
  g: number,
  fp: number,
  sem: Semaphore,
  n: number,
  s: number,
  ctx: Ending,
): undefined | typeof SUSPEND {
  const a = sem.addr;
  punlock(a + SEM_LOCK);
  // Without the lock: memory may be short, and the context's methods are not ours. Who releases meanwhile does not see us yet.
  let ch: number;
  let done: number;
  try {
    done = ctx.done().addr;
    ch = makechan(0);
  } catch (e) {
    releaseSudog(s);
    throw e;
  }
  plock(a + SEM_LOCK);
  if (take(a, n)) {
    punlock(a + SEM_LOCK);
    mfree(ch, C_BYTES, KIND_HCHAN);
    releaseSudog(s);
    return undefined;
  }
  I[s + SG_CHAN] = ch;
  enqueue(a + SEM_WAITQ, s);
  punlock(a + SEM_LOCK);
  begin(NAMES, NAME_IDS);
  setcase(0, ch, SELECT_RECV, undefined);
  setcase(1, done, SELECT_RECV, undefined);
  const r = selectgo(g, 2, true);
  return r === SUSPEND ? suspended(g, fp, 1, sem, n, s, ctx) : chosen(g, fp, sem, n, s, ctx, r.case);
}

function suspended(
  g: number,
  fp: number,
  point: number,
  sem: Semaphore,
  n: number,
  s: number,
  ctx: Ending,
): typeof SUSPEND {
  const b = enter(g, fp, 5, (acquireFrame.id << 12) | point);
  put(b + 1, sem);
  put(b + 2, n);
  put(b + 3, s);
  put(b + 4, ctx);
  return SUSPEND;
}

const acquireFrame = libraryFunction("sem.acquire", (g, fp, pc, sent) => {
  const b = base(g) + fp;
  const sem = decode(b + 1) as Semaphore;
  const n = decode(b + 2) as number;
  const s = decode(b + 3) as number;
  const ctx = decode(b + 4) as Ending;
  if (pc < 0) throw sent;
  return pc === 1 ? chosen(g, fp, sem, n, s, ctx, (sent as Outcome).case) : granted(sem, n, s, ctx);
});

/** What the select came to: steps 5 to 7. */
function chosen(
  g: number,
  fp: number,
  sem: Semaphore,
  n: number,
  s: number,
  ctx: Ending,
  which: string,
): undefined | typeof SUSPEND {
  if (which === NAMES[0]) return granted(sem, n, s, ctx);
  const a = sem.addr;
  plock(a + SEM_LOCK);
  if (I[s + SG_SUCCESS] !== 0) {
    punlock(a + SEM_LOCK);
    return chanrecv(g, I[s + SG_CHAN]!) === SUSPEND ? suspended(g, fp, 2, sem, n, s, ctx) : granted(sem, n, s, ctx);
  }
  dequeueSudog(a + SEM_WAITQ, s);
  punlock(a + SEM_LOCK);
  forget(s);
  release(a, 0);
  throw ctx.err();
}

/** Step 5. */
function granted(sem: Semaphore, n: number, s: number, ctx: Ending): undefined {
  forget(s);
  const e = ctx.err();
  if (e === undefined) return undefined;
  release(sem.addr, n);
  throw e;
}

/** The wait is over, and nobody else knows of the sudog and its channel any more. */
function forget(s: number): void {
  mfree(I[s + SG_CHAN]!, C_BYTES, KIND_HCHAN);
  releaseSudog(s);
}

/** After a parked acquire was readied. */
const finAcquire = registerFin((g) => {
  const s = I[g + G_WAITING]!;
  I[g + G_WAITING] = 0;
  const granted = I[s + SG_SUCCESS]!;
  releaseSudog(s);
  if (granted === 0) throw new FatalError("semaphore: spurious wakeup");
  return undefined;
});

/** Step 1. Under the lock. */
function take(a: number, n: number): boolean {
  const held = (a + SEM_HELD) >> 1;
  if (I[a + SEM_WAITQ] !== 0 || F[(a + SEM_SIZE) >> 1]! - F[held]! < n) return false;
  F[held] = F[held]! + n;
  return true;
}

/** Steps 3 and 4; of 0 units: who has become the first in the queue may have enough. */
function release(a: number, n: number): void {
  const size = F[(a + SEM_SIZE) >> 1]!;
  const held = (a + SEM_HELD) >> 1;
  plock(a + SEM_LOCK);
  if (F[held]! < n) {
    punlock(a + SEM_LOCK);
    throw new GoPanic("semaphore: released more than held");
  }
  F[held] = F[held]! - n;
  for (;;) {
    const s = I[a + SEM_WAITQ]!;
    if (s === 0 || size - F[held]! < F[(s + SG_ELEM) >> 1]!) break;
    F[held] = F[held]! + F[(s + SG_ELEM) >> 1]!;
    dequeue(a + SEM_WAITQ);
    I[s + SG_SUCCESS] = 1;
    // Nobody is readied under a lock: it is released for that. Who comes meanwhile finds the queue as it is.
    const ch = I[s + SG_CHAN]!;
    punlock(a + SEM_LOCK);
    if (ch === 0) goready(I[s + SG_G]!);
    else closechan(ch);
    plock(a + SEM_LOCK);
  }
  punlock(a + SEM_LOCK);
}

function check(n: unknown, what: string): void {
  if (!Number.isSafeInteger(n) || (n as number) < 0)
    throw new RangeError(`${what}(${String(n)}): use an integer from 0 to 2^53 - 1`);
}

function newSemaphore(size: number): number {
  check(size, "new Semaphore");
  const a = newObject(HANDLE_SEMAPHORE, SEM_BYTES, "Semaphore");
  F[(a + SEM_SIZE) >> 1] = size;
  return a;
}

handleClass(HANDLE_SEMAPHORE, Semaphore, SEM_BYTES);
