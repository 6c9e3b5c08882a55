/**
 * Barrier, cyclic: goroutines wait for each other. As pthread_barrier, Rust's std::sync::Barrier, Java's CyclicBarrier; Go has
 * none.
 *
 * The count of those that have arrived, and who waits, are guarded by the lock of the semaphore's root (sema.ts).
 *
 *   wait   1. lock the root; arrived + 1
 *          2. not all are there: queue and park (the scheduler unlocks)
 *          3. all are there: arrived = 0, take all out of the queue, unlock, ready them
 *
 * Who arrives for the next round finds the queue empty and the count 0, also when those of this round have not run yet: they
 * were handed their wake-up. So rounds cannot mix, without a number for each.
 *
 * Atomics: 4 for each goroutine. With one P: none.
 */
import { I } from "../arena/arena.js";
import { BAR_ARRIVED, BAR_BYTES, BAR_PARTIES, BAR_SEMA } from "../arena/layout.js";
import { AT, Handle, HANDLE_BARRIER, handleAt, handleClass } from "../arena/value.js";
import { mustg, type Suspend, type SUSPEND } from "../stack/current.js";
import { finish } from "../stack/native.js";
import { registerFin } from "../stack/trampoline.js";
import { newObject } from "./object.js";
import { semalock, semapark, semawake, semawakeall } from "./sema.js";

/**
 * A meeting point for a fixed number of goroutines: each calls `wait`, and all go on when the last one has arrived. Then it
 * can be used for the next round. For algorithms that work in rounds, each of which needs all of the one before.
 *
 * Like a Mutex it is a reference, made in a goroutine, never copied.
 *
 * @example
 * const barrier = new Barrier(3);
 * const wg = new WaitGroup();
 * const lines = chan<number>(6);
 * wg.add(3);
 * for (let i = 0; i < 3; i++) {
 *   go(function* () {
 *     for (let round = 1; round <= 2; round++) {
 *       yield* lines.send(round);
 *       yield* barrier.wait();
 *     }
 *     wg.done();
 *   });
 * }
 * yield* wg.wait();
 * let order = "";
 * while (lines.len > 0) order += lines.tryRecv()!.value;
 * println(order); // nobody begins round 2 before all have ended round 1
 * // Output:
 * // 111222
 */
export class Barrier extends Handle {
  /**
   * @param parties how many goroutines meet, an integer from 1 to 2^30
   * @throws RangeError if it is not
   */
  constructor(parties: number);
  /** @internal */
  constructor(addr: number, at: typeof AT);
  constructor(n: number, at?: typeof AT) {
    super(at === AT ? n : newBarrier(n), AT);
    if (at !== AT) return handleAt(HANDLE_BARRIER, this.addr) as Barrier;
  }

  /**
   * `yield* barrier.wait()`: waits until as many goroutines have called it as the barrier has parties. The last one does not
   * suspend.
   *
   * @returns true to one of them, the last to arrive; false to the others
   * @example
   * const barrier = new Barrier(2);
   * go(function* () { println("first:", yield* barrier.wait()); });
   * yield* gosched();
   * println("last:", yield* barrier.wait());
   * yield* gosched();
   * // Output:
   * // last: true
   * // first: false
   */
  wait(): Generator<Suspend, boolean, unknown> {
    return finish(this.$wait(mustg("barrier.wait")));
  }

  /** @internal */
  $wait(g: number): boolean | typeof SUSPEND {
    const a = this.addr;
    const root = semalock(a + BAR_SEMA);
    const n = I[a + BAR_ARRIVED]! + 1;
    if (n < I[a + BAR_PARTIES]!) {
      I[a + BAR_ARRIVED] = n;
      return semapark(g, root, a + BAR_SEMA, finWait);
    }
    I[a + BAR_ARRIVED] = 0;
    semawakeall(root, a + BAR_SEMA);
    return true;
  }
}

const finWait: number = registerFin((g) => {
  semawake(g, finWait); // at once: it was handed over
  return false;
});

const MAX_PARTIES = 2 ** 30;

function newBarrier(parties: number): number {
  if (!Number.isInteger(parties) || parties < 1 || parties > MAX_PARTIES)
    throw new RangeError(`new Barrier(${String(parties)}): use an integer from 1 to 2^30`);
  const a = newObject(HANDLE_BARRIER, BAR_BYTES, "Barrier");
  I[a + BAR_PARTIES] = parties;
  return a;
}

handleClass(HANDLE_BARRIER, Barrier, BAR_BYTES);
