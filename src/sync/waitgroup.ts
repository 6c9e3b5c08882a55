/** WaitGroup (Go: sync/waitgroup.go): waits for a number of goroutines to finish. */
import { I } from '../arena/arena.js';
import { plock, punlock } from '../arena/lock.js';
import { G_WAITING, KIND_SYNC, SG_G, WG_BYTES, WG_COUNT, WG_LOCK, WG_WAITQ } from '../arena/layout.js';
import { mallocgc } from '../arena/malloc.js';
import { Handle, HANDLE_WAITGROUP, handleAt, handleClass } from '../arena/value.js';
import { gopark, goready } from '../sched/proc.js';
import { acquireSudog, dequeue, enqueue, releaseSudog } from '../sched/sudog.js';
import { waitReasonSemacquire } from '../sched/waitreason.js';
import { mustg, type Suspend, type SUSPEND } from '../stack/current.js';
import { GoPanic } from '../stack/fatal.js';
import { finish } from '../stack/native.js';
import { registerFin } from '../stack/trampoline.js';

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
 * const wg = new WaitGroup();
 * for (let i = 0; i < 3; i++) { wg.add(1); go(worker, i, wg); }
 * yield* wg.wait();
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
    mustg('wg.add');
    const a = this.addr;
    plock(a + WG_LOCK);
    const count = I[a + WG_COUNT]! + n;
    if (count < 0) {
      punlock(a + WG_LOCK);
      throw new GoPanic('sync: negative WaitGroup counter');
    }
    I[a + WG_COUNT] = count;
    if (count !== 0 || I[a + WG_WAITQ] === 0) {
      punlock(a + WG_LOCK);
      return;
    }
    let sg = dequeue(a + WG_WAITQ);
    const more = I[a + WG_WAITQ] !== 0;
    if (!more) {
      punlock(a + WG_LOCK);
      goready(I[sg + SG_G]!);
      return;
    }
    const gs: number[] = [];
    for (; sg !== 0; sg = dequeue(a + WG_WAITQ)) gs.push(I[sg + SG_G]!);
    punlock(a + WG_LOCK);
    for (const g of gs) goready(g);
  }

  /** Takes one off the counter. @throws as `add` */
  done(): void {
    this.add(-1);
  }

  /** `yield* wg.wait()`: waits until the counter is zero. */
  wait(): Generator<Suspend, void, unknown> {
    return finish(this.$wait(mustg('wg.wait')));
  }

  /** @internal */
  $wait(g: number): undefined | typeof SUSPEND {
    const a = this.addr;
    plock(a + WG_LOCK);
    if (I[a + WG_COUNT] === 0) {
      punlock(a + WG_LOCK);
      return undefined;
    }
    const sg = acquireSudog();
    I[sg + SG_G] = g;
    I[g + G_WAITING] = sg;
    enqueue(a + WG_WAITQ, sg);
    return gopark(g, finWait, a + WG_LOCK, waitReasonSemacquire);
  }
}

function newObject(): number {
  mustg('new WaitGroup');
  const a = mallocgc(WG_BYTES, KIND_SYNC);
  for (let i = 0; i < WG_BYTES / 4; i++) I[a + i] = 0;
  return a;
}

handleClass(HANDLE_WAITGROUP, WaitGroup, WG_BYTES);
