/**
 * WaitGroup (Go: sync/waitgroup.go): waits for a number of goroutines to finish.
 *
 * One state word: the counter, times 2, plus 1 if goroutines wait. Go has counter and number of waiters in one 64-bit
 * word; a 64-bit atomic allocates here, and which waiters there are is known under the lock of the semaphore's root.
 *
 *   add   1. add 2n. Nobody waits, counter not negative: done.
 *         2. Checks. Counter zero, with waiters: under the root's lock clear the bit by CAS and wake all of them.
 *   wait  3. Counter zero: done.
 *         4. Under the root's lock: look again; set the bit by CAS (the counter may move meanwhile); queue and park.
 *
 * Who brings the counter to zero in 1 either comes before the CAS in 4, which then fails and sees the zero, or sees the
 * bit, and in 2 waits for the lock until the waiter can be readied. What if a thread stops right there? Between 1 and 2:
 * nobody else clears the bit, and an `add` that comes meanwhile, against the rules, sees it and panics.
 *
 * Atomics: 1 for add and done, 1 for wait at zero. With one P: none.
 */
import { padd, pcas, pload } from "../arena/atomics.js";
import { WG_BYTES, WG_SEMA, WG_STATE } from "../arena/layout.js";
import { AT, Handle, HANDLE_WAITGROUP, handleAt, handleClass, madeAt } from "../arena/value.js";
import { mustg, type Suspend, type SUSPEND } from "../stack/current.js";
import { GoPanic } from "../stack/fatal.js";
import { finish } from "../stack/native.js";
import { registerFin } from "../stack/trampoline.js";
import { newObject } from "./object.js";
import { semalock, semapark, semaunlock, semawake, semawakeall, waitingOn } from "./sema.js";
import { WG_SLOW, WG_WAITERS } from "./words.js";

/**
 * Counts goroutines, so that others can wait until they have finished: `add` before starting them, `done` in each
 * when it ends, `wait` until the count is zero. It can be used again when all waiters have returned. To get results or
 * errors from goroutines as well, use a channel.
 *
 * A WaitGroup is a reference: however it reaches another goroutine, it is the same one. It is made in a goroutine and
 * lives until the runtime closes.
 *
 * Algorithm: Go's `sync/waitgroup.go`, with another state word.
 *
 * @example
 * const wg = new WaitGroup();
 * const out = chan<number>(3);
 * for (let i = 1; i <= 3; i++) {
 *   wg.add(1);
 *   go(function* () {
 *     yield* out.send(i * i);
 *     wg.done();
 *   });
 * }
 * yield* wg.wait();
 * println(out.len, "results");
 * // Output:
 * // 3 results
 */
export class WaitGroup extends Handle {
  constructor();
  /** @internal */
  constructor(addr: number, at: typeof AT);
  constructor(addr?: number, at?: typeof AT) {
    super(madeAt(addr, at, "WaitGroup") ?? newObject(HANDLE_WAITGROUP, WG_BYTES, "WaitGroup"), AT);
    if (addr === undefined) return handleAt(HANDLE_WAITGROUP, this.addr) as WaitGroup;
  }

  /**
   * Adds n, which may be negative, to the counter; at zero all waiters run. Never suspends. Call it before the `go` that it
   * counts, and from zero only while nobody waits.
   *
   * @param n an integer; the counter is at most 2^30 - 1
   * @throws GoPanic `sync: negative WaitGroup counter`;
   *   `sync: WaitGroup misuse: Add called concurrently with Wait`
   * @throws RangeError if n is no such integer
   * @example
   * const wg = new WaitGroup();
   * wg.add(2);
   * go(function* () { wg.add(-2); });
   * yield* wg.wait();
   * println("zero");
   * // Output:
   * // zero
   */
  add(n: number): void {
    mustg("wg.add");
    if ((n << 1) >> 1 !== n) badDelta(n);
    const state = padd(this.addr + WG_STATE, n << 1);
    if ((state & WG_SLOW) !== 0) addSlow(this.addr, n, state);
  }

  /**
   * Takes one off the counter, as `add(-1)`. Never suspends.
   *
   * @throws as `add`
   * @example
   * const wg = new WaitGroup();
   * try {
   *   wg.done();
   * } catch (e) {
   *   println((e as Error).message);
   * }
   * // Output:
   * // sync: negative WaitGroup counter
   */
  done(): void {
    mustg("wg.done");
    const state = padd(this.addr + WG_STATE, -2);
    if ((state & WG_SLOW) !== 0) addSlow(this.addr, -1, state);
  }

  /**
   * `yield* wg.wait()`: waits until the counter is zero. Suspends only if it is not. Several goroutines may wait.
   *
   * @throws GoPanic `sync: WaitGroup is reused before previous Wait has returned`
   * @example
   * const wg = new WaitGroup();
   * yield* wg.wait(); // zero already
   * wg.add(1);
   * go(function* () {
   *   println("working");
   *   wg.done();
   * });
   * yield* wg.wait();
   * println("done");
   * // Output:
   * // working
   * // done
   */
  wait(): Generator<Suspend, void, unknown> {
    return finish(this.$wait(mustg("wg.wait")));
  }

  /** @internal */
  $wait(g: number): undefined | typeof SUSPEND {
    return pload(this.addr + WG_STATE) >> 1 === 0 ? undefined : waitSlow(g, this.addr);
  }
}

function badDelta(n: unknown): never {
  throw new RangeError(`wg.add(${String(n)}): use an integer from -2^30 to 2^30 - 1`);
}

function misuse(): never {
  throw new GoPanic("sync: WaitGroup misuse: Add called concurrently with Wait");
}

/** Step 2; `state` is what the addition gave. */
function addSlow(a: number, n: number, state: number): void {
  if (state < 0) throw new GoPanic("sync: negative WaitGroup counter");
  const v = state >> 1;
  if (n > 0 && v === n) misuse();
  if (v > 0) return;
  const root = semalock(a + WG_SEMA);
  // Nobody may touch a counter that has come to zero while others wait for it.
  if (!pcas(a + WG_STATE, WG_WAITERS, 0)) {
    semaunlock(root);
    misuse();
  }
  semawakeall(root, a + WG_SEMA);
}

/** Step 4. */
function waitSlow(g: number, a: number): undefined | typeof SUSPEND {
  const root = semalock(a + WG_SEMA);
  for (;;) {
    const state = pload(a + WG_STATE);
    if (state >> 1 === 0) {
      semaunlock(root);
      return undefined;
    }
    if (pcas(a + WG_STATE, state, state | WG_WAITERS)) break;
  }
  return semapark(g, root, a + WG_SEMA, finWait);
}

const finWait: number = registerFin((g) => {
  const a = waitingOn(g) - WG_SEMA;
  semawake(g, finWait); // at once: it was handed over
  if (pload(a + WG_STATE) !== 0) throw new GoPanic("sync: WaitGroup is reused before previous Wait has returned");
  return undefined;
});

handleClass(HANDLE_WAITGROUP, WaitGroup, WG_BYTES);
