/**
 * How long a goroutine is runnable before it runs (Go: sched.timeToRun). Only where goroutines are accounted for
 * (policycheck.ts) and somebody measures: the lab hands in where the times go, before the thread runs goroutines.
 *
 * Every eighth turn of a thread is timed, Go's gTrackingPeriod: reading the clock twice costs 150 ns.
 */
import { F } from "../arena/arena.js";
import { R_SINCE } from "../arena/layout.js";
import { monotonic } from "../arena/monotonic.js";

const TRACKING_PERIOD = 8;

let sink: ((ms: number) => void) | undefined;
let turns = 0;

export function setRunLatency(to: (ms: number) => void): void {
  sink = to;
}

/** The goroutine of this record becomes runnable. Its owner. */
export function noteRunnable(r: number): void {
  if (sink !== undefined) F[(r + R_SINCE) >> 1] = ++turns % TRACKING_PERIOD === 0 ? monotonic() : 0;
}

/** It is about to run. Plain: who was made its owner sees what the last one wrote. */
export function noteRunning(r: number): void {
  if (sink === undefined) return;
  const since = F[(r + R_SINCE) >> 1]!;
  if (since !== 0) sink(monotonic() - since);
}
