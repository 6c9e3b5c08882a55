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
 * sudog says whether it was granted (SG_SUCCESS): so a waiter can be taken out of the middle, which is what a context's end will do.
 *
 * Atomics: 2 to acquire and 2 to release, for the lock. With one P: none.
 */
import { F, I } from "../arena/arena.js";
import {
  G_WAITING,
  SEM_BYTES,
  SEM_HELD,
  SEM_LOCK,
  SEM_SIZE,
  SEM_WAITQ,
  SG_ELEM,
  SG_G,
  SG_SUCCESS,
} from "../arena/layout.js";
import { plock, punlock } from "../arena/lock.js";
import { AT, Handle, HANDLE_SEMAPHORE, handleAt, handleClass } from "../arena/value.js";
import { gopark, goready } from "../sched/proc.js";
import { acquireSudog, dequeue, enqueue, releaseSudog } from "../sched/sudog.js";
import { waitReasonSemacquire } from "../sched/waitreason.js";
import { mustg, type Suspend, type SUSPEND } from "../stack/current.js";
import { FatalError, GoPanic } from "../stack/fatal.js";
import { finish } from "../stack/native.js";
import { registerFin } from "../stack/trampoline.js";
import { newObject } from "./object.js";

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
   * `yield* sem.acquire(n)`: takes n units, waiting until they are free and all who came before have got theirs. Suspends only
   * if it has to wait.
   *
   * @param n an integer from 0 to the size; 1 if it is not given
   * @throws RangeError if it is not: it would wait for ever
   * @example
   * const sem = new Semaphore(10);
   * yield* sem.acquire(7);
   * println(sem.tryAcquire(4), sem.tryAcquire(3));
   * // Output:
   * // false true
   */
  acquire(n = 1): Generator<Suspend, void, unknown> {
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
  $acquire(g: number, _fp: number, _pc: number, _sent: unknown, n = 1): undefined | typeof SUSPEND {
    check(n, "sem.acquire");
    const a = this.addr;
    // Plain: constant since the semaphore was made.
    if (n > F[(a + SEM_SIZE) >> 1]!)
      throw new RangeError(
        `sem.acquire(${n}): the semaphore's size is ${F[(a + SEM_SIZE) >> 1]}, so this would wait for ever`,
      );
    plock(a + SEM_LOCK);
    if (take(a, n)) {
      punlock(a + SEM_LOCK);
      return undefined;
    }
    const s = acquireSudog();
    I[s + SG_G] = g;
    I[s + SG_SUCCESS] = 0;
    F[(s + SG_ELEM) >> 1] = n; // a number is a tagged value
    I[g + G_WAITING] = s;
    enqueue(a + SEM_WAITQ, s);
    return gopark(g, finAcquire, a + SEM_LOCK, waitReasonSemacquire);
  }
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

/** Steps 3 and 4. */
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
    punlock(a + SEM_LOCK);
    goready(I[s + SG_G]!);
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
