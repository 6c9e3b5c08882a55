/**
 * WaitGroup (Go: sync/waitgroup.go): waits for a number of goroutines to finish.
 *
 * One state word: the counter, times 2, plus 1 if goroutines wait.
 *
 *   add   1. add 2n. Counter above zero, or nobody waits: done.
 *         2. Zero with waiters: under WG_LOCK take all of them and clear the bit; ready them without the lock.
 *   wait  3. Counter zero: done.
 *         4. Under WG_LOCK: look again; set the bit by CAS (the counter may move meanwhile); join the queue and park; the
 *            scheduler releases WG_LOCK.
 *
 * Who brings the counter to zero in 1 either comes before the CAS in 4, which then fails and sees the zero, or sees the
 * bit, and in 2 waits for WG_LOCK until the waiter can be readied. Atomics: 1 for add and done. With one P: none.
 */
import { WG_WAITERS } from "./words.js";
import { I } from "../arena/arena.js";
import { padd, pcas, pload } from "../arena/atomics.js";
import { plock, punlock } from "../arena/lock.js";
import { G_WAITING, KIND_SYNC, SG_G, SG_NEXT, WG_BYTES, WG_LOCK, WG_STATE, WG_WAITQ } from "../arena/layout.js";
import { mallocgc } from "../arena/malloc.js";
import { Handle, HANDLE_WAITGROUP, handleAt, handleClass } from "../arena/value.js";
import { gopark, goready } from "../sched/proc.js";
import { acquireSudog, enqueue, releaseSudog } from "../sched/sudog.js";
import { waitReasonSemacquire } from "../sched/waitreason.js";
import { mustg, type Suspend, type SUSPEND } from "../stack/current.js";
import { GoPanic } from "../stack/fatal.js";
import { finish } from "../stack/native.js";
import { registerFin } from "../stack/trampoline.js";

/** After a parked wait was readied. */
const finWait = registerFin((g) => {
  releaseSudog(I[g + G_WAITING]!);
  I[g + G_WAITING] = 0;
  return undefined;
});

/**
 * Counts goroutines: `add` before starting them, `done` in each when it ends, `wait` until the count is zero.
 *
 * @example
 * const worker = goroutine(function* worker(id: number, out: Chan<number>, wg: WaitGroup) {
 *   yield* out.send(id);
 *   wg.done();
 * });
 *
 * const wg = new WaitGroup();
 * const out = chan<number>(3);
 * for (let i = 0; i < 3; i++) { wg.add(1); go(worker, i, out, wg); }
 * yield* wg.wait();
 * println(out.len);
 * // Output:
 * // 3
 */
export class WaitGroup extends Handle {
  constructor();
  /** @internal */
  constructor(addr: number);
  constructor(addr?: number) {
    super(addr ?? newObject());
    // One handle for an object: the one made by `new` is the one that others find.
    if (addr === undefined) return handleAt(HANDLE_WAITGROUP, this.addr) as WaitGroup;
  }

  /** Adds n, which may be negative, to the counter. At zero all waiters run. @throws GoPanic `sync: negative WaitGroup counter` */
  add(n: number): void {
    mustg("wg.add");
    const state = padd(this.addr + WG_STATE, n * 2);
    if (state > WG_WAITERS || state === 0) return;
    if (state < 0) throw new GoPanic("sync: negative WaitGroup counter");
    if (state === WG_WAITERS) release(this.addr);
  }

  /** Takes one off the counter. @throws as `add` */
  done(): void {
    this.add(-1);
  }

  /** `yield* wg.wait()`: waits until the counter is zero. */
  wait(): Generator<Suspend, void, unknown> {
    return finish(this.$wait(mustg("wg.wait")));
  }

  /** @internal */
  $wait(g: number): undefined | typeof SUSPEND {
    return pload(this.addr + WG_STATE) < 2 ? undefined : waitSlow(g, this.addr);
  }
}

function waitSlow(g: number, a: number): undefined | typeof SUSPEND {
  plock(a + WG_LOCK);
  for (;;) {
    const state = pload(a + WG_STATE);
    if (state < 2) {
      punlock(a + WG_LOCK);
      return undefined;
    }
    if (pcas(a + WG_STATE, state, state | WG_WAITERS)) break;
  }
  const sg = acquireSudog();
  I[sg + SG_G] = g;
  I[g + G_WAITING] = sg;
  enqueue(a + WG_WAITQ, sg);
  return gopark(g, finWait, a + WG_LOCK, waitReasonSemacquire);
}

/** The counter is zero and goroutines wait: they run. */
function release(a: number): void {
  plock(a + WG_LOCK);
  let state;
  do state = pload(a + WG_STATE);
  while (!pcas(a + WG_STATE, state, state & ~WG_WAITERS));
  const first = I[a + WG_WAITQ]!;
  I[a + WG_WAITQ] = 0;
  I[a + WG_WAITQ + 1] = 0;
  punlock(a + WG_LOCK);
  for (let sg = first; sg !== 0;) {
    const next = I[sg + SG_NEXT]!; // before it is readied: then it is its goroutine's
    goready(I[sg + SG_G]!);
    sg = next;
  }
}

function newObject(): number {
  mustg("new WaitGroup");
  const a = mallocgc(WG_BYTES, KIND_SYNC);
  for (let i = 0; i < WG_BYTES / 4; i++) I[a + i] = 0;
  return a;
}

handleClass(HANDLE_WAITGROUP, WaitGroup, WG_BYTES);
