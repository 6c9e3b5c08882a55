/**
 * Stopping the world and changing GOMAXPROCS (Go: stopTheWorld, startTheWorld, procresize).
 *
 * Goal: a moment in which no goroutine runs and every P is owned by the stopper. Rejected: changing the number of Ps while
 * others run (each reader of gomaxprocs, allp and the idle list would need a lock).
 *
 *   stopper                                       other Ms
 *   1. take worldsema (one stopper at a time)
 *   2. under sched.lock: stopwait = procs,        a. between two goroutines, and while spinning: look at gcwaiting
 *      gcwaiting = 1, own and idle Ps and those   b. set: give up the P as Pgcstop, stopwait--, last one wakes
 *      in system calls: stopped
 *   3. sleep on stopnote until stopwait is 0         the stopper; then park
 *   4. free what was retired (grace.ts), let pools age (sync/pool.ts), procresize
 *   5. gcwaiting = 0; Ps with work get an M, the rest go to the idle list; wakep
 *
 * What if a thread stops right there? An M between a and b: the stopper waits for it. One that is inside a long goroutine
 * likewise: it is asked to give way, and until it does the stop lasts. An M that dies: the run ends.
 *
 * Everything here: an M that holds a P, between two goroutines.
 */
import { I } from "../arena/arena.js";
import { add, cas, load, racy, setSmp, store } from "../arena/atomics.js";
import { failpoint } from "../arena/failpoint.js";
import { lock, unlock } from "../arena/lock.js";
import {
  MAX_PROCS,
  P_ID,
  P_LINK,
  P_M,
  P_RAND,
  P_STATUS,
  P_SYSCALLTICK,
  S_GCWAITING,
  S_LOCK,
  S_NINSYSCALL,
  S_NPROCS,
  S_POOLAGE,
  S_STOPNOTE,
  S_STOPWAIT,
  S_WORLDSEMA,
} from "../arena/layout.js";
import { flushMcache } from "../arena/malloc.js";
import { noteclear, notesleep } from "../arena/note.js";
import { curp } from "../stack/current.js";
import { preempt } from "../stack/guard.js";
import { spill } from "./g.js";
import { globrunqput, injectg } from "./globrunq.js";
import { retirepurge } from "./grace.js";
import { setpstatus } from "./gstatus.js";
import { Pdead, Pgcstop, Pidle, Prunning, Psyscall } from "./status.js";
import { startm, wakep } from "./m.js";
import { acquirep, allp, pidleget, pidleput, releasep } from "./p.js";
import { hooked } from "./hooked.js";
import { hasWork } from "./place.js";
import { pick } from "./policy.js";
import { runqget } from "./runq.js";
import { sudogpurge } from "./sudog.js";
import { wakePoller } from "./poller.js";
import { moveTimers, timersinit, timeSleepUntil } from "./timers.js";

/** Tries to stop the world; false if another M is doing it: the caller must stop then, not wait with its P. */
export function stopTheWorld(): boolean {
  if (!cas(S_WORLDSEMA, 0, 1)) return false;
  lock(S_LOCK);
  I[S_STOPWAIT] = I[S_NPROCS]!;
  noteclear(S_STOPNOTE);
  store(S_GCWAITING, 1);
  setpstatus(curp, Pgcstop);
  I[S_STOPWAIT] = I[S_STOPWAIT]! - 1;
  for (let p = pidleget(); p !== 0; p = pidleget()) {
    setpstatus(p, Pgcstop);
    I[S_STOPWAIT] = I[S_STOPWAIT]! - 1;
  }
  // Ps whose Ms are in system calls: as sysmon takes them (sysmon.ts, B).
  for (let id = 0, n = I[S_NPROCS]!; id < n; id++) {
    const p = allp(id);
    const m = racy(p + P_M);
    // Goroutines that run are asked to give way (Go: preemptall). A hint; if it is lost, sysmon asks.
    if (m !== 0 && p !== curp) preempt(m);
    if (!cas(p + P_STATUS, Psyscall, Pgcstop)) continue;
    I[p + P_SYSCALLTICK] = (I[p + P_SYSCALLTICK]! + 1) | 0;
    I[S_NINSYSCALL] = I[S_NINSYSCALL]! + 1;
    I[S_STOPWAIT] = I[S_STOPWAIT]! - 1;
  }
  const wait = I[S_STOPWAIT]! > 0;
  unlock(S_LOCK);
  if (FAILPOINTS) failpoint("stopTheWorld: asked, not stopped");
  if (wait) notesleep(S_STOPNOTE);
  return true;
}

/** Ends the stop with n Ps. This M keeps a P. */
export function startTheWorld(n: number): void {
  // The place of Go's clearpools: no goroutine is in the middle of anything.
  for (let id = 0; id < I[S_NPROCS]!; id++) retirepurge(allp(id));
  add(S_POOLAGE, 1);
  if (FAILPOINTS) failpoint("startTheWorld: stopped");
  lock(S_LOCK);
  let work = procresize(n);
  store(S_GCWAITING, 0);
  unlock(S_LOCK);
  while (work !== 0) {
    const p = work;
    work = I[p + P_LINK]!;
    startm(p, false);
  }
  wakep();
  // The poller may have given up because no P was idle.
  const when = timeSleepUntil();
  if (when !== Infinity) wakePoller(when);
  store(S_WORLDSEMA, 0);
}

/** Sets up P number id for use. World stopped, or before any M runs. */
export function pinit(id: number): number {
  const p = allp(id);
  I[p + P_ID] = id;
  setpstatus(p, Pgcstop);
  timersinit(p);
  // Any odd-mixed non-zero seed will do for xorshift; different for each P.
  if (I[p + P_RAND] === 0) I[p + P_RAND] = Math.imul(id + 1, 0x9e3779b1) | 1;
  return p;
}

/** Moves what a surplus P holds to where others find it (Go: p.destroy). World stopped. */
function pdestroy(p: number): void {
  // A policy says where they go, but not here, where it could not wake a P (sched.lock): so they take the way of those that
  // come from outside. What it keeps itself as well: nobody will ask it in the name of this P again.
  const homeless = hooked ? injectg : globrunqput;
  for (let g = runqget(p); g !== 0; g = runqget(p)) homeless(g);
  if (hooked) for (let g = pick(p); g !== 0; g = pick(p)) injectg(g);
  moveTimers(curp, p);
  spill(p, 0);
  sudogpurge(p);
  flushMcache(I[p + P_ID]!);
  I[p + P_M] = 0;
  setpstatus(p, Pdead);
}

/** World stopped, under sched.lock. Returns the list of Ps that have local work, through P_LINK. */
function procresize(n: number): number {
  const old = I[S_NPROCS]!;
  for (let id = 0; id < n; id++) if (id >= old) pinit(id);
  const mine = curp;
  setpstatus(mine, Prunning); // this M kept it over the stop
  if (I[mine + P_ID]! >= n) {
    // Our P goes: continue with P0, which is stopped and free.
    releasep();
    const p0 = allp(0);
    setpstatus(p0, Pidle);
    I[p0 + P_M] = 0;
    acquirep(p0);
  }
  for (let id = n; id < old; id++) pdestroy(allp(id));
  store(S_NPROCS, n);
  setSmp();
  let work = 0;
  for (let id = n - 1; id >= 0; id--) {
    const p = allp(id);
    if (p === curp) continue;
    I[p + P_M] = 0;
    setpstatus(p, Pidle);
    if (!hasWork(p)) pidleput(p);
    else {
      I[p + P_LINK] = work;
      work = p;
    }
  }
  return work;
}

/** Changes the number of Ps. Returns the old one, or -1 if another M has stopped the world: stop, and try again. */
export function resizeWorld(n: number): number {
  const old = load(S_NPROCS);
  if (n === old) return old;
  if (!stopTheWorld()) return -1;
  startTheWorld(n);
  return old;
}

/** GOMAXPROCS accepts 1..1024 here. */
export function checkProcs(n: unknown, name: string): number {
  if (typeof n !== "number" || !Number.isInteger(n) || n < 1 || n > MAX_PROCS)
    throw new RangeError(`${name}: ${String(n)} is out of range; use an integer from 1 to ${MAX_PROCS}`);
  return n;
}
