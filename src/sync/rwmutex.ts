/**
 * RWMutex (Go: sync/rwmutex.go).
 *
 *   readerCount   how many hold the read lock or wait for it; 2^30 less while a writer holds the lock or waits
 *   readerWait    how many of those that held it when the writer came have not left yet
 *
 *   rLock    1. count + 1; not negative: done           lock     a. lock the writers' lock
 *            2. a writer is there: wait on readerSem             b. count - 2^30: from now on readers wait
 *   rUnlock  3. count - 1; not negative: done                    c. readers were there, and have not all left since b: wait
 *            4. wait - 1; it is 0: release writerSem                on writerSem
 *                                                       unlock   d. count + 2^30; release readerSem for each reader that waits
 *                                                                e. unlock the writers' lock
 *
 * A writer keeps new readers out from b on, so it waits for those that were there and no others: readers cannot starve it.
 * At d all readers that came meanwhile get in before the next writer, who is at a: writers cannot starve them.
 *
 * What if a thread stops right there? Between b and c: the readers that leave meanwhile bring readerWait below zero, and c,
 * adding their number, finds how many are left; whoever brings it to zero, the last reader in 4 or the writer in c, knows
 * that all have left. Between 1 and 2: d counts that reader and releases for it, and it finds the semaphore at 1.
 *
 * Atomics: 1 to lock for reading, 1 to unlock. With one P: none.
 */
import { padd, pcas, pload } from "../arena/atomics.js";
import {
  MU_SEMA,
  RW_BYTES,
  RW_MU,
  RW_READERCOUNT,
  RW_READERSEM,
  RW_READERWAIT,
  RW_RLOCKER,
  RW_WRITERSEM,
} from "../arena/layout.js";
import { AT, Handle, HANDLE_RLOCKER, HANDLE_RWMUTEX, handleAt, handleClass, madeAt } from "../arena/value.js";
import { mustg, SUSPEND, type Suspend } from "../stack/current.js";
import { FatalError } from "../stack/fatal.js";
import { finish } from "../stack/native.js";
import { registerFin } from "../stack/trampoline.js";
import { mutexlock, mutextrylock, mutexunlock, mutexwake } from "./lock.js";
import { newObject } from "./object.js";
import { finAcquire, semacquire, semrelease, waitingOn } from "./sema.js";
import { rwmutexMaxReaders } from "./words.js";

/** What protects a `Cond`, and whatever else needs only to lock and unlock (Go: sync.Locker). */
export interface Locker {
  lock(): Generator<Suspend, void, unknown>;
  unlock(): void;
}

/**
 * A lock for many readers or one writer. Use it where reading is much more frequent than writing, and long enough to be
 * worth it; otherwise a `Mutex` is cheaper for both.
 *
 * A writer that waits keeps new readers out, so that it gets its turn. Hence a goroutine that holds the read lock must not
 * ask for it again: if a writer comes in between, both wait for ever.
 *
 * Like a Mutex it is a reference, made in a goroutine, never copied, not bound to the goroutine that locked it.
 *
 * Algorithm: Go's `sync/rwmutex.go`.
 *
 * @example
 * const rw = new RWMutex();
 * yield* rw.rLock();
 * println("readers together:", rw.tryRLock(), "a writer beside them:", rw.tryLock());
 * rw.rUnlock();
 * rw.rUnlock();
 * yield* rw.lock();
 * println("a reader beside a writer:", rw.tryRLock());
 * rw.unlock();
 * // Output:
 * // readers together: true a writer beside them: false
 * // a reader beside a writer: false
 */
export class RWMutex extends Handle implements Locker {
  constructor();
  /** @internal */
  constructor(addr: number, at: typeof AT);
  constructor(addr?: number, at?: typeof AT) {
    super(madeAt(addr, at, "RWMutex") ?? newObject(HANDLE_RWMUTEX, RW_BYTES, "RWMutex"), AT);
    if (addr === undefined) return handleAt(HANDLE_RWMUTEX, this.addr) as RWMutex;
  }

  /**
   * `yield* rw.rLock()`: locks for reading, waiting while a writer holds the lock or waits for it. Suspends only if it has to
   * wait.
   *
   * @example
   * const rw = new RWMutex();
   * yield* rw.rLock();
   * try {
   *   println("others may read at the same time");
   * } finally {
   *   rw.rUnlock();
   * }
   * // Output:
   * // others may read at the same time
   */
  rLock(): Generator<Suspend, void, unknown> {
    return finish(this.$rLock(mustg("rw.rLock")));
  }

  /**
   * Locks for reading if that is possible without waiting; returns whether it did. Never suspends.
   *
   * @example
   * const rw = new RWMutex();
   * yield* rw.lock();
   * println(rw.tryRLock());
   * // Output:
   * // false
   */
  tryRLock(): boolean {
    mustg("rw.tryRLock");
    const a = this.addr + RW_READERCOUNT;
    for (;;) {
      const c = pload(a);
      if (c < 0) return false;
      if (pcas(a, c, c + 1)) return true;
    }
  }

  /**
   * Undoes one `rLock`. Never suspends.
   *
   * @throws FatalError `sync: RUnlock of unlocked RWMutex`, which ends the program and cannot be caught
   * @example
   * const rw = new RWMutex();
   * yield* rw.rLock();
   * go(function* () {
   *   yield* rw.lock();
   *   println("all readers have left");
   *   rw.unlock();
   * });
   * yield* gosched();
   * println("the writer waits:", !rw.tryRLock());
   * rw.rUnlock();
   * yield* rw.lock();
   * // Output:
   * // the writer waits: true
   * // all readers have left
   */
  rUnlock(): void {
    mustg("rw.rUnlock");
    const r = padd(this.addr + RW_READERCOUNT, -1);
    if (r < 0) rUnlockSlow(this.addr, r);
  }

  /**
   * `yield* rw.lock()`: locks for writing, waiting until all readers and writers that came before have left. Suspends only if
   * it has to wait.
   *
   * @example
   * const rw = new RWMutex();
   * yield* rw.lock();
   * try {
   *   println("nobody else is here");
   * } finally {
   *   rw.unlock();
   * }
   * // Output:
   * // nobody else is here
   */
  lock(): Generator<Suspend, void, unknown> {
    return finish(this.$lock(mustg("rw.lock")));
  }

  /**
   * Locks for writing if that is possible without waiting; returns whether it did. Never suspends.
   *
   * @example
   * const rw = new RWMutex();
   * println(rw.tryLock(), rw.tryLock());
   * // Output:
   * // true false
   */
  tryLock(): boolean {
    mustg("rw.tryLock");
    if (!mutextrylock(this.addr + RW_MU)) return false;
    if (pcas(this.addr + RW_READERCOUNT, 0, -rwmutexMaxReaders)) return true;
    mutexunlock(this.addr + RW_MU);
    return false;
  }

  /**
   * Undoes `lock`; all readers that wait run, then the next writer. Never suspends.
   *
   * @throws FatalError `sync: Unlock of unlocked RWMutex`, which ends the program and cannot be caught
   * @example
   * const rw = new RWMutex();
   * yield* rw.lock();
   * go(function* () {
   *   yield* rw.rLock();
   *   println("the writer has left");
   *   rw.rUnlock();
   * });
   * yield* gosched();
   * rw.unlock();
   * yield* rw.lock();
   * // Output:
   * // the writer has left
   */
  unlock(): void {
    mustg("rw.unlock");
    const r = padd(this.addr + RW_READERCOUNT, rwmutexMaxReaders);
    if (r >= rwmutexMaxReaders) throw new FatalError("sync: Unlock of unlocked RWMutex");
    for (let i = 0; i < r; i++) semrelease(this.addr + RW_READERSEM);
    mutexunlock(this.addr + RW_MU);
  }

  /**
   * The read lock as a `Locker`: its `lock` and `unlock` are `rLock` and `rUnlock` of this RWMutex. For a `Cond` whose waiters
   * only read.
   *
   * @example
   * const rw = new RWMutex();
   * const reading = rw.rLocker();
   * yield* reading.lock();
   * println(rw.tryRLock(), rw.tryLock());
   * // Output:
   * // true false
   */
  rLocker(): RLocker {
    return handleAt(HANDLE_RLOCKER, this.addr + RW_RLOCKER) as RLocker;
  }

  /** @internal */
  $rLock(g: number): undefined | typeof SUSPEND {
    if (padd(this.addr + RW_READERCOUNT, 1) >= 0) return undefined;
    return semacquire(g, this.addr + RW_READERSEM, finAcquire) ? undefined : SUSPEND;
  }
  /** @internal */
  $lock(g: number): undefined | typeof SUSPEND {
    if (!mutexlock(g, this.addr + RW_MU, finWriter)) return SUSPEND;
    return announce(g, this.addr) ? undefined : SUSPEND;
  }
}

/** After the wait for the other writers. */
const finWriter: number = registerFin((g) => {
  const a = waitingOn(g) - MU_SEMA - RW_MU;
  return mutexwake(g, finWriter) && announce(g, a) ? undefined : SUSPEND;
});

/** Steps b and c. False: g parks until the readers have left. */
function announce(g: number, a: number): boolean {
  const r = padd(a + RW_READERCOUNT, -rwmutexMaxReaders) + rwmutexMaxReaders;
  return r === 0 || padd(a + RW_READERWAIT, r) === 0 || semacquire(g, a + RW_WRITERSEM, finAcquire);
}

/** Step 4; `r` is the count of readers after step 3. */
function rUnlockSlow(a: number, r: number): void {
  if (r + 1 === 0 || r + 1 === -rwmutexMaxReaders) throw new FatalError("sync: RUnlock of unlocked RWMutex");
  if (padd(a + RW_READERWAIT, -1) === 0) semrelease(a + RW_WRITERSEM);
}

/** The read lock of an RWMutex as a `Locker`, from `rw.rLocker()`. A reference, like the RWMutex itself. */
export class RLocker extends Handle implements Locker {
  private get rw(): RWMutex {
    return handleAt(HANDLE_RWMUTEX, this.addr - RW_RLOCKER) as RWMutex;
  }

  /**
   * `yield* l.lock()`: as `rLock` of the RWMutex.
   *
   * @example
   * const l = new RWMutex().rLocker();
   * yield* l.lock();
   * l.unlock();
   */
  lock(): Generator<Suspend, void, unknown> {
    return this.rw.rLock();
  }

  /**
   * As `rUnlock` of the RWMutex. Never suspends.
   *
   * @throws FatalError as `rUnlock`
   * @example
   * const rw = new RWMutex();
   * yield* rw.rLock();
   * rw.rLocker().unlock();
   * println(rw.tryLock());
   * // Output:
   * // true
   */
  unlock(): void {
    this.rw.rUnlock();
  }

  /** @internal */
  $lock(g: number): undefined | typeof SUSPEND {
    return this.rw.$rLock(g);
  }
}

handleClass(HANDLE_RWMUTEX, RWMutex, RW_BYTES);
handleClass(HANDLE_RLOCKER, RLocker, RW_BYTES);
