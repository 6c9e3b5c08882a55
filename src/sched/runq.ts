/**
 * The local run queue of a P: a lock-free ring of 256 and the slot `runnext` (Go: runqput, runqget, runqgrab, runqsteal).
 *
 *   head                tail
 *    | g g g g g g g g |            indices run freely in 32 bits and wrap; slot = index & 255
 *
 * Goal: the owner puts and takes with one atomic each, thieves take half of it at once, nobody locks.
 * Rejected: Chase-Lev (the owner takes from the thieves' far end: LIFO, unfair here; it is a policy later),
 * a locked deque (20 ns each way and a preempted holder stops everyone).
 *
 * One producer (the owner writes slots, then publishes the tail), many consumers (owner and thieves move the head by CAS).
 *
 *   put     1. read head (acquire), own tail (plain: only the owner writes it)
 *           2. room: write the slot (plain: no consumer looks at it until 3), then
 *           3. store tail + 1 (release): publishes the slot
 *   get     4. read head (acquire) and own tail; empty: return
 *           5. read the slot, CAS head -> head + 1. Fails if a thief was faster: back to 4.
 *   grab    6. read head (acquire), then tail (acquire): n = (tail - head) - (tail - head) / 2
 *           7. n > 128: head and tail were read at different times (the owner went round in between): back to 6
 *           8. copy n slots into the thief's own ring, beyond its tail, where nobody looks
 *           9. CAS head -> head + n: success makes the copies ours; failure: back to 6, the copies are garbage
 *
 * What if a thread stops right there?
 *   owner after 2, before 3: the G is in no queue that anyone can see. It is only late, for the owner still runs.
 *   consumer after 5's or 8's read, before the CAS: others go on; if the head moved the CAS fails. The ABA of a head that
 *   wrapped round needs 2^32 operations in that pause; Go accepts the same.
 *   slot overwritten while a thief copies it (the owner's tail came round): then the head has moved and 9 fails.
 *
 * runnext: one G that runs before the ring and inherits the time slice, so that a pair that wakes each other is
 * scheduled as a unit. The owner sets it (exchange); the owner and thieves clear it (CAS to 0).
 *
 * Atomics (more than one P): put 2 (runnext: 1, ring: 2), get 1 from runnext, 2 from the ring, grab 3.
 */
import { F, I } from "../arena/arena.js";
import { load, pcas, pload, pstore, pxchg, racy } from "../arena/atomics.js";
import { failpoint, refuse } from "../arena/failpoint.js";
import {
  G_SCHEDLINK,
  P_RUNNEXT,
  P_RUNQ,
  P_RUNQHEAD,
  P_RUNQTAIL,
  P_STATS,
  P_STATUS,
  P_SWITCHES,
  RUNQ_LEN,
  RUNQ_MASK,
  STAT_OVERFLOW,
  STAT_STEALS,
  STAT_STOLEN,
} from "../arena/layout.js";
import { FatalError } from "../stack/fatal.js";
import { hooked } from "./hooked.js";
import { amount } from "./policy.js";
import { globrunqputbatch } from "./globrunq.js";
import { Prunning } from "./status.js";

/** Set by runqget: the G came from runnext and continues the running slice. */
export let inheritTime = false;

/** Puts g on p's queue; `next`: into runnext, kicking the old one to the tail. Only the owner of p. */
export function runqput(p: number, g: number, next: boolean): void {
  if (next) {
    const old = pxchg(p + P_RUNNEXT, g);
    if (old === 0) return;
    g = old;
  }
  for (;;) {
    const h = pload(p + P_RUNQHEAD);
    const t = I[p + P_RUNQTAIL]!; // plain: only the owner writes the tail
    if (((t - h) | 0) < RUNQ_LEN) {
      I[p + P_RUNQ + (t & RUNQ_MASK)] = g; // plain: published by the tail
      if (FAILPOINTS) failpoint("runqput: not published");
      pstore(p + P_RUNQTAIL, (t + 1) | 0);
      return;
    }
    if (runqputslow(p, g, h, t)) return;
  }
}

/**
 * The ring is full: half of it, from the head, and g go to the global queue in one locked batch. False: a thief moved
 * the head, there is room now. Only the owner of p.
 */
function runqputslow(p: number, g: number, h: number, t: number): boolean {
  const n = ((t - h) | 0) >> 1;
  if (n !== RUNQ_LEN / 2) throw new FatalError("runqputslow: queue is not full");
  // Read the half before the CAS: afterwards the slots are free for the next put. The links are written after it:
  // before, the Gs may still be a thief's.
  for (let i = 0; i < n; i++) batch[i] = I[p + P_RUNQ + ((h + i) & RUNQ_MASK)]!;
  if (FAILPOINTS && refuse("runqputslow: CAS")) return false;
  if (!pcas(p + P_RUNQHEAD, h, (h + n) | 0)) return false;
  if (FAILPOINTS) failpoint("runqputslow: half in nobody's queue");
  batch[n] = g;
  for (let i = 0; i < n; i++) I[batch[i]! + G_SCHEDLINK] = batch[i + 1]!;
  I[g + G_SCHEDLINK] = 0;
  stat(p, STAT_OVERFLOW, 1);
  globrunqputbatch(batch[0]!, g, n + 1);
  return true;
}
const batch = new Int32Array(RUNQ_LEN / 2 + 1);

/** Takes what is in runnext, 0 if nothing. Only the owner of p. */
export function runqunnext(p: number): number {
  const next = I[p + P_RUNNEXT]!; // plain: as in runqget
  return next !== 0 && pcas(p + P_RUNNEXT, next, 0) ? next : 0;
}

/** Takes the next G of p, 0 if none; sets `inheritTime`. Only the owner of p. */
export function runqget(p: number): number {
  // A racing look first: the owner alone sets runnext; a thief can only clear it, then the CAS fails.
  const next = racy(p + P_RUNNEXT);
  if (FAILPOINTS) failpoint("runqget: runnext seen");
  if (next !== 0 && pcas(p + P_RUNNEXT, next, 0)) {
    inheritTime = true;
    return next;
  }
  inheritTime = false;
  for (;;) {
    const h = pload(p + P_RUNQHEAD);
    if (h === I[p + P_RUNQTAIL]) return 0; // plain tail: own
    const g = I[p + P_RUNQ + (h & RUNQ_MASK)]!;
    if (FAILPOINTS && refuse("runqget: CAS")) continue;
    if (pcas(p + P_RUNQHEAD, h, (h + 1) | 0)) return g;
  }
}

/** Nothing in p's queue, read so that a G moving from runnext to the ring is not missed. Any thread that holds a P. */
export function runqempty(p: number): boolean {
  for (;;) {
    const h = pload(p + P_RUNQHEAD);
    const t = pload(p + P_RUNQTAIL);
    const next = pload(p + P_RUNNEXT);
    if (t === pload(p + P_RUNQTAIL)) return h === t && next === 0;
  }
}

/** Length of the ring without runnext, a racing estimate. */
export function ringlen(p: number): number {
  return (racy(p + P_RUNQTAIL) - racy(p + P_RUNQHEAD)) | 0;
}

/** Length of the queue with runnext, a racing estimate. */
export function queuelen(p: number): number {
  return ringlen(p) + (racy(p + P_RUNNEXT) !== 0 ? 1 : 0);
}

/** About 3 us of looking (Go sleeps 3 us, usleep(3); a sleep here is never shorter than 50 us). */
const RUNNEXT_PATIENCE = 500;

/**
 * Copies half of p's ring behind tail t of `to`'s; returns how many. With `stealNext`, an empty ring yields runnext,
 * but only if p leaves it there: p is likely to run it at once, and taking it would tear a ping-pong pair apart.
 * The owner of `to`.
 */
function runqgrab(p: number, to: number, t: number, stealNext: boolean): number {
  for (;;) {
    const h = load(p + P_RUNQHEAD);
    const t1 = load(p + P_RUNQTAIL);
    const all = (t1 - h) | 0;
    let n = all - (all >> 1);
    if (n === 0) {
      if (!stealNext) return 0;
      const next = load(p + P_RUNNEXT);
      if (next === 0) return 0;
      if (racy(p + P_STATUS) === Prunning && isMoving(p)) return 0;
      if (FAILPOINTS && refuse("runqgrab: CAS of runnext")) continue;
      if (!pcas(p + P_RUNNEXT, next, 0)) continue;
      I[to + P_RUNQ + (t & RUNQ_MASK)] = next;
      return 1;
    }
    if (n > RUNQ_LEN / 2) continue;
    if (hooked) n = Math.max(1, Math.min(amount(to, p, all), all, RUNQ_LEN - 1));
    // The victim may be writing these slots again: then its head has moved, and the CAS fails.
    for (let i = 0; i < n; i++) I[to + P_RUNQ + ((t + i) & RUNQ_MASK)] = racy(p + P_RUNQ + ((h + i) & RUNQ_MASK));
    if (FAILPOINTS && refuse("runqgrab: CAS")) continue;
    if (pcas(p + P_RUNQHEAD, h, (h + n) | 0)) return n;
  }
}

/** Whether p starts another goroutine while we look: then it will come to its runnext by itself. */
function isMoving(p: number): boolean {
  const before = racy(p + P_SWITCHES);
  for (let i = 0; i < RUNNEXT_PATIENCE; i++)
    if (load(p + P_RUNNEXT) === 0 || racy(p + P_SWITCHES) !== before) return true;
  return false;
}

/** Steals half of victim's queue into p's; returns one G of it, 0 if nothing. Only the owner of p, whose ring is empty. */
export function runqsteal(p: number, victim: number, stealNext: boolean): number {
  const t = I[p + P_RUNQTAIL]!;
  let n = runqgrab(victim, p, t, stealNext);
  if (n === 0) return 0;
  stat(p, STAT_STEALS, 1);
  stat(p, STAT_STOLEN, n);
  n--;
  const g = I[p + P_RUNQ + ((t + n) & RUNQ_MASK)]!;
  if (FAILPOINTS) failpoint("runqsteal: not published");
  if (n > 0) pstore(p + P_RUNQTAIL, (t + n) | 0);
  return g;
}

/** Counts. Only the owner of p. */
export function stat(p: number, which: number, n: number): void {
  const w = ((p + P_STATS) >> 1) + which;
  F[w] = F[w]! + n;
}
