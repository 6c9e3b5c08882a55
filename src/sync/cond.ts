/** Cond (Go: sync/cond.go): a notify list and the lock that guards the condition. */
import { I } from "../arena/arena.js";
import { COND_BYTES, COND_LADDR, COND_LKIND, COND_NL } from "../arena/layout.js";
import { AT, Handle, HANDLE_COND, handleAt, handleClass } from "../arena/value.js";
import { mustg, SUSPEND, type Suspend } from "../stack/current.js";
import { finish } from "../stack/native.js";
import { registerFin } from "../stack/trampoline.js";
import { Mutex } from "./mutex.js";
import { notified, notifyListAdd, notifyListNotifyAll, notifyListNotifyOne, notifyListWait } from "./notifylist.js";
import { newObject } from "./object.js";
import { RLocker, RWMutex } from "./rwmutex.js";

/** What a Cond can be made of: it must be the same lock on every thread. */
export type CondLocker = Mutex | RWMutex | RLocker;

/**
 * A condition variable: goroutines wait until another one says that what they wait for may have come true.
 *
 * What they wait for is state that the lock `l` guards. A waiter locks, looks, and waits in a loop, for when it runs again
 * somebody else may have been faster. Who changes the state calls `signal` to wake one, or `broadcast` to wake all. Often a
 * channel is simpler; a Cond is for many waiters that wait again and again.
 *
 * Like a Mutex it is a reference, made in a goroutine, never copied.
 *
 * Algorithm: Go's `sync/cond.go` with its notify list of tickets: who waits first is woken first.
 *
 * @example
 * const mu = new Mutex();
 * const cond = new Cond(mu);
 * const queue = chan<number>(10); // any state that mu guards
 * go(function* () {
 *   for (let i = 1; i <= 3; i++) {
 *     yield* mu.lock();
 *     queue.trySend(i);
 *     cond.signal();
 *     mu.unlock();
 *   }
 * });
 * for (let n = 0; n < 3; n++) {
 *   yield* mu.lock();
 *   while (queue.len === 0) yield* cond.wait();
 *   println(queue.tryRecv()!.value);
 *   mu.unlock();
 * }
 * // Output:
 * // 1
 * // 2
 * // 3
 */
export class Cond extends Handle {
  /**
   * @param l the lock that guards the condition: a `Mutex`, an `RWMutex`, or what `rw.rLocker()` returns
   * @throws TypeError if it is something else
   */
  constructor(l: CondLocker);
  /** @internal */
  constructor(addr: number, at: typeof AT);
  constructor(l: CondLocker | number, at?: typeof AT) {
    super(at === AT ? (l as number) : newCond(l as CondLocker), AT);
    if (at !== AT) return handleAt(HANDLE_COND, this.addr) as Cond;
  }

  /** The lock that guards the condition. */
  get l(): CondLocker {
    return locker(this.addr);
  }

  /**
   * `yield* cond.wait()`: unlocks `l`, waits for a `signal` or `broadcast` that comes after that, and locks `l` again. Always
   * suspends. The caller holds `l`. In a loop around the condition, always.
   *
   * @throws FatalError if `l` is not locked, as its `unlock`
   * @example
   * const mu = new Mutex();
   * const cond = new Cond(mu);
   * const ready = chan<boolean>(1);
   * go(function* () {
   *   yield* mu.lock();
   *   ready.trySend(true);
   *   mu.unlock();
   *   cond.broadcast();
   * });
   * yield* mu.lock();
   * while (ready.len === 0) yield* cond.wait();
   * mu.unlock();
   * println("ready");
   * // Output:
   * // ready
   */
  wait(): Generator<Suspend, void, unknown> {
    return finish(this.$wait(mustg("cond.wait")));
  }

  /**
   * Wakes the goroutine that has waited longest, if any waits. Never suspends. `l` may be locked, but need not be.
   *
   * @example
   * new Cond(new Mutex()).signal(); // nobody waits: nothing happens
   */
  signal(): void {
    mustg("cond.signal");
    notifyListNotifyOne(this.addr + COND_NL);
  }

  /**
   * Wakes all goroutines that wait. Never suspends. `l` may be locked, but need not be.
   *
   * @example
   * const mu = new Mutex();
   * const start = new Cond(mu);
   * const wg = new WaitGroup();
   * wg.add(3);
   * for (let i = 0; i < 3; i++) {
   *   go(function* () {
   *     yield* mu.lock();
   *     yield* start.wait();
   *     mu.unlock();
   *     wg.done();
   *   });
   * }
   * while (runtime.numGoroutine() > 1) {
   *   start.broadcast();
   *   yield* gosched();
   * }
   * yield* wg.wait();
   * println("all have started");
   * // Output:
   * // all have started
   */
  broadcast(): void {
    mustg("cond.broadcast");
    notifyListNotifyAll(this.addr + COND_NL);
  }

  /** @internal */
  $wait(g: number): undefined | typeof SUSPEND {
    const l = locker(this.addr);
    const list = this.addr + COND_NL;
    const ticket = notifyListAdd(list);
    l.unlock();
    return notifyListWait(g, list, ticket, finWait) ? l.$lock(g) : SUSPEND;
  }
}

const finWait = registerFin((g) => locker(notified(g) - COND_NL).$lock(g));

/** Plain: constant since the Cond was made. */
function locker(a: number): CondLocker {
  return handleAt(I[a + COND_LKIND]!, I[a + COND_LADDR]!) as CondLocker;
}

function newCond(l: CondLocker): number {
  if (!(l instanceof Mutex || l instanceof RWMutex || l instanceof RLocker))
    throw new TypeError("new Cond: the lock must be a Mutex, an RWMutex, or what rw.rLocker() returns");
  const a = newObject(HANDLE_COND, COND_BYTES, "Cond");
  I[a + COND_LKIND] = l.kind;
  I[a + COND_LADDR] = l.addr;
  return a;
}

handleClass(HANDLE_COND, Cond, COND_BYTES);
