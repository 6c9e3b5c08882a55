/**
 * Who waits for the next timer: one idle M, the *poller*, sleeps with a time-out, the others without (Go: the M in netpoll,
 * sched.pollUntil, wakeNetPoller).
 *
 * Goal: a timer fires in time if any P is idle, also while the P that has it computes, and no thread wakes for nothing.
 * Rejected: each idle M sleeps until its own P's first timer (an M that computes on keeps its timers to itself; many
 * wake-ups), a thread only for this (two switches for each timer).
 *
 * The poller is an idle M like the others, only the last to be taken for other work. When its time comes it takes an idle P
 * by itself and looks for work as a spinning M does, and that includes running the timers of all Ps (stealWork). S_POLLER
 * and S_POLLUNTIL are written under sched.lock.
 *
 *   who adds an earlier timer                        an M that parks (m.ts; A and C are steps of the protocol there)
 *   1. put it in the heap (under its lock)           A. P to the idle list, npidle++
 *   2. (atomic: full barrier)                        C. look at the first timers of all Ps; one is due: take a P back
 *   3. look: npidle > 0? Is there a poller that      D. under sched.lock: on the idle list. No poller, or one with a later
 *      wakes early enough? Else, under sched.lock,      time: be the poller
 *      make it wake earlier, or make an idle M it    E. sleep until S_POLLUNTIL, in steps of the note's epoch
 *
 * If 3 sees npidle = 0, it comes before A, so 1 before C, which sees the timer. If it finds a poller whose time is early
 * enough, that one will do C again. If it finds no idle M at all, those without a P are on their way to D, perhaps beyond
 * C: startm lets one of them come back, or starts a thread. With all Ps busy nobody need be told: their owners look at
 * their timers in each round, and the next one that has nothing to do looks at all.
 *
 * The time of a poller that sleeps already is changed by writing S_POLLUNTIL and poking its note: it reads the time anew. A
 * poller that is taken for other work gives up the part; it looks for an heir when it is up (mPark), since it has a P then
 * and others may have none.
 *
 * What if a thread stops right there? The adder between 1 and 3: it runs on and will do 3. A poller between waking and
 * taking a P: the timer is late by as much. The M that was taken, before it looks for an heir: likewise.
 *
 * Virtual time needs no poller: it moves when all Ms are idle (checkdead).
 */
import { F, I } from "../arena/arena.js";
import { load, racyF, smp, store } from "../arena/atomics.js";
import { M_NOTE, S_LOCK, S_MIDLE, S_NPIDLE, S_POLLER, S_POLLUNTIL } from "../arena/layout.js";
import { lock, unlock } from "../arena/lock.js";
import { notepoke } from "../arena/note.js";
import { curm } from "../stack/current.js";
import { isVirtual, nanotime } from "./clock.js";
import { startm } from "./m.js";
import { setWakePoller, timeSleepUntil } from "./timers.js";

/** A timer that is due at `when` is now the first of its P (step 3). A holder of a P, without a lock. */
export function wakePoller(when: number): void {
  // With one P, which we hold, nobody else could run it.
  if (smp === 0 || load(S_NPIDLE) === 0) return;
  // The poller first, then its time, which is written before: one that is early enough will look at all timers again.
  if (load(S_POLLER) !== 0 && racyF(S_POLLUNTIL) <= when) return;
  appointPoller(when);
}
setWakePoller(wakePoller);

/** Makes sure that an M without work wakes at `when`. Any thread, without a lock. */
export function appointPoller(when: number): void {
  if (isVirtual()) return;
  lock(S_LOCK);
  const done = appoint(when);
  unlock(S_LOCK);
  // Nobody is idle: an M that is on its way to sleep, or a new one, looks at the timers again.
  if (!done) startm(0, false);
}

/** Under sched.lock. False: no M is idle. */
export function appoint(when: number): boolean {
  let m = I[S_POLLER]!;
  if (m !== 0 && F[S_POLLUNTIL >> 1]! <= when) return true;
  if (m === 0) m = I[S_MIDLE]!;
  if (m === 0) return false;
  F[S_POLLUNTIL >> 1] = when;
  store(S_POLLER, m);
  notepoke(m + M_NOTE);
  return true;
}

/** This M has just gone on the idle list, and the next timer that it knows of is due at `until` (step D). Under sched.lock. */
export function offerPoller(until: number): void {
  if (until === Infinity || isVirtual()) return;
  if (I[S_POLLER] !== 0 && F[S_POLLUNTIL >> 1]! <= until) return;
  F[S_POLLUNTIL >> 1] = until;
  store(S_POLLER, curm);
}

/** m is taken off the idle list. Under sched.lock. */
export function leavePoller(m: number): void {
  if (I[S_POLLER] === m) store(S_POLLER, 0);
}

/** This M has been woken, perhaps out of the part of the poller: somebody else must take it while a P is idle. It holds a P. */
export function findHeir(): void {
  if (load(S_NPIDLE) === 0 || load(S_POLLER) !== 0) return;
  const until = timeSleepUntil();
  if (until !== Infinity) appointPoller(until);
}

/** How long this M may sleep, in milliseconds: Infinity if it is not the poller (step E). This M, idle. */
export function pollDelay(): number {
  return load(S_POLLER) === curm ? Math.max(racyF(S_POLLUNTIL) - nanotime(), 0) : Infinity;
}

/** Its time has come: the part is given up, by this M. False: it is not the poller any more, or its time was moved. */
export function pollOver(): boolean {
  lock(S_LOCK);
  const over = I[S_POLLER] === curm && F[S_POLLUNTIL >> 1]! <= nanotime();
  if (over) store(S_POLLER, 0);
  unlock(S_LOCK);
  return over;
}
