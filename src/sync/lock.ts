/**
 * The lock inside of Mutex, RWMutex and Once (Go: sync/mutex.go). Two words: the state and a semaphore (sema.ts).
 *
 *   state   bit 0 locked   bit 1 woken   bit 2 starving   above: how many goroutines wait
 *
 * Normal mode: unlock wakes the first waiter, which does not own the lock but competes with who comes meanwhile. Those
 * run already and often win, which is what makes it fast: a goroutine takes the lock many times without a switch. A waiter
 * that loses queues in front again. One that has waited for more than 1 ms switches to starvation mode.
 *
 * Starvation mode: unlock hands the lock to the first waiter; who comes does not even try, but queues at the end. A waiter that
 * gets the lock so and is the last one, or has waited for less than 1 ms, switches back: in this mode each acquisition costs
 * a switch, and two goroutines would keep each other in it for ever.
 *
 *   lock                                          unlock
 *   1. CAS 0 -> locked: done                      a. state -= locked; it is 0: done
 *   2. spin a little, flagging woken              b. nobody waits, or someone is awake or has the lock: done
 *   3. CAS: locked, or waiters + 1                c. CAS: waiters - 1 and woken; semrelease
 *   4. was free: done; else semacquire            d. starving: semrelease, handed over
 *   5. starving: it is ours, waiters - 1, locked
 *   6. else from 2, awake
 *
 * What if a thread stops right there? Between 3 and the queue in 4, c's semrelease leaves the semaphore at 1, and 4 finds it:
 * no wake-up is lost. Between c and e's waking up, woken stays set: unlockers stop at b, and the lock is free for who comes; the
 * waiter takes it in its turn. Between a and d the state says starving and not locked: nobody takes it but through 5.
 *
 * Atomics: 1 to lock, 1 to unlock; the clock is read on the slow path only. With one P: none.
 */
import { I } from "../arena/arena.js";
import { load, padd, pcas, pload, smp } from "../arena/atomics.js";
import { refuse } from "../arena/failpoint.js";
import { MU_SEMA, MU_STATE, S_GCWAITING, S_NCPU, S_NMSPINNING, S_NPIDLE, S_NPROCS } from "../arena/layout.js";
import { monotonic } from "../arena/monotonic.js";
import { runqempty } from "../sched/runq.js";
import { curp, SUSPEND } from "../stack/current.js";
import { FatalError } from "../stack/fatal.js";
import { registerFin } from "../stack/trampoline.js";
import { semacquire, semawake, semrelease, waitingOn, waitingSince } from "./sema.js";
import { mutexLocked, mutexStarving, mutexWaiter, mutexWaiterShift, mutexWoken } from "./words.js";

/** Go: starvationThresholdNs. */
const STARVATION_MS = 1;
/** Go: active_spin, and active_spin_cnt PAUSE instructions; here looks at a word that hardly changes, 8-10 ns each. */
const ACTIVE_SPIN = 4;
const ACTIVE_SPIN_CNT = 30;

/**
 * Locks mu. True: done. False: g parks, its operation returns SUSPEND, and its continuation `fin` begins with `mutexwake`.
 * The running G.
 */
export function mutexlock(g: number, mu: number, fin: number): boolean {
  if (FAILPOINTS && refuse("mutexlock: CAS")) return lockSlow(g, mu, fin, 0, false);
  return pcas(mu + MU_STATE, 0, mutexLocked) || lockSlow(g, mu, fin, 0, false);
}

/** In the continuation of a lock: whether g has it; else it parks again, with the continuation `fin`. */
export function mutexwake(g: number, fin: number): boolean {
  const mu = waitingOn(g) - MU_SEMA;
  const since = waitingSince(g);
  if (!semawake(g, fin)) return false;
  const starving = isLate(since);
  return handed(mu, starving) || lockSlow(g, mu, fin, since, starving);
}

/** The continuation of a lock after which there is nothing more to do. */
export const finLock: number = registerFin((g) => (mutexwake(g, finLock) ? undefined : SUSPEND));

/** Locks mu if it is free and nobody is owed it. A holder of a P. */
export function mutextrylock(mu: number): boolean {
  const old = pload(mu + MU_STATE);
  return (old & (mutexLocked | mutexStarving)) === 0 && pcas(mu + MU_STATE, old, old | mutexLocked);
}

/** Go: lockSlow. `since`: when g began to wait, 0: it has not waited yet. */
function lockSlow(g: number, mu: number, fin: number, since: number, starving: boolean): boolean {
  let awoke = since !== 0;
  let iter = 0;
  for (;;) {
    const old = pload(mu + MU_STATE);
    // In starvation mode the lock goes to a waiter whatever we do: no spinning.
    if ((old & (mutexLocked | mutexStarving)) === mutexLocked && canSpin(iter)) {
      if (!awoke && (old & mutexWoken) === 0 && old >> mutexWaiterShift !== 0)
        awoke = pcas(mu + MU_STATE, old, old | mutexWoken);
      for (let i = 0; i < ACTIVE_SPIN_CNT; i++) load(S_GCWAITING);
      iter++;
      continue;
    }
    let state = old;
    if ((old & mutexStarving) === 0) state |= mutexLocked;
    if ((old & (mutexLocked | mutexStarving)) !== 0) state += mutexWaiter;
    // Not when it is free: unlock expects that there are waiters in starvation mode.
    if (starving && (old & mutexLocked) !== 0) state |= mutexStarving;
    if (awoke) {
      // The flag is ours, and we compete no more: we get the lock, or sleep.
      if ((state & mutexWoken) === 0) throw new FatalError("sync: inconsistent mutex state");
      state &= ~mutexWoken;
    }
    if (FAILPOINTS && refuse("mutexlock: CAS of a waiter")) continue;
    if (!pcas(mu + MU_STATE, old, state)) continue;
    if ((old & (mutexLocked | mutexStarving)) === 0) return true;
    const again = since !== 0;
    if (!again) since = monotonic();
    if (!semacquire(g, mu + MU_SEMA, fin, again, since)) return false;
    starving = isLate(since);
    if (handed(mu, starving)) return true;
    awoke = true;
    iter = 0;
  }
}

function isLate(since: number): boolean {
  return monotonic() - since > STARVATION_MS;
}

/** Step 5, for a waiter that was woken: whether the lock was handed to it. */
function handed(mu: number, starving: boolean): boolean {
  const old = pload(mu + MU_STATE);
  if ((old & mutexStarving) === 0) return false;
  if ((old & (mutexLocked | mutexWoken)) !== 0 || old >> mutexWaiterShift === 0)
    throw new FatalError("sync: inconsistent mutex state");
  let delta = mutexLocked - mutexWaiter;
  if (!starving || old >> mutexWaiterShift === 1) delta -= mutexStarving;
  padd(mu + MU_STATE, delta);
  return true;
}

/**
 * Go: runtime_canSpin. Only if the lock can become free meanwhile: the holder runs on another core. And only if nothing else
 * waits to run here. A goroutine keeps its thread for 1-2 us at most this way.
 */
function canSpin(iter: number): boolean {
  return (
    smp !== 0 &&
    iter < ACTIVE_SPIN &&
    I[S_NCPU]! > 1 &&
    I[S_NPROCS]! > load(S_NPIDLE) + load(S_NMSPINNING) + 1 &&
    runqempty(curp)
  );
}

/** Unlocks mu; who holds it is not recorded, as in Go. A holder of a P. @throws FatalError `sync: unlock of unlocked mutex` */
export function mutexunlock(mu: number): void {
  const state = padd(mu + MU_STATE, -mutexLocked);
  if (state !== 0) unlockSlow(mu, state);
}

/** Go: unlockSlow. `old`: the state after the locked bit was taken off. */
function unlockSlow(mu: number, old: number): void {
  if (((old + mutexLocked) & mutexLocked) === 0) throw new FatalError("sync: unlock of unlocked mutex");
  if ((old & mutexStarving) !== 0) {
    semrelease(mu + MU_SEMA, true);
    return;
  }
  for (;;) {
    // In starvation mode by now: the waiter was woken by someone who saw that.
    if (old >> mutexWaiterShift === 0 || (old & (mutexLocked | mutexWoken | mutexStarving)) !== 0) return;
    if (pcas(mu + MU_STATE, old, (old - mutexWaiter) | mutexWoken)) {
      semrelease(mu + MU_SEMA);
      return;
    }
    old = pload(mu + MU_STATE);
  }
}
