/**
 * What a policy is made of: the same for those that come with gosched and, as `gosched/policy`, for users'.
 *
 * Goroutines and Ps are numbers, addresses in the arena: 0 is none.
 */
import { F, I } from "../arena/arena.js";
import { P_ID, R_DEADLINE, R_PRIORITY, R_WEIGHT, S_NPROCS, STAT_STEALS, STAT_STOLEN } from "../arena/layout.js";
import { record } from "../sched/record.js";
import { allp } from "../sched/p.js";
import { globrunqput } from "../sched/globrunq.js";
import { GLOBAL, NEXT, OWN, type Place } from "../sched/policy.js";
import { runqput, stat } from "../sched/runq.js";
import { COUNTERS_AT } from "./layout.js";

export { F, I } from "../arena/arena.js";
export { padd as add, pcas as cas, pload as load, pstore as store, pxchg as xchg, racy } from "../arena/atomics.js";
export { plock as lock, punlock as unlock } from "../arena/lock.js";
export {
  type ChoiceKnob,
  definePolicy,
  type Knob,
  type Knobs,
  type KnobValues,
  type NumberKnob,
  type Policy,
  type PolicySpec,
} from "./policy.js";
export {
  type Field,
  f64,
  heap as heapField,
  i32,
  layout,
  line,
  outerLayout,
  queue as queueField,
  words,
} from "./layout.js";
/** A locked heap: `heap.push(h, g, key)`, `heap.pop(h)`: the smallest key first. */
export * as heap from "./heap.js";
/** A locked queue: `queue.push(q, g)`, `queue.pop(q)`. */
export * as queue from "./queue.js";
export {
  AGAIN,
  ENDED,
  GLOBAL,
  type Hooks,
  type How,
  INJECT,
  LOCAL,
  NEXT,
  OWN,
  PARKED,
  type Place,
  PREEMPT,
  PREEMPTED,
  READY,
  SPAWN,
  type Why,
  YIELD,
  YIELDED,
} from "../sched/policy.js";
/** Milliseconds since the start, with fractions; 75 ns. */
export { nanotime as now } from "../sched/clock.js";
/** A random number, 32 bits, of p's own generator. Only the holder of p. */
export { fastrand as random } from "../sched/p.js";
/** p is to run: something was put into a queue that is its own. */
export { kick } from "../sched/m.js";
/** Takes p's next goroutine (NEXT), 0 if there is none; how many are in its ring. Only the holder of p, or a look. */
export { ringlen, runqunnext as takeNext } from "../sched/runq.js";
/** Takes half of a victim's ring (and, `next`, what it runs next), as Go does; the hook `amount` may say how many. */
export { runqsteal as stealRing } from "../sched/runq.js";
/** Where the words of a goroutine are: `layout.perG`. The owner of g. */
export { record } from "../sched/record.js";

/** Counts a theft of n goroutines from a queue of the policy's own; `stealRing` counts by itself. Only the holder of p. */
export function stole(p: number, n = 1): void {
  stat(p, STAT_STEALS, 1);
  stat(p, STAT_STOLEN, n);
}

/** Puts g at the end of p's ring. Only the holder of p. */
export function putLocal(p: number, g: number): void {
  runqput(p, g, false);
}

/** Puts g where a `place` has said, which was not asked by the scheduler. Only the holder of p. */
export function put(p: number, g: number, where: Place): void {
  if (where === GLOBAL) globrunqput(g);
  else if (where !== OWN) runqput(p, g, where === NEXT);
}

/** Number of a P, 0..procs() - 1. */
export function numberOf(p: number): number {
  return I[p + P_ID]!;
}
/** The P with a number. */
export function pOf(id: number): number {
  return allp(id);
}
/** GOMAXPROCS now. */
export function procs(): number {
  return I[S_NPROCS]!;
}

/** Hints of the go statement: `go.with({ priority: 3 }, f, ...args)`. The owner of g. */
export function priority(g: number): number {
  return I[record(g) + R_PRIORITY]!;
}
/** 1..10,000, 100 without a hint. */
export function weight(g: number): number {
  return I[record(g) + R_WEIGHT]!;
}
/** In the time of `now()`; Infinity without a hint. */
export function deadline(g: number): number {
  return F[(record(g) + R_DEADLINE) >> 1]!;
}

/** Counts for p what the policy's `counters[which]` names. Only the holder of p. */
export function count(p: number, which: number, n = 1): void {
  F[((p + COUNTERS_AT) >> 1) + which] = F[((p + COUNTERS_AT) >> 1) + which]! + n;
}
