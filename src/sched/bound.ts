/**
 * Goroutines that belong to a thread: locked to an M (LockOSThread), or pinned to it because their frames hold objects of
 * that thread.
 *
 * Who finds a bound goroutine that is not its own puts it into the inbox of the M, and makes sure that the M has a P
 * (Go: startlockedm). An M that goroutines are locked to runs what is in its inbox and nothing else. That includes pinned
 * ones: they can run nowhere else, and the locked one may be waiting for them.
 *
 *   finder                                    the M
 *   1. push to the inbox (CAS)                A. about to sleep: gives up its P
 *   2. under sched.lock: is the M asleep?     B. under sched.lock: look at the inbox; something: take an idle P, or
 *      yes: wake it with a P                     give it to whoever holds one (inject); nothing: be asleep
 * Either 2 comes after B and finds it asleep, or 1 comes before B, which finds the goroutine. An M that runs looks at its
 * inbox between two goroutines.
 */
import { I } from "../arena/arena.js";
import { cas, load, xchg } from "../arena/atomics.js";
import { refuse } from "../arena/failpoint.js";
import { lock, unlock } from "../arena/lock.js";
import {
  G_LOCKEDM,
  G_PINM,
  G_SCHEDLINK,
  G_SYSCALL,
  IDLE_LOCKED,
  IDLE_SYSCALL,
  M_IDLE,
  M_NEXTP,
  M_NOTE,
  M_PINQ,
  M_SPINNING,
  S_LOCK,
  S_NLEAVING,
  S_NMIDLELOCKED,
} from "../arena/layout.js";
import { notewakeup } from "../arena/note.js";
import { curm, curp } from "../stack/current.js";
import { checkdead } from "./checkdead.js";
import { injectg } from "./globrunq.js";
import { casgstatus } from "./gstatus.js";
import { hooked } from "./hooked.js";
import { noteBound } from "./policycheck.js";
import { allm, handoffp, mgetthis, mPark, stopm } from "./m.js";
import { acquirep, pidleget, releasep } from "./p.js";
import { runqput } from "./runq.js";
import { Grunnable, Gwaiting } from "./status.js";

/** The M that g is bound to, 0 if to none. */
export function boundTo(g: number): number {
  const m = I[g + G_LOCKEDM]!;
  if (m !== 0) return m;
  const pin = I[g + G_PINM]!;
  return pin === 0 ? 0 : allm(pin - 1);
}

function pushBound(m: number, g: number): void {
  if (hooked) noteBound(g);
  let h;
  do {
    h = load(m + M_PINQ);
    I[g + G_SCHEDLINK] = h; // plain: g is ours until the CAS
  } while ((FAILPOINTS && refuse("pushBound: CAS")) || !cas(m + M_PINQ, h, g));
}

/**
 * Gives g to m, the M that it is bound to, which is another one. m runs, and finds it in its inbox; or it sleeps, and is
 * woken with an idle P, or with ours. A holder of a P. Returns false if this M gave its P away and the runtime stopped
 * meanwhile.
 */
export function handBound(g: number, m: number): boolean {
  // In the middle of a system call's end, with g's JavaScript stack: it wakes up in there, and not by way of its inbox.
  const back = I[g + G_SYSCALL] !== 0;
  if (!back) pushBound(m, g);
  lock(S_LOCK);
  const idle = I[m + M_IDLE]!;
  if (idle === 0 || (idle === IDLE_SYSCALL && !back)) {
    // It runs, or is on its way to stopm or stoplockedm, where it looks at its inbox under this lock; or its stack is taken,
    // and it looks when that goroutine has stopped.
    unlock(S_LOCK);
    return true;
  }
  mgetthis(m);
  let p = pidleget();
  unlock(S_LOCK);
  const own = p === 0;
  if (own) p = releasep();
  I[m + M_NEXTP] = p;
  I[m + M_SPINNING] = 0;
  notewakeup(m + M_NOTE);
  return own ? stopm() : true;
}

/**
 * Readies g, which is bound to this M, from the M's event loop: with its P, or asleep without one. Asleep it wakes itself
 * with an idle P; if none is idle, whoever holds one must come with it. The owner of g.
 */
export function readyBound(g: number): void {
  casgstatus(g, Gwaiting, Grunnable);
  if (curp !== 0) {
    if (hooked) pushBound(curm, g);
    else runqput(curp, g, false);
    return;
  }
  pushBound(curm, g);
  lock(S_LOCK);
  const p = I[curm + M_IDLE] === 0 ? 0 : pidleget();
  if (p !== 0) {
    mgetthis(curm);
    I[curm + M_NEXTP] = p;
    I[curm + M_SPINNING] = 0;
  } else if (I[curm + M_IDLE] !== 0) returnBound();
  // else: someone has taken this M off the list and is about to wake it.
  unlock(S_LOCK);
  if (p !== 0) notewakeup(curm + M_NOTE);
}

/** Takes everything out of this M's inbox, oldest first: returned as a linked list. This M only. */
export function takeBound(): number {
  let g = xchg(curm + M_PINQ, 0);
  let first = 0;
  while (g !== 0) {
    const next = I[g + G_SCHEDLINK]!;
    I[g + G_SCHEDLINK] = first;
    first = g;
    g = next;
  }
  return first;
}

/** Takes the oldest one out of this M's inbox, 0 if it is empty. This M only. */
export function takeOneBound(): number {
  const g = takeBound();
  if (g === 0) return 0;
  let x = I[g + G_SCHEDLINK]!;
  while (x !== 0) {
    const next = I[x + G_SCHEDLINK]!;
    pushBound(curm, x);
    x = next;
  }
  return g;
}

/** This M is about to sleep, without a P: what is in its inbox goes where holders of a P will find it and come with one. */
function returnBound(): void {
  let g = takeBound();
  while (g !== 0) {
    const next = I[g + G_SCHEDLINK]!;
    injectg(g);
    g = next;
  }
}

/**
 * The goroutines locked to this M cannot run now: gives its P to another M and sleeps until there is something in the
 * inbox. Returns with a P; false when the runtime stops.
 */
export function stoplockedm(): boolean {
  lock(S_LOCK);
  I[S_NLEAVING] = I[S_NLEAVING]! + 1;
  unlock(S_LOCK);
  handoffp(releasep());
  lock(S_LOCK);
  I[S_NLEAVING] = I[S_NLEAVING]! - 1;
  if (bringBack()) return true;
  I[curm + M_IDLE] = IDLE_LOCKED;
  I[S_NMIDLELOCKED] = I[S_NMIDLELOCKED]! + 1;
  const dead = checkdead();
  unlock(S_LOCK);
  if (dead !== undefined) dead();
  return mPark();
}

/**
 * Bound goroutines came while this M gave up its P: with an idle P it goes on (true, unlocked), else whoever holds a P
 * must bring them back with one. Under sched.lock.
 */
export function bringBack(): boolean {
  if (load(curm + M_PINQ) === 0) return false;
  const p = pidleget();
  if (p === 0) {
    returnBound();
    return false;
  }
  unlock(S_LOCK);
  acquirep(p);
  return true;
}
