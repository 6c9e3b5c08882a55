/**
 * Ps: taking, giving back, the idle list (Go: acquirep, releasep, pidleget, pidleput, fastrand).
 *
 * A P is what allows a thread to run goroutines: local queue, caches, counters. It is idle (on the list), running (owned
 * by one M), stopped (world stopped) or dead (GOMAXPROCS shrank).
 */
import { F, I } from "../arena/arena.js";
import { add, racy, setSmp } from "../arena/atomics.js";
import {
  ALLP,
  M_P,
  P_ID,
  P_LINK,
  P_M,
  P_RAND,
  P_SIZE,
  P_STATS,
  P_STATUS,
  POLICY_QUEUES,
  S_NPIDLE,
  S_PIDLE,
  S_POLICY,
  S_SYSMONSLEEP,
  STAT_PARKED,
  SYSMON_DEEP,
} from "../arena/layout.js";
import { setMcache } from "../arena/malloc.js";
import { curm, curmid, curp, setp } from "../stack/current.js";
import { FatalError } from "../stack/fatal.js";
import { setpstatus } from "./gstatus.js";
import { hooked } from "./hooked.js";
import { followFallback, pending } from "./policy.js";
import { note } from "./handofflog.js";
import { Pidle, Prunning } from "./status.js";
import { wakesysmon } from "./wakesysmon.js";

export function allp(id: number): number {
  return ALLP + id * P_SIZE;
}

/** This M takes p, which is idle or was handed to it. */
export function acquirep(p: number): void {
  if (curp !== 0) throw new FatalError("acquirep: already in go");
  const s = I[p + P_STATUS];
  if (s !== Pidle || I[p + P_M] !== 0)
    throw new FatalError("acquirep: invalid p state", `runtime: P${I[p + P_ID]} has status ${s}`);
  I[p + P_M] = curm;
  I[curm + M_P] = p;
  setpstatus(p, Prunning);
  setp(p);
  setMcache(I[p + P_ID]!);
  setSmp();
  if (hooked) followFallback();
  note(() => `P${I[p + P_ID]} to M${curmid}`);
}

/** Goroutines parked since this M took its P: counted here, added to the P's counter when the M gives it up or looks around. */
let parked = 0;
export function countPark(): void {
  parked++;
}
/** The owner of p. */
export function flushCounts(p: number): void {
  if (parked === 0) return;
  F[((p + P_STATS) >> 1) + STAT_PARKED] = F[((p + P_STATS) >> 1) + STAT_PARKED]! + parked;
  parked = 0;
}

/** This M gives up its P, which becomes idle (not yet on the list). */
export function releasep(): number {
  const p = curp;
  if (p === 0) throw new FatalError("releasep: invalid arg");
  if (I[p + P_M] !== curm || I[p + P_STATUS] !== Prunning)
    throw new FatalError("releasep: invalid p state", `runtime: P${I[p + P_ID]} has status ${I[p + P_STATUS]}`);
  flushCounts(p);
  I[p + P_M] = 0;
  I[curm + M_P] = 0;
  setp(0);
  setpstatus(p, Pidle);
  return p;
}

/** Under sched.lock. */
export function pidleput(p: number): void {
  I[p + P_LINK] = I[S_PIDLE]!;
  I[S_PIDLE] = p;
  add(S_NPIDLE, 1);
}

/** Takes a certain P off the idle list, if it is there. Under sched.lock. */
export function pidlegetthis(p: number): boolean {
  for (let at = S_PIDLE; I[at] !== 0; at = I[at]! + P_LINK) {
    if (I[at] !== p) continue;
    // To the front.
    I[at] = I[p + P_LINK]!;
    I[p + P_LINK] = I[S_PIDLE]!;
    I[S_PIDLE] = p;
    return pidleget1() === p;
  }
  return false;
}

/** Under sched.lock. 0 if no P is idle. One for which a policy has something, if there is such. */
export function pidleget(): number {
  if ((I[S_POLICY]! & POLICY_QUEUES) !== 0)
    for (let p = I[S_PIDLE]!; p !== 0; p = I[p + P_LINK]!) if (pending(p)) return pidlegetthis(p) ? p : 0;
  return pidleget1();
}

function pidleget1(): number {
  const p = I[S_PIDLE]!;
  if (p !== 0) {
    I[S_PIDLE] = I[p + P_LINK]!;
    add(S_NPIDLE, -1);
    // It fell asleep under the lock that we hold, or will see under it that a P is busy.
    if (racy(S_SYSMONSLEEP) === SYSMON_DEEP) wakesysmon();
  }
  return p;
}

/** xorshift32 (Marsaglia 2003). Only the owner of p. */
export function fastrand(p: number): number {
  let x = I[p + P_RAND]!;
  x ^= x << 13;
  x ^= x >>> 17;
  x ^= x << 5;
  I[p + P_RAND] = x;
  return x >>> 0;
}
