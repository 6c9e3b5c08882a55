/** Mutex as users hold it; the algorithm is in lock.ts. */
import { pcas } from "../arena/atomics.js";
import { MU_STATE, MUTEX_BYTES, MUTEX_MU } from "../arena/layout.js";
import { AT, Handle, HANDLE_MUTEX, handleAt, handleClass, madeAt } from "../arena/value.js";
import { mustg, SUSPEND, type Suspend } from "../stack/current.js";
import { finish } from "../stack/native.js";
import { finLock, mutexlock, mutextrylock, mutexunlock } from "./lock.js";
import { newObject } from "./object.js";
import { mutexLocked } from "./words.js";

/**
 * A mutual exclusion lock between goroutines: one at a time is between `lock` and `unlock`. Waiting suspends the goroutine,
 * never its thread. Use it to guard state that several goroutines change in several steps; to hand values over, use a channel.
 *
 * As in Go, it is not reentrant, it may be unlocked by another goroutine than the one that locked it, and it is fair
 * within limits: normally who runs already is served first, but nobody waits for much longer than 1 ms, after which the lock is
 * handed from one waiter to the next (starvation mode).
 *
 * A Mutex is a reference. Sending one through a channel, passing it to `go`, or putting it inside of data refers to the same lock
 * on every thread, locked or not: there is no copy of a Mutex, and so none of Go's traps about copying one. It is made
 * in a goroutine and lives until the runtime closes.
 *
 * Algorithm: Go's `sync/mutex.go`.
 *
 * @example
 * const mu = new Mutex();
 * const total = chan<number>(1);
 * yield* total.send(0);
 * const wg = new WaitGroup();
 * wg.add(10);
 * for (let i = 1; i <= 10; i++) {
 *   go(function* () {
 *     yield* mu.lock();
 *     try {
 *       const n = (yield* total.recv())!;
 *       yield* gosched(); // whoever runs now finds the mutex locked
 *       yield* total.send(n + i);
 *     } finally {
 *       mu.unlock();
 *     }
 *     wg.done();
 *   });
 * }
 * yield* wg.wait();
 * println(yield* total.recv());
 * // Output:
 * // 55
 */
export class Mutex extends Handle {
  constructor();
  /** @internal */
  constructor(addr: number, at: typeof AT);
  constructor(addr?: number, at?: typeof AT) {
    super(madeAt(addr, at, "Mutex") ?? newObject(HANDLE_MUTEX, MUTEX_BYTES, "Mutex"), AT);
    // One handle for an object: the one made by `new` is the one that others find.
    if (addr === undefined) return handleAt(HANDLE_MUTEX, this.addr) as Mutex;
  }

  /**
   * `yield* mu.lock()`: locks, waiting until it is free. Suspends only if it has to wait. Locking what one holds oneself
   * waits for ever: if nothing else can run, the program ends with Go's deadlock report.
   *
   * @example
   * const mu = new Mutex();
   * yield* mu.lock();
   * try {
   *   println("only one goroutine at a time is here");
   * } finally {
   *   mu.unlock();
   * }
   * // Output:
   * // only one goroutine at a time is here
   */
  lock(): Generator<Suspend, void, unknown> {
    return finish(this.$lock(mustg("mu.lock")));
  }

  /**
   * Locks if that is possible without waiting, and returns whether it did. Never suspends. Rarely what you want: a program that
   * needs it often waits in a loop elsewhere.
   *
   * @example
   * const mu = new Mutex();
   * println(mu.tryLock(), mu.tryLock());
   * // Output:
   * // true false
   */
  tryLock(): boolean {
    mustg("mu.tryLock");
    return mutextrylock(this.addr + MUTEX_MU);
  }

  /**
   * Unlocks. Any goroutine may; never suspends. Of several that wait, the one that has waited longest is woken.
   *
   * @throws FatalError `sync: unlock of unlocked mutex`, which ends the program as in Go and cannot be caught
   * @example
   * const mu = new Mutex();
   * yield* mu.lock();
   * go(function* () { mu.unlock(); });
   * yield* mu.lock();
   * println("unlocked by another goroutine");
   * // Output:
   * // unlocked by another goroutine
   */
  unlock(): void {
    mustg("mu.unlock");
    mutexunlock(this.addr + MUTEX_MU);
  }

  /** @internal */
  $lock(g: number): undefined | typeof SUSPEND {
    // Here and not only in mutexlock: one call less where it is free.
    if (pcas(this.addr + MUTEX_MU + MU_STATE, 0, mutexLocked)) return undefined;
    return mutexlock(g, this.addr + MUTEX_MU, finLock) ? undefined : SUSPEND;
  }
}

handleClass(HANDLE_MUTEX, Mutex, MUTEX_BYTES);
