/**
 * Timers (Go 1.14 to 1.22: time.go). Each P has a heap of them, under its timersLock. A timer is run by who holds its P, in
 * each round of the scheduler, or by an M with nothing to do that steals.
 *
 * Goal: starting, stopping and changing a timer is cheap, whatever P it is on; most timers are stopped before they fire.
 * Rejected: one heap for all under one lock (Go until 1.9), a thread of its own that sleeps until the first timer
 * (until 1.13: two more switches for each), taking a stopped timer out at once (needs the other P's lock, and log n).
 *
 * So stopping and changing only mark the timer (timerDeleted, timerModified...), by a CAS, without a lock. It stays where
 * it is, under its old time, until somebody with the heap's lock comes across it at the top (cleantimers, runtimer), must
 * look through all because one that was made earlier is due (adjusttimers, P_MODIFIEDEARLIEST), or finds that a quarter of
 * the heap is dead (clearDeletedTimers).
 *
 *   state                 in a heap   who leaves it, and to what
 *   timerNoStatus             no      addtimer: Waiting. modtimer: Modifying, Waiting
 *   timerWaiting             yes      deltimer: Modifying, Deleted. modtimer: Modifying, Modified... .
 *                                       runtimer: Running, then NoStatus or Waiting
 *   timerModifiedEarlier,    yes      deltimer, modtimer: as Waiting. With the lock: Moving, Waiting
 *     timerModifiedLater
 *   timerDeleted             yes      modtimer: Modifying, Modified... . With the lock: Removing, Removed
 *   timerRemoved              no      modtimer: Modifying, Waiting
 *   Running, Removing, Moving         briefly, by who has the lock. deltimer and modtimer wait until it is over
 *   timerModifying                    briefly, by a user without a lock. Everyone waits until it is over
 *
 * T_PP, T_WHEN, T_NEXTWHEN and T_PERIOD belong to who has moved the timer to one of the brief states, else to the heap's
 * lock.
 *
 * Waiting in a circle is not possible: who waits for timerModifying may hold a heap's lock, but the modifier, in that
 * state, takes only P_MODIFIEDLOCK (under which nobody waits for anything), or the lock of its own P for a timer that is in
 * no heap, so that nobody waits for it.
 *
 * What if a thread stops right there? In a brief state: others that want this timer wait (osyield.ts), or leave it until
 * later. Between timerDeleted and counting it: the count is one too low for a moment, so that a heap is cleaned later. It
 * is never too high: who takes a deleted timer out counts that first.
 *
 * Times: 0 is no special value; a P without timers has P_TIMER0WHEN = Infinity (Go: 0), which spares comparisons.
 *
 * Atomics with more than one P, on the P's own heap: add 4 (lock, head, P count), stop 4, change 3, fire 6. With one P:
 * none.
 */
import { F, I } from "../arena/arena.js";
import { load, padd, pcas, pload, pstore, racy, racyF } from "../arena/atomics.js";
import { refuse } from "../arena/failpoint.js";
import {
  P_DELETEDTIMERS,
  P_MODIFIEDEARLIEST,
  P_MODIFIEDLOCK,
  P_NUMTIMERS,
  P_TIMER0WHEN,
  P_TIMERS,
  P_TIMERSLOCK,
  S_NPROCS,
  T_ARG,
  T_F,
  T_NEXTWHEN,
  T_PERIOD,
  T_PP,
  T_STATUS,
  T_WHEN,
} from "../arena/layout.js";
import { plock, punlock } from "../arena/lock.js";
import { curp } from "../stack/current.js";
import { FatalError } from "../stack/fatal.js";
import { nanotime } from "./clock.js";
import { waitWhile } from "./osyield.js";
import { allp } from "./p.js";
import { runqput, runqunnext } from "./runq.js";
import { clearTimer, moveEntry, roomForTimers, setTimer, siftdownTimer, siftupTimer, timerAt } from "./timerheap.js";
import {
  timerDeleted,
  timerModifiedEarlier,
  timerModifiedLater,
  timerModifying,
  timerMoving,
  timerNoStatus,
  timerRemoved,
  timerRemoving,
  timerRunning,
  timerWaiting,
} from "./timerstatus.js";

/** The latest time: 30,000 years. */
export const MAX_WHEN = 1e15;

/**
 * What timers do when they fire. Called by a holder of a P in the scheduler, without a lock and without a running
 * goroutine: it must be short and cannot wait. `arg` is T_ARG.
 */
export type TimerFunc = (arg: number, t: number) => void;
const timerFuncs: TimerFunc[] = [];
/** Registers one. Same order in all threads: called at load time of modules of this package only. */
export function registerTimerFunc(f: TimerFunc): number {
  return timerFuncs.push(f) - 1;
}

/**
 * Told when the first timer of a P has become an earlier one: somebody may have to wake up earlier. Set by poller.ts, which
 * is above.
 */
let wakePoller: (when: number) => void = () => {};
export function setWakePoller(f: typeof wakePoller): void {
  wakePoller = f;
}

function badTimer(t: number): never {
  throw new FatalError("timer data corruption", `runtime: timer at word ${t} is in state ${I[t + T_STATUS]}`);
}

/** From a brief state, which is ours, to another one. */
function leave(t: number, state: number): void {
  pstore(t + T_STATUS, state);
}

/** Empties the words of a P. World stopped, or before any M runs. */
export function timersinit(p: number): void {
  F[(p + P_TIMER0WHEN) >> 1] = Infinity;
  F[(p + P_MODIFIEDEARLIEST) >> 1] = Infinity;
}

// ------------------------------------------------------------------------------------------- users: add, delete, modify

/**
 * Puts a timer that is in no heap, with its T_WHEN, into this P's. Returns whether it is now the first one; then the caller
 * tells the poller. A holder of a P.
 */
function add(t: number): boolean {
  const p = curp;
  roomForTimers(p, 1);
  plock(p + P_TIMERSLOCK);
  cleantimers(p);
  const first = doaddtimer(p, t);
  punlock(p + P_TIMERSLOCK);
  return first;
}

/**
 * Go: addtimer. Starts a new timer, whose T_WHEN, T_PERIOD, T_F and T_ARG are set. A holder of a P; nobody else has the
 * timer.
 */
export function addtimer(t: number): void {
  if (I[t + T_STATUS] !== timerNoStatus) throw new FatalError("addtimer called with initialized timer");
  leave(t, timerWaiting);
  if (add(t)) wakePoller(F[(t + T_WHEN) >> 1]!);
}

/** The earliest time that addtimerQuietly has not told the poller, Infinity: none. This thread's. */
let owed = Infinity;
/** Whether there is such a time. */
export let owing = false;

/**
 * The same for a goroutine that sleeps: it has stopped, so its M comes round the scheduler at once. The poller is told
 * then, if this M finds something to run (`payOwed`); if not, this M is the one who will wait for the timer, and nobody has
 * to be woken.
 */
export function addtimerQuietly(t: number): void {
  leave(t, timerWaiting);
  if (!add(t)) return;
  owing = true;
  const when = F[(t + T_WHEN) >> 1]!;
  if (when < owed) owed = when;
}

export function payOwed(): void {
  const when = owed;
  forgetOwed();
  wakePoller(when);
}

export function forgetOwed(): void {
  owed = Infinity;
  owing = false;
}

/** Go: deltimer. Whether the timer was stopped before it fired. A holder of a P, which need not be the timer's. */
export function deltimer(t: number): boolean {
  for (;;) {
    const s = pload(t + T_STATUS);
    switch (s) {
      case timerWaiting:
      case timerModifiedEarlier:
      case timerModifiedLater:
        if (FAILPOINTS && refuse("deltimer: CAS")) break;
        if (pcas(t + T_STATUS, s, timerModifying)) {
          const p = I[t + T_PP]!; // before the state: afterwards somebody may take it out of the heap
          leave(t, timerDeleted);
          padd(p + P_DELETEDTIMERS, 1);
          return true;
        }
        break;
      case timerRunning:
      case timerMoving:
      case timerModifying:
        waitWhile(t + T_STATUS, s);
        break;
      case timerNoStatus:
      case timerDeleted:
      case timerRemoving:
      case timerRemoved:
        return false;
      default:
        badTimer(t);
    }
  }
}

/**
 * Go: modtimer, resettimer. Lets the timer fire at `when`, whether it is running or not. Returns whether it was running. A
 * holder of a P, which need not be the timer's.
 */
export function modtimer(t: number, when: number, period: number): boolean {
  for (;;) {
    const s = pload(t + T_STATUS);
    switch (s) {
      case timerWaiting:
      case timerModifiedEarlier:
      case timerModifiedLater:
      case timerDeleted:
        if (FAILPOINTS && refuse("modtimer: CAS")) break;
        if (!pcas(t + T_STATUS, s, timerModifying)) break;
        if (s === timerDeleted) padd(I[t + T_PP]! + P_DELETEDTIMERS, -1);
        modifyInHeap(t, when, period);
        return s !== timerDeleted;
      case timerNoStatus:
      case timerRemoved:
        if (!pcas(t + T_STATUS, s, timerModifying)) break;
        // In no heap: as addtimer, on this P.
        F[(t + T_WHEN) >> 1] = when;
        F[(t + T_PERIOD) >> 1] = period;
        restart(t, when);
        return false;
      case timerRunning:
      case timerRemoving:
      case timerMoving:
      case timerModifying:
        waitWhile(t + T_STATUS, s);
        break;
      default:
        badTimer(t);
    }
  }
}

/** In timerModifying until it is in the heap: who stops it before must find its P. */
function restart(t: number, when: number): void {
  const first = add(t);
  leave(t, timerWaiting);
  if (first) wakePoller(when);
}

/** The timer is in some P's heap, whose order we may not disturb: the new time stands beside the old one. In timerModifying. */
function modifyInHeap(t: number, when: number, period: number): void {
  F[(t + T_PERIOD) >> 1] = period;
  F[(t + T_NEXTWHEN) >> 1] = when;
  if (when < F[(t + T_WHEN) >> 1]!) {
    // Before the state: who clears the earliest time looks through all timers afterwards, and waits for this one.
    updateTimerModifiedEarliest(I[t + T_PP]!, when);
    leave(t, timerModifiedEarlier);
    wakePoller(when);
  } else leave(t, timerModifiedLater);
}

/** Any holder of a P, without the lock of p's heap. Go swaps the 64 bits atomically; a small lock does the same. */
function updateTimerModifiedEarliest(p: number, when: number): void {
  plock(p + P_MODIFIEDLOCK);
  if (when < F[(p + P_MODIFIEDEARLIEST) >> 1]!) F[(p + P_MODIFIEDEARLIEST) >> 1] = when;
  punlock(p + P_MODIFIEDLOCK);
}

/** Any holder of a P, who looks through all of p's timers afterwards, or knows that none is modified. */
function clearTimerModifiedEarliest(p: number): void {
  // Nothing to clear, most of the time. A time that comes in after this look stays: somebody looks through them once more.
  if (racyF(p + P_MODIFIEDEARLIEST) === Infinity) return;
  plock(p + P_MODIFIEDLOCK);
  F[(p + P_MODIFIEDEARLIEST) >> 1] = Infinity;
  punlock(p + P_MODIFIEDLOCK);
}

// ------------------------------------------------------------------------------------------- the heap, under its lock

/** Adds t to p's heap, in which there is room. Whether it is the first one. Under p's timersLock. */
function doaddtimer(p: number, t: number): boolean {
  if (I[t + T_PP] !== 0) throw new FatalError("doaddtimer: P already set in timer");
  I[t + T_PP] = p;
  const h = I[p + P_TIMERS]!;
  const n = I[p + P_NUMTIMERS]!;
  setTimer(h, n, t);
  I[p + P_NUMTIMERS] = n + 1;
  const first = siftupTimer(h, n) === 0;
  if (first) updateTimer0When(p);
  return first;
}

/** Takes entry i out of p's heap; returns the smallest index that changed. Under p's timersLock. */
function dodeltimer(p: number, i: number): number {
  const h = I[p + P_TIMERS]!;
  const t = timerAt(h, i);
  if (I[t + T_PP] !== p) throw new FatalError("dodeltimer: wrong P");
  I[t + T_PP] = 0;
  const last = I[p + P_NUMTIMERS]! - 1;
  I[p + P_NUMTIMERS] = last;
  let smallest = i;
  if (i !== last) {
    moveEntry(h, i, last);
    clearTimer(h, last);
    // The last one may belong above its new parent, if that is in another branch.
    smallest = siftupTimer(h, i);
    if (smallest === i) siftdownTimer(h, i, last);
  } else clearTimer(h, last);
  if (i === 0) updateTimer0When(p);
  // Without timers none is modified.
  if (last === 0) clearTimerModifiedEarliest(p);
  return smallest;
}

/** Under p's timersLock. */
function updateTimer0When(p: number): void {
  const t = I[p + P_NUMTIMERS] === 0 ? 0 : timerAt(I[p + P_TIMERS]!, 0);
  F[(p + P_TIMER0WHEN) >> 1] = t === 0 ? Infinity : F[(t + T_WHEN) >> 1]!;
}

/** t, entry i of p's heap, was deleted: takes it out. False: somebody else changed it meanwhile. Under p's timersLock. */
function removeDeleted(p: number, t: number, i: number): boolean {
  if (!pcas(t + T_STATUS, timerDeleted, timerRemoving)) return false;
  padd(p + P_DELETEDTIMERS, -1);
  dodeltimer(p, i);
  leave(t, timerRemoved);
  return true;
}

/** The first timer was modified: moves it to its place. Under p's timersLock. */
function moveFirst(p: number, t: number, s: number): void {
  if (!pcas(t + T_STATUS, s, timerMoving)) return;
  F[(t + T_WHEN) >> 1] = F[(t + T_NEXTWHEN) >> 1]!;
  dodeltimer(p, 0);
  doaddtimer(p, t);
  leave(t, timerWaiting);
}

/**
 * Deleted and modified timers at the top would slow down adding. Under p's timersLock; the owner of p.
 *
 * If many are deleted all of them go at once, in one pass: taken from the top one by one each costs as much as a timer that
 * fires, log n moves. (Go leaves that pass to the scheduler until 1.22.)
 */
function cleantimers(p: number): void {
  while (I[p + P_NUMTIMERS] !== 0) {
    const t = timerAt(I[p + P_TIMERS]!, 0);
    const s = pload(t + T_STATUS);
    if (s === timerDeleted && manyDeleted(p)) clearDeletedTimers(p);
    else if (s === timerDeleted) removeDeleted(p, t, 0);
    else if (s === timerModifiedEarlier || s === timerModifiedLater) moveFirst(p, t, s);
    else return;
  }
}

const moved: number[] = [];

/**
 * A timer that was made earlier is due: looks through all of p's heap, and puts in order what is modified or deleted.
 * Under p's timersLock.
 */
function adjusttimers(p: number, now: number): void {
  if (racyF(p + P_MODIFIEDEARLIEST) > now) return;
  // First: one that is modified from here on announces itself again.
  clearTimerModifiedEarliest(p);
  moved.length = 0;
  for (let i = 0; i < I[p + P_NUMTIMERS]!;) {
    const t = timerAt(I[p + P_TIMERS]!, i);
    const s = pload(t + T_STATUS);
    switch (s) {
      case timerWaiting:
        i++;
        break;
      case timerDeleted:
        if (pcas(t + T_STATUS, s, timerRemoving)) {
          padd(p + P_DELETEDTIMERS, -1);
          i = dodeltimer(p, i);
          leave(t, timerRemoved);
        }
        break;
      case timerModifiedEarlier:
      case timerModifiedLater:
        if (pcas(t + T_STATUS, s, timerMoving)) {
          F[(t + T_WHEN) >> 1] = F[(t + T_NEXTWHEN) >> 1]!;
          // Back in afterwards: in between it could land where we have been, or have not.
          i = dodeltimer(p, i);
          moved.push(t);
        }
        break;
      case timerModifying:
        waitWhile(t + T_STATUS, s);
        break;
      default:
        badTimer(t);
    }
  }
  for (let k = 0; k < moved.length; k++) {
    doaddtimer(p, moved[k]!);
    leave(moved[k]!, timerWaiting);
  }
}

/** Takes all deleted timers out of p's heap, which keeps its array. Under p's timersLock; the owner of p. */
function clearDeletedTimers(p: number): void {
  clearTimerModifiedEarliest(p);
  const h = I[p + P_TIMERS]!;
  const n = I[p + P_NUMTIMERS]!;
  let to = 0;
  let deleted = 0;
  for (let i = 0; i < n;) {
    const t = timerAt(h, i);
    const s = pload(t + T_STATUS);
    switch (s) {
      case timerWaiting:
        break;
      case timerModifiedEarlier:
      case timerModifiedLater:
        if (!pcas(t + T_STATUS, s, timerMoving)) continue;
        F[(t + T_WHEN) >> 1] = F[(t + T_NEXTWHEN) >> 1]!;
        leave(t, timerWaiting);
        break;
      case timerDeleted:
        if (!pcas(t + T_STATUS, s, timerRemoving)) continue;
        I[t + T_PP] = 0;
        leave(t, timerRemoved);
        deleted++;
        i++;
        continue;
      case timerModifying:
        waitWhile(t + T_STATUS, s);
        continue;
      default:
        badTimer(t);
    }
    // Entries below `to` are a heap of their own, which grows by one.
    setTimer(h, to, t);
    siftupTimer(h, to);
    to++;
    i++;
  }
  for (let i = to; i < n; i++) clearTimer(h, i);
  padd(p + P_DELETEDTIMERS, -deleted);
  I[p + P_NUMTIMERS] = to;
  updateTimer0When(p);
}

/** Moves all timers of a P that dies to `to`, which this M holds. World stopped. */
export function moveTimers(to: number, from: number): void {
  const n = I[from + P_NUMTIMERS]!;
  if (n === 0) return;
  roomForTimers(to, n);
  plock(to + P_TIMERSLOCK);
  const h = I[from + P_TIMERS]!;
  for (let i = 0; i < n; i++) {
    const t = timerAt(h, i);
    clearTimer(h, i);
    I[t + T_PP] = 0;
    // Plain: no other thread is in the midst of anything.
    switch (I[t + T_STATUS]) {
      case timerModifiedEarlier:
      case timerModifiedLater:
        F[(t + T_WHEN) >> 1] = F[(t + T_NEXTWHEN) >> 1]!;
        leave(t, timerWaiting);
        doaddtimer(to, t);
        break;
      case timerWaiting:
        doaddtimer(to, t);
        break;
      case timerDeleted:
        leave(t, timerRemoved);
        break;
      default:
        badTimer(t);
    }
  }
  I[from + P_NUMTIMERS] = 0;
  I[from + P_DELETEDTIMERS] = 0;
  timersinit(from);
  punlock(to + P_TIMERSLOCK);
}

// ------------------------------------------------------------------------------------------- running

/**
 * Runs the first timer of p if it is due; false: it is not, or there is none. Under p's timersLock, which is released while
 * it runs.
 */
function runtimer(p: number, now: number): boolean {
  while (I[p + P_NUMTIMERS] !== 0) {
    const t = timerAt(I[p + P_TIMERS]!, 0);
    const s = pload(t + T_STATUS);
    switch (s) {
      case timerWaiting:
        if (F[(t + T_WHEN) >> 1]! > now) return false;
        if (!pcas(t + T_STATUS, s, timerRunning)) break;
        runOneTimer(p, t, now);
        return true;
      case timerDeleted:
        removeDeleted(p, t, 0);
        break;
      case timerModifiedEarlier:
      case timerModifiedLater:
        moveFirst(p, t, s);
        break;
      case timerModifying:
        waitWhile(t + T_STATUS, s);
        break;
      default:
        badTimer(t);
    }
  }
  return false;
}

function runOneTimer(p: number, t: number, now: number): void {
  // Before the state: afterwards the timer is its user's.
  const f = timerFuncs[I[t + T_F]!]!;
  const arg = I[t + T_ARG]!;
  const period = F[(t + T_PERIOD) >> 1]!;
  if (period > 0) {
    // Stays in the heap. Times that have passed meanwhile are left out.
    const when = F[(t + T_WHEN) >> 1]!;
    F[(t + T_WHEN) >> 1] = Math.min(when + period * (1 + Math.floor((now - when) / period)), MAX_WHEN);
    const h = I[p + P_TIMERS]!;
    setTimer(h, 0, t);
    siftdownTimer(h, 0, I[p + P_NUMTIMERS]!);
    leave(t, timerWaiting);
    updateTimer0When(p);
  } else {
    dodeltimer(p, 0);
    leave(t, timerNoStatus);
  }
  punlock(p + P_TIMERSLOCK);
  f(arg, t);
  plock(p + P_TIMERSLOCK);
}

/** When something must be done for p's timers, Infinity: never. A racing look (Go: nobarrierWakeTime). */
export function nobarrierWakeTime(p: number): number {
  return Math.min(racyF(p + P_TIMER0WHEN), racyF(p + P_MODIFIEDEARLIEST));
}

/**
 * Runs those timers of p that are due; whether there were any. In each round of the scheduler if p has timers: reads the
 * clock, 75 ns. A holder of a P, which is p unless it steals.
 *
 * Of several, the goroutine that the first one readies is the next to run, as that of a single one is, and the others queue
 * in the order of their times. (In Go each becomes runnext and sends the one before it to the end, so that the last one
 * runs first.)
 */
export function checkTimers(p: number): boolean {
  const now = nanotime();
  const own = p === curp;
  if (now < nobarrierWakeTime(p) && !(own && manyDeleted(p))) return false;
  plock(p + P_TIMERSLOCK);
  let ran = false;
  if (I[p + P_NUMTIMERS] !== 0) {
    adjusttimers(p, now);
    let first = 0;
    while (runtimer(p, now)) {
      if (ran) {
        const g = runqunnext(curp);
        if (g !== 0) runqput(curp, g, false);
      } else if (F[(p + P_TIMER0WHEN) >> 1]! <= now) first = runqunnext(curp);
      ran = true;
    }
    if (first !== 0) runqput(curp, first, true);
  }
  // Only the owner, or thieves would get in each other's way.
  if (own && manyDeleted(p)) clearDeletedTimers(p);
  punlock(p + P_TIMERSLOCK);
  return ran;
}

/** More than a quarter of the heap is dead. */
function manyDeleted(p: number): boolean {
  return racy(p + P_DELETEDTIMERS) > racy(p + P_NUMTIMERS) >> 2;
}

// ------------------------------------------------------------------------------------------- all Ps

/**
 * When the first timer of all needs somebody, Infinity: never. Any thread; with the strength that the protocol in poller.ts
 * needs: the locks are read atomically, so what was written under them before is seen.
 */
export function timeSleepUntil(): number {
  let next = Infinity;
  for (let id = 0, n = load(S_NPROCS); id < n; id++) {
    const p = allp(id);
    load(p + P_TIMERSLOCK);
    if (racy(p + P_NUMTIMERS) === 0) continue;
    load(p + P_MODIFIEDLOCK);
    next = Math.min(next, nobarrierWakeTime(p));
  }
  return next;
}

/** Timers that will fire, of all Ps. Exact when nobody runs, else a moment old. */
export function timersPending(): number {
  let n = 0;
  for (let id = 0, procs = load(S_NPROCS); id < procs; id++)
    n += racy(allp(id) + P_NUMTIMERS) - racy(allp(id) + P_DELETEDTIMERS);
  return n;
}
