/**
 * sysmon: a thread of its own that holds no P and watches those that do (Go: sysmon, retake; proc.go).
 *
 * Goal: whoever blocks or loops with a P does not keep it from the others, and a program in which nothing is wrong does not
 * notice that it is watched. It naps for 20 us at first, and longer after 50 looks in a row that found nothing to do, up to
 * 10 ms; while all Ps are idle it sleeps until work returns.
 *
 * What Node and the machine make of the 20 us: `Atomics.wait` returns after the time asked for and 50 to 80 us more.
 *
 * How it is woken: it sleeps on S_SYSMONNOTE, an epoch, and says in S_SYSMONSLEEP how.
 *   DEEP  all Ps are idle, seen under sched.lock. Who takes an idle P does so under the same lock (pidleget), sees it there
 *         and wakes it: so a P that is busy is watched.
 *   LONG  a nap of milliseconds. Who enters a system call looks with one plain load and wakes it, or else the P would be
 *         taken up to 20 ms later (two looks, see retake), which Go puts up with. A look that comes too early or too late is
 *         harmless: the nap ends by itself.
 *   NAP   nobody needs to wake it.
 *
 * Taking the P of an M that stays in a system call
 *
 *   M (syscall.ts)                              sysmon
 *   1. tick++, P_M = 0, status = Psyscall       A. sees Psyscall with a tick; the same at its next look, so the same call
 *   2. the call, without a P                       has lasted for one nap at least: B. Otherwise: remember the tick
 *   3. status Psyscall -> Prunning by CAS:      B. status Psyscall -> Pidle by CAS: now the P is sysmon's
 *      it has its P back                        C. tick++, and hands the P to an M that has none (handoffp)
 *   4. failed: an idle P; or its turn later
 *
 * 3 and B are CASes on one word: exactly one of them wins. The ABA: the P was taken in B, given to another M, and that one is
 * in a system call with it when the first M comes to 3, which succeeds. That is as right as any other hand-over, because a P
 * in Psyscall is nobody's; the tick tells the M that things have changed meanwhile. The other direction, sysmon taking a P
 * from a call that has only just begun: the tick differs, so A starts again.
 *
 * What if a thread stops right there? The M between 1 and 3: that is what this is for. sysmon between B and C: the P is
 * late by as long; S_NRETAKING keeps the Ms that go to sleep meanwhile from calling it a deadlock. If sysmon dies, the run ends.
 *
 * All functions: the sysmon thread.
 */
import { I } from "../arena/arena.js";
import { cas, load, racy, racyF, store, wait } from "../arena/atomics.js";
import { failpoint } from "../arena/failpoint.js";
import {
  H_STATE,
  M_ID,
  MAX_PROCS,
  P_ID,
  P_M,
  P_RUNNEXT,
  P_SCHEDTICK,
  P_SLICE,
  P_STATUS,
  P_SWITCHES,
  P_SYSCALLTICK,
  POLICY_CHECK,
  S_HOLDLIMIT,
  S_LOCK,
  S_MCOUNT,
  S_MMAX,
  S_NHELD,
  S_NINSYSCALL,
  S_NMIDLE,
  S_NMSPINNING,
  S_NPIDLE,
  S_NPROCS,
  S_NRETAKEN,
  S_NRETAKING,
  S_NSTARTING,
  S_POLICY,
  S_QUANTUM,
  S_SCHEDTRACE,
  S_SLICE,
  S_SPARES,
  S_SYSMONNOTE,
  S_SYSMONSLEEP,
  S_SYSMONUP,
  STATE_RUNNING,
  SYSMON_DEEP,
  SYSMON_LONG,
  SYSMON_NAP,
} from "../arena/layout.js";
import { lock, unlock } from "../arena/lock.js";
import { preempt } from "../stack/guard.js";
import { checkdead } from "./checkdead.js";
import { post } from "./hostlink.js";
import { fruitless, handoffp, mcommoninit, startm } from "./m.js";
import { allp } from "./p.js";
import { watchPolicy } from "./policywatch.js";
import { policyHolds } from "./place.js";
import { queuelen, ringlen } from "./runq.js";
import { note } from "./handofflog.js";
import { schedtrace } from "./schedtrace.js";
import { Pidle, Prunning, Psyscall } from "./status.js";

/** Go: 20 us, doubled after 50 looks that found nothing, up to 10 ms. */
const MIN_DELAY_MS = 0.02;
const IDLE_LOOKS = 50;
const MAX_DELAY_MS = 10;
/** From here on a nap is LONG. */
const LONG_MS = 1;
/** Go: half of forcegcperiod, the longest deep sleep. */
const DEEP_MS = 60_000;
/** A P whose M is in a system call and that nobody needs is taken after this (Go: retake). */
const SYSCALL_GRACE_MS = 10;

/**
 * What other parts of the runtime have sysmon do at each look. `netpoll`: poll the network if nobody has for 10 ms;
 * `timers`: start an M if a timer is overdue; `forcegc`: a collection if the last one is 2 minutes old; `scavenge`: wake the
 * scavenger if it asked for it. Go has them in this order. Set before sysmon starts; missing: there is no such part.
 */
export const duties: {
  netpoll?: (now: number) => void;
  timers?: (now: number) => void;
  scavenge?: (now: number) => void;
  forcegc?: (now: number) => void;
} = {};

/** What it saw of each P at its last looks (Go: sysmontick). */
const syscalltick = new Int32Array(MAX_PROCS);
const schedtick = new Int32Array(MAX_PROCS);
const schedwhen = new Float64Array(MAX_PROCS);
const syscallwhen = new Float64Array(MAX_PROCS);
const switches = new Int32Array(MAX_PROCS);

/** Runs until the runtime stops. */
export function sysmon(): void {
  store(S_SYSMONUP, 1);
  let idle = 0;
  let delay = MIN_DELAY_MS;
  let traced = performance.now();
  for (;;) {
    if (idle === 0) delay = MIN_DELAY_MS;
    else if (idle > IDLE_LOOKS) delay = Math.min(2 * delay, MAX_DELAY_MS);
    let woken = sleep(Math.min(delay, sliceLeft));
    if (load(H_STATE) !== STATE_RUNNING) return;
    keepSpares();
    if (racy(S_SCHEDTRACE) === 0 && (racy(S_POLICY) & POLICY_CHECK) === 0 && load(S_NPIDLE) === I[S_NPROCS]) {
      const from = performance.now();
      const back = deepsleep();
      const now = performance.now();
      // No longer than a nap: it was one. A server whose Ps are all idle between two messages would keep sysmon at its shortest naps.
      woken ||= back && now - from > MAX_DELAY_MS;
      heldwhen.fill(now);
      if (load(H_STATE) !== STATE_RUNNING) return;
    }
    if (woken) {
      idle = 0;
      delay = MIN_DELAY_MS;
    }
    if (FAILPOINTS) failpoint("sysmon");
    const now = performance.now();
    duties.netpoll?.(now);
    duties.timers?.(now);
    duties.scavenge?.(now);
    if (retake(now) > 0) idle = 0;
    else idle++;
    duties.forcegc?.(now);
    if (sits()) startm(0, true);
    watchPolicy(now);
    if (racy(S_SCHEDTRACE) > 0 && now - traced >= racy(S_SCHEDTRACE)) {
      traced = now;
      schedtrace();
    }
  }
}

/** Milliseconds until the first slice of those that it has seen ends: no nap lasts longer. */
let sliceLeft = MAX_DELAY_MS;

/** Returns whether it was woken. */
function sleep(ms: number): boolean {
  const epoch = load(S_SYSMONNOTE);
  if (ms >= LONG_MS) store(S_SYSMONSLEEP, SYSMON_LONG);
  wait(S_SYSMONNOTE, epoch, ms);
  if (ms >= LONG_MS) store(S_SYSMONSLEEP, SYSMON_NAP);
  return load(S_SYSMONNOTE) !== epoch;
}

/** All Ps are idle. Returns whether it was woken; false also if they are no longer idle. */
function deepsleep(): boolean {
  lock(S_LOCK);
  const epoch = load(S_SYSMONNOTE);
  const all = load(S_NPIDLE) === I[S_NPROCS] && load(H_STATE) === STATE_RUNNING;
  if (all) store(S_SYSMONSLEEP, SYSMON_DEEP);
  unlock(S_LOCK);
  if (!all) return false;
  wait(S_SYSMONNOTE, epoch, DEEP_MS);
  store(S_SYSMONSLEEP, SYSMON_NAP);
  return load(S_SYSMONNOTE) !== epoch;
}

/** Takes Ps from Ms that stay in system calls, and asks goroutines that run for long to give way. Returns how many it took. */
export function retake(now: number): number {
  let n = 0;
  // A policy with a shorter slice: any P may be about to begin one.
  sliceLeft = Math.min(MAX_DELAY_MS, racyF(S_QUANTUM) || MAX_DELAY_MS);
  for (let id = 0, procs = I[S_NPROCS]!; id < procs; id++) {
    const p = allp(id);
    const status = load(p + P_STATUS);
    if (status === Prunning) watchSlice(p, id, now);
    else heldwhen[id] = now;
    if (status !== Psyscall) continue;
    // A.
    const tick = racy(p + P_SYSCALLTICK);
    if (syscalltick[id] !== tick) {
      syscalltick[id] = tick;
      syscallwhen[id] = now;
      continue;
    }
    // The queue is looked at as a hint, for its words are the P-holder's: a wrong answer is put right at the next look.
    // Nobody needs it: left alone for a while, but not for ever, because it keeps sysmon from its deep sleep.
    const needed = queuelen(p) > 0 || policyHolds(p) || load(S_NMSPINNING) + load(S_NPIDLE) === 0;
    if (!needed && now - syscallwhen[id]! < SYSCALL_GRACE_MS) continue;
    if (takeP(p, now - syscallwhen[id]!)) n++;
  }
  return n;
}

/** A slice lasts as long as the tick stays: who takes another goroutine that does not inherit it counts it up (execute). */
function watchSlice(p: number, id: number, now: number): void {
  const tick = racy(p + P_SCHEDTICK);
  if (schedtick[id] !== tick) {
    schedtick[id] = tick;
    schedwhen[id] = now;
    heldwhen[id] = now;
    return;
  }
  const left = schedwhen[id]! + (racyF(p + P_SLICE) || I[S_SLICE]!) - now;
  if (left > 0) {
    sliceLeft = Math.min(sliceLeft, left);
    return;
  }
  // The P may have changed hands since the look at its status: then another goroutine gives way once, for nothing.
  const m = racy(p + P_M);
  if (m === 0) return;
  preempt(m);
  note(
    () => `P${id} has run one slice for ${(now - schedwhen[id]!).toFixed(3)} ms: M${I[m + M_ID]} is asked to give way`,
  );
  watchHold(m, id, tick, now - heldwhen[id]!);
}

/**
 * Since when each P was seen running one slice at each look. Not schedwhen: a system call that is over at once goes on with the slice,
 * one that was long does not hold the P.
 */
const heldwhen = new Float64Array(MAX_PROCS);
/** The slice under which a P was last found to be held. */
const heldtick = new Int32Array(MAX_PROCS).fill(-1);

/**
 * The goroutine was asked again and again and does not hear: it is in code that the compiler does not see. Nothing can be done
 * for those behind it but say who it is, once for each slice. The host knows the names (host/held.ts).
 */
function watchHold(m: number, id: number, tick: number, ms: number): void {
  const limit = I[S_HOLDLIMIT]!;
  if (limit === 0 || ms < limit || heldtick[id] === tick) return;
  heldtick[id] = tick;
  I[S_NHELD] = I[S_NHELD]! + 1;
  post({ t: "held", m, p: id, ms });
}

/** Steps B and C. False: the M was faster. */
function takeP(p: number, ms: number): boolean {
  lock(S_LOCK);
  // Before the CAS, for the M may come back at once, lose, and look at these counts on its way to sleep.
  I[S_NRETAKING] = I[S_NRETAKING]! + 1;
  I[S_NINSYSCALL] = I[S_NINSYSCALL]! + 1;
  unlock(S_LOCK);
  const took = cas(p + P_STATUS, Psyscall, Pidle);
  if (took) {
    if (FAILPOINTS) failpoint("retake: between B and C");
    // Plain: the P is ours from the CAS on, until handoffp.
    I[p + P_SYSCALLTICK] = (I[p + P_SYSCALLTICK]! + 1) | 0;
    I[S_NRETAKEN] = I[S_NRETAKEN]! + 1;
    note(() => `P${I[p + P_ID]} taken from an M that has been in a system call for ${ms.toFixed(3)} ms or more`);
    handoffp(p);
  }
  lock(S_LOCK);
  I[S_NRETAKING] = I[S_NRETAKING]! - 1;
  if (!took) I[S_NINSYSCALL] = I[S_NINSYSCALL]! - 1;
  const dead = checkdead() !== undefined;
  unlock(S_LOCK);
  // The functions' names are not known here: an M that wakes, finds nothing, and goes to sleep again makes the report.
  if (dead) startm(0, false);
  return took;
}

/**
 * Some P has work and does not move, others are idle, and nobody looks: the price of wakep's reluctance (m.ts). True: count
 * of spinners raised, start one.
 */
function sits(): boolean {
  if (!fruitless()) return false;
  let found = false;
  for (let id = 0, procs = I[S_NPROCS]!; id < procs; id++) {
    const p = allp(id);
    const moved = switches[id] !== racy(p + P_SWITCHES);
    switches[id] = racy(p + P_SWITCHES);
    if (racy(p + P_STATUS) !== Prunning) continue;
    if (ringlen(p) > 0 || (!moved && racy(p + P_RUNNEXT) !== 0)) found = true;
  }
  return found && load(S_NPIDLE) > 0 && load(S_NMSPINNING) === 0 && cas(S_NMSPINNING, 0, 1);
}

/**
 * A thread takes 50 to 100 ms to start, five times as long as a P may be kept. So once there was a system call an M that has
 * nothing to do is kept ready, beside those that the idle Ps will take, and another one is started when that one gets a P.
 */
function keepSpares(): void {
  if (racy(S_SPARES) === 0 || !fewSpares() || !sawSyscall()) return;
  lock(S_LOCK);
  const few = fewSpares() && I[S_MCOUNT]! < I[S_MMAX]!;
  const m = few ? mcommoninit() : 0;
  unlock(S_LOCK);
  if (few) post({ t: "newm", mid: I[m + M_ID]! });
}

/** Under sched.lock, or as a hint. */
function fewSpares(): boolean {
  return racy(S_NMIDLE) + racy(S_NSTARTING) < racy(S_SPARES) + racy(S_NPIDLE);
}

let seen = false;
function sawSyscall(): boolean {
  for (let id = 0, procs = I[S_NPROCS]!; id < procs && !seen; id++) seen = racy(allp(id) + P_SYSCALLTICK) !== 0;
  return seen;
}
