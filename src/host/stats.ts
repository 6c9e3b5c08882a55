/** The scheduler's counters, read while the threads run: each is right, they need not fit together to the last one. */
import { F, I } from "../arena/arena.js";
import { load, racy } from "../arena/atomics.js";
import {
  P_STATS,
  P_SWITCHES,
  S_MCOUNT,
  S_NHELD,
  S_NPROCS,
  S_NRETAKEN,
  S_RUNQSIZE,
  STAT_GLOBAL,
  STAT_MIGRATED,
  STAT_MPARKS,
  STAT_OVERFLOW,
  STAT_PARKED,
  STAT_PREEMPTED,
  STAT_SPAWNED,
  STAT_SPINS,
  STAT_STEALS,
  STAT_STOLEN,
  STAT_TRIES,
  STAT_WAKES,
} from "../arena/layout.js";
import { DEFAULT_POLICY } from "../policy/index.js";
import { COUNTERS_AT } from "../policy/layout.js";
import type { PolicyLengths } from "../sched/hostlink.js";
import { allp } from "../sched/p.js";
import { queuelen } from "../sched/runq.js";

/** Counters of one P since the start. */
export interface PStats {
  id: number;
  /** Goroutines resumed. */
  run: number;
  /** Goroutines taken from other Ps. */
  stolen: number;
  steals: number;
  /** Looks into other Ps' queues, successful or not. */
  tries: number;
  parked: number;
  /** Goroutines resumed on another thread than the last time. */
  migrated: number;
  spawned: number;
  mparks: number;
  wakes: number;
  spins: number;
  overflow: number;
  global: number;
  /** Slices ended because the goroutine had run for long (option `slice`). */
  preempted: number;
  /** Goroutines in its queue at this moment, and in what the policy keeps for it, if that tells (`lengths`). */
  queued: number;
}
export interface Stats {
  procs: number;
  threads: number;
  /** Ps taken from threads that stayed in a system call. */
  retaken: number;
  /** Goroutines in the global queue at this moment. */
  runqueue: number;
  /** How often a goroutine kept its P for longer than `holdLimit`, in code that cannot be interrupted. */
  held: number;
  perP: PStats[];
  policy: PolicyStats;
}
/** The policy, as rt.stats() shows it. */
export interface PolicyStats {
  name: string;
  /** Why it was given up; since then the default one decides. */
  failure?: string;
  /** Goroutines in the queues that it has for all Ps at this moment, as far as it tells (`lengths`). */
  queued: number;
  /** What it counts, added up over all Ps. */
  counters: Record<string, number>;
}
export interface PolicyNews {
  name: string;
  counters: readonly string[];
  lengths?: PolicyLengths;
  failure?: string;
}

/** Given up, it holds nothing that anybody would run. */
function lengthsOf(news: PolicyNews | undefined): PolicyLengths {
  return news?.failure === undefined ? (news?.lengths ?? {}) : {};
}

/** The sum of some lengths, `from` an address. Racing looks; the two words of a ring need not be of the same moment. */
function total(lengths: PolicyLengths["perP"] = [], from = 0): number {
  let n = 0;
  for (const at of lengths)
    n += typeof at === "number" ? racy(from + at) : Math.max(0, (racy(from + at[0]) - racy(from + at[1])) | 0);
  return n;
}

function policyStats(news: PolicyNews | undefined, procs: number): PolicyStats {
  const counters: Record<string, number> = {};
  for (const [i, name] of (news?.counters ?? []).entries()) {
    counters[name] = 0;
    for (let id = 0; id < procs; id++) counters[name] += F[((allp(id) + COUNTERS_AT) >> 1) + i]!;
  }
  const { name = DEFAULT_POLICY, failure } = news ?? {};
  return { name, queued: total(lengthsOf(news).shared), counters, ...(failure === undefined ? {} : { failure }) };
}

export function readStats(news?: PolicyNews): Stats {
  const procs = load(S_NPROCS);
  const perP: PStats[] = [];
  for (let id = 0; id < procs; id++) {
    const at = (allp(id) + P_STATS) >> 1;
    const n = (k: number): number => F[at + k]!;
    perP.push({
      id,
      run: I[allp(id) + P_SWITCHES]! >>> 0,
      stolen: n(STAT_STOLEN),
      steals: n(STAT_STEALS),
      tries: n(STAT_TRIES),
      parked: n(STAT_PARKED),
      migrated: n(STAT_MIGRATED),
      spawned: n(STAT_SPAWNED),
      mparks: n(STAT_MPARKS),
      wakes: n(STAT_WAKES),
      spins: n(STAT_SPINS),
      overflow: n(STAT_OVERFLOW),
      global: n(STAT_GLOBAL),
      preempted: n(STAT_PREEMPTED),
      queued: queuelen(allp(id)) + total(lengthsOf(news).perP, allp(id)),
    });
  }
  return {
    procs,
    threads: load(S_MCOUNT),
    retaken: load(S_NRETAKEN),
    runqueue: racy(S_RUNQSIZE),
    held: load(S_NHELD),
    perP,
    policy: policyStats(news, procs),
  };
}
