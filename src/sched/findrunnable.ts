/**
 * Looking for a goroutine when the P has none (Go: findRunnable), and giving the P up when there is none: steps A to D of the
 * parking protocol at the top of m.ts.
 */
import { I } from "../arena/arena.js";
import { add, load, racy } from "../arena/atomics.js";
import { failpoint } from "../arena/failpoint.js";
import { lock, unlock } from "../arena/lock.js";
import {
  H_STATE,
  M_PINQ,
  P_ID,
  P_NUMTIMERS,
  P_STATUS,
  POLICY_PERP_QUEUES,
  POLICY_PRIVATE,
  POLICY_QUEUES,
  S_GCWAITING,
  S_LOCK,
  S_NMSPINNING,
  S_NPROCS,
  S_POLICY,
  S_POLICYSTALL,
  STAT_SPINS,
  STAT_TRIES,
  STATE_RUNNING,
} from "../arena/layout.js";
import { curm, curp } from "../stack/current.js";
import { FatalError } from "../stack/fatal.js";
import { globrunqempty, globrunqget } from "./globrunq.js";
import { maySpin, spinOn } from "./gopolicy.js";
import { hooked } from "./hooked.js";
import * as policy from "./policy.js";
import { searched, setSpinning, spinning, stopm, takeNeedSpinning } from "./m.js";
import { acquirep, allp, fastrand, pidleget, pidleput, releasep } from "./p.js";
import { runqempty, runqget, runqsteal, stat } from "./runq.js";
import { Pidle } from "./status.js";
import { nanotime } from "./clock.js";
import { checkTimers, forgetOwed, timeSleepUntil } from "./timers.js";
import * as stealOrder from "./stealorder.js";

/** Go makes 4 rounds over all Ps, and takes runnext only in the last. */
const STEAL_TRIES = 4;
/** Looks at a flag between two rounds, 5-7 ns each: keeps the spinner off the victims' cache lines. */
const SPIN_PAUSE = 60;

/** Blocks until there is a goroutine to run; 0: look again from the top (state changed, world stopped). Holds a P; returns with one. */
export function findRunnable(): number {
  const p = curp;
  let g = takeShared(p);
  if (g !== 0) return g;
  const procs = I[S_NPROCS]!;
  if (procs > 1) {
    if (spinning || (hooked ? policy.spin(p, 0) : maySpin(procs))) {
      if (!spinning) {
        setSpinning(true);
        add(S_NMSPINNING, 1);
      }
      stat(p, STAT_SPINS, 1);
      for (let i = 0; i < STEAL_TRIES; i++) {
        g = stealWork(p, procs, i === STEAL_TRIES - 1);
        if (g !== 0) return found(g);
      }
      for (let i = 0; hooked ? policy.spin(p, i + 1) : spinOn(i, procs); i++) {
        for (let k = 0; k < SPIN_PAUSE; k++) if (load(S_GCWAITING) !== 0 || racy(H_STATE) !== STATE_RUNNING) return 0;
        if (racy(curm + M_PINQ) !== 0) return 0;
        g = takeShared(p);
        if (g === 0) g = stealWork(p, procs, i % 8 === 7);
        if (g !== 0) return found(g);
      }
      searched(false);
    }
  }
  return releaseAndPark();
}

function found(g: number): number {
  searched(true);
  return g;
}

/** A share of the global queue; what was injected may have gone to the policy instead. */
function takeShared(p: number): number {
  const g = globrunqget(p, 0);
  return g === 0 && hooked ? policy.pick(p) : g;
}

/** One round over all Ps in the order of the policy. */
function robWork(p: number, procs: number, last: boolean): number {
  const self = I[p + P_ID]!;
  for (let k = 0; k < procs; k++) {
    const id = policy.victim(p, k, procs);
    if (id < 0 || id >= procs) break;
    if (id === self) continue;
    const victim = allp(id);
    if (last && racy(victim + P_NUMTIMERS) !== 0 && checkTimers(victim)) {
      let g = policy.pick(p);
      if (g === 0) g = runqget(p);
      if (g !== 0) return g;
    }
    stat(p, STAT_TRIES, 1);
    const g = policy.steal(p, victim, last);
    if (g !== 0) return g;
  }
  return 0;
}

/** One round over all Ps in a random order. */
function stealWork(p: number, procs: number, stealNext: boolean): number {
  if (hooked) return robWork(p, procs, stealNext);
  const self = I[p + P_ID]!;
  for (stealOrder.start(procs, fastrand(p)); stealOrder.more(); stealOrder.next()) {
    if (stealOrder.pos === self) continue;
    const victim = allp(stealOrder.pos);
    // Its timers too, but not in each round: reading the clock takes as long as three victims. What they make runnable is ours.
    if (stealNext && racy(victim + P_NUMTIMERS) !== 0 && checkTimers(victim)) {
      const g = runqget(p);
      if (g !== 0) return g;
    }
    stat(p, STAT_TRIES, 1);
    const g = runqsteal(p, victim, stealNext);
    if (g !== 0) return g;
  }
  return 0;
}

/** Gives up the P and parks, by the protocol at the top of m.ts. Always 0: look again. */
function releaseAndPark(): number {
  lock(S_LOCK);
  if (load(S_GCWAITING) !== 0 || !globrunqempty() || takeNeedSpinning() || (hooked && racy(S_POLICYSTALL) !== 0)) {
    unlock(S_LOCK);
    return 0;
  }
  // A. npidle++
  pidleput(releasep());
  unlock(S_LOCK);
  if (FAILPOINTS) failpoint("findRunnable: between A and B");
  const spun = spinning;
  if (spun) {
    setSpinning(false);
    // B. nmspinning--
    if (add(S_NMSPINNING, -1) < 0) throw new FatalError("findrunnable: negative nmspinning");
  }
  // C. once more. Only a spinner must look at the rings (others rely on it), but everyone at what is injected, and at the
  // timers (poller.ts): of all Ps, so what this M has not told the poller is seen as well.
  if (FAILPOINTS) failpoint("findRunnable: between B and C");
  forgetOwed();
  const until = timeSleepUntil();
  const due = until !== Infinity && until <= nanotime();
  if (due || !globrunqempty() || load(curm + M_PINQ) !== 0 || (spun && anyWork()) || held(spun)) {
    // D.
    lock(S_LOCK);
    const q = pidleget();
    unlock(S_LOCK);
    if (q !== 0) {
      acquirep(q);
      if (spun || due) {
        setSpinning(true);
        add(S_NMSPINNING, 1);
      }
      return 0;
    }
  }
  stopm(until);
  return 0;
}

function anyWork(): boolean {
  // Without a P: GOMAXPROCS may be changing.
  for (let id = 0, n = load(S_NPROCS); id < n; id++) if (!runqempty(allp(id))) return true;
  return false;
}

/**
 * The policy has something in its own queues that somebody must take. In a shared queue: everyone looks, not only a spinner. In
 * the queue of a P: like a ring, it has a P that comes to it, and only a spinner must look, unless that P is idle: others
 * may have put it there (see kick).
 */
function held(spun: boolean): boolean {
  const flags = hooked ? I[S_POLICY]! : 0;
  if ((flags & POLICY_QUEUES) === 0) return false;
  const all = (flags & (POLICY_PRIVATE | POLICY_PERP_QUEUES)) === 0 || (spun && (flags & POLICY_PRIVATE) === 0);
  for (let id = 0, n = I[S_NPROCS]!; id < n; id++) {
    const p = allp(id);
    if ((all || load(p + P_STATUS) === Pidle) && policy.pending(p)) return true;
  }
  return false;
}
