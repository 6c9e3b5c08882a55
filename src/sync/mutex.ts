/**
 * Mutex: mutual exclusion between goroutines; waiting suspends the goroutine, never the thread.
 *
 * One state word, as in the runtime's own lock (arena/lock.ts), with a queue of goroutines instead of a futex:
 *   0 free   1 locked   2 locked, and goroutines may wait
 *
 *   lock    1. CAS 0 -> 1: done.
 *           2. Under MU_LOCK: exchange 2. It was 0: ours. Else join the queue and park; the scheduler releases MU_LOCK.
 *   unlock  3. CAS 1 -> 0: done.
 *           4. Under MU_LOCK: first waiter gets the mutex handed over, the state stays 2; nobody waits: 0.
 *
 * A waiter has put 2 before it is in the queue and holds MU_LOCK until it can be readied; so an unlocker that sees 1 has no
 * waiter (the exchange of 2 finds its 0 then), and one that sees 2 finds the queue complete.
 *
 * Direct hand-off is fair and simple; Go's normal mode, which lets a running goroutine barge in, and its starvation mode
 * come with the rest of sync. Atomics: 1 to lock, 1 to unlock. With one P: none.
 */
import { FREE, LOCKED, WAITERS } from "./words.js";
import { I } from "../arena/arena.js";
import { pcas, pload, pstore, pxchg } from "../arena/atomics.js";
import { plock, punlock } from "../arena/lock.js";
import { G_WAITING, KIND_SYNC, MU_BYTES, MU_LOCK, MU_STATE, MU_WAITQ, SG_G } from "../arena/layout.js";
import { mallocgc } from "../arena/malloc.js";
import { Handle, HANDLE_MUTEX, handleAt, handleClass } from "../arena/value.js";
import { gopark, goready } from "../sched/proc.js";
import { acquireSudog, dequeue, enqueue, releaseSudog } from "../sched/sudog.js";
import { waitReasonSemacquire } from "../sched/waitreason.js";
import { mustg, type Suspend, type SUSPEND } from "../stack/current.js";
import { FatalError } from "../stack/fatal.js";
import { finish } from "../stack/native.js";
import { registerFin } from "../stack/trampoline.js";

/** After a parked lock was readied: it was handed to us. */
const finLock = registerFin((g) => {
  releaseSudog(I[g + G_WAITING]!);
  I[g + G_WAITING] = 0;
  return undefined;
});

/**
 * A mutual exclusion lock.
 *
 * @example
 * const add = goroutine(function* add(mu: Mutex, total: Chan<number>, wg: WaitGroup) {
 *   yield* mu.lock();
 *   try { yield* total.send((yield* total.recv())! + 1); } finally { mu.unlock(); }
 *   wg.done();
 * });
 *
 * const mu = new Mutex();
 * const wg = new WaitGroup();
 * const total = chan<number>(1);
 * yield* total.send(0);
 * wg.add(100);
 * for (let i = 0; i < 100; i++) go(add, mu, total, wg);
 * yield* wg.wait();
 * println(yield* total.recv());
 * // Output:
 * // 100
 */
export class Mutex extends Handle {
  constructor();
  /** @internal */
  constructor(addr: number);
  constructor(addr?: number) {
    super(addr ?? newObject());
    if (addr === undefined) return handleAt(HANDLE_MUTEX, this.addr) as Mutex;
  }

  /** `yield* mu.lock()`: locks, waiting for its turn. Not reentrant. */
  lock(): Generator<Suspend, void, unknown> {
    return finish(this.$lock(mustg("mu.lock")));
  }

  /** Locks if it is free; returns whether it did. */
  tryLock(): boolean {
    mustg("mu.tryLock");
    return pcas(this.addr + MU_STATE, FREE, LOCKED);
  }

  /** Unlocks; any goroutine may. Of an unlocked mutex: fatal error `sync: unlock of unlocked mutex`, as in Go. */
  unlock(): void {
    mustg("mu.unlock");
    if (!pcas(this.addr + MU_STATE, LOCKED, FREE)) unlockSlow(this.addr);
  }

  /** @internal */
  $lock(g: number): undefined | typeof SUSPEND {
    if (pcas(this.addr + MU_STATE, FREE, LOCKED)) return undefined;
    return lockSlow(g, this.addr);
  }
}

function lockSlow(g: number, a: number): undefined | typeof SUSPEND {
  plock(a + MU_LOCK);
  if (pxchg(a + MU_STATE, WAITERS) === FREE) {
    punlock(a + MU_LOCK);
    return undefined;
  }
  const sg = acquireSudog();
  I[sg + SG_G] = g;
  I[g + G_WAITING] = sg;
  enqueue(a + MU_WAITQ, sg);
  return gopark(g, finLock, a + MU_LOCK, waitReasonSemacquire);
}

function unlockSlow(a: number): void {
  plock(a + MU_LOCK);
  if (pload(a + MU_STATE) === FREE) {
    punlock(a + MU_LOCK);
    throw new FatalError("sync: unlock of unlocked mutex");
  }
  const sg = dequeue(a + MU_WAITQ);
  if (sg === 0) pstore(a + MU_STATE, FREE);
  punlock(a + MU_LOCK);
  if (sg !== 0) goready(I[sg + SG_G]!);
}

function newObject(): number {
  mustg("new Mutex");
  const a = mallocgc(MU_BYTES, KIND_SYNC);
  for (let i = 0; i < MU_BYTES / 4; i++) I[a + i] = 0;
  return a;
}

handleClass(HANDLE_MUTEX, Mutex, MU_BYTES);
