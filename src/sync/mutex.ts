/**
 * Mutex: mutual exclusion between goroutines; waiting suspends the goroutine, never the thread.
 *
 * A small lock guards the state (locked, first-in-first-out waiters); unlock hands the mutex directly to the first waiter.
 * Direct hand-off is fair and simple; Go's normal mode, which lets a running goroutine barge in, and its starvation mode
 * come with the rest of sync.
 */
import { I } from '../arena/arena.js';
import { plock, punlock } from '../arena/lock.js';
import { G_WAITING, KIND_SYNC, MU_BYTES, MU_LOCK, MU_LOCKED, MU_WAITQ, SG_G } from '../arena/layout.js';
import { mallocgc } from '../arena/malloc.js';
import { Handle, HANDLE_MUTEX, handleAt, handleClass } from '../arena/value.js';
import { gopark, goready } from '../sched/proc.js';
import { acquireSudog, dequeue, enqueue, releaseSudog } from '../sched/sudog.js';
import { waitReasonSemacquire } from '../sched/waitreason.js';
import { mustg, type Suspend, type SUSPEND } from '../stack/current.js';
import { FatalError } from '../stack/fatal.js';
import { finish } from '../stack/native.js';
import { registerFin } from '../stack/trampoline.js';

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
 * yield* mu.lock();
 * try { yield* critical(); } finally { mu.unlock(); }
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
    return finish(this.$lock(mustg('mu.lock')));
  }

  /** Locks if it is free; returns whether it did. */
  tryLock(): boolean {
    mustg('mu.tryLock');
    const a = this.addr;
    plock(a + MU_LOCK);
    const free = I[a + MU_LOCKED] === 0;
    if (free) I[a + MU_LOCKED] = 1;
    punlock(a + MU_LOCK);
    return free;
  }

  /** Unlocks; any goroutine may. Of an unlocked mutex: fatal error `sync: unlock of unlocked mutex`, as in Go. */
  unlock(): void {
    mustg('mu.unlock');
    const a = this.addr;
    plock(a + MU_LOCK);
    if (I[a + MU_LOCKED] === 0) {
      punlock(a + MU_LOCK);
      throw new FatalError('sync: unlock of unlocked mutex');
    }
    const sg = dequeue(a + MU_WAITQ);
    if (sg === 0) I[a + MU_LOCKED] = 0;
    punlock(a + MU_LOCK);
    if (sg !== 0) goready(I[sg + SG_G]!);
  }

  /** @internal */
  $lock(g: number): undefined | typeof SUSPEND {
    const a = this.addr;
    plock(a + MU_LOCK);
    if (I[a + MU_LOCKED] === 0) {
      I[a + MU_LOCKED] = 1;
      punlock(a + MU_LOCK);
      return undefined;
    }
    const sg = acquireSudog();
    I[sg + SG_G] = g;
    I[g + G_WAITING] = sg;
    enqueue(a + MU_WAITQ, sg);
    return gopark(g, finLock, a + MU_LOCK, waitReasonSemacquire);
  }
}

function newObject(): number {
  mustg('new Mutex');
  const a = mallocgc(MU_BYTES, KIND_SYNC);
  for (let i = 0; i < MU_BYTES / 4; i++) I[a + i] = 0;
  return a;
}

handleClass(HANDLE_MUTEX, Mutex, MU_BYTES);
