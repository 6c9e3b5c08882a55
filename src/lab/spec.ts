/** What a trial is asked to do, and what it answers: JSON both, for a trial is a process of its own (trial.ts). */
import type { Outcome } from "./workload.js";

export interface Spec {
  /** URL of the module with the goroutine main. */
  program: string;
  params: Record<string, number | string>;
  warm: Record<string, number | string>;
  procs: number;
  /** As in the options `policy` and `policyCheck` of `run`. */
  policy: string;
  checked: boolean;
  /** Milliseconds, as the option `slice` of `run`. */
  slice: number;
  unitsPerUs: number;
  /** Names of the series, and how many samples there is room for. */
  series: string[];
  samples: number;
  /** Whether to note what the Ps do, every so often. */
  timeline: boolean;
}

/** One measured run of a program. Times are of the run alone, without start-up and warm-up. */
export interface Trial extends Outcome {
  ns: number;
  /** Of all threads. */
  cpu_ns: number;
  /** Largest size of the process so far, in bytes. */
  rss: number;
  /** Threads that ran goroutines. */
  threads: number;
  /** The scheduler's counters (PStats), summed up over all Ps. */
  counters: Record<string, number>;
  /** The policy's own, warm-up included. */
  policyCounters: Record<string, number>;
  /** Goroutines in the queues, mean and most, over moments that are `LOOK_MS` apart. */
  queued: { mean: number; max: number };
  /** One for each name of the spec's series. */
  series: Series[];
  /** Samples that had no room. */
  lost: number;
  timeline?: Timeline;
}

/** Milliseconds, from a histogram with three digits. `encoded`: the histogram, in nanoseconds (HdrHistogram V2, base64). */
export interface Series {
  name: string;
  count: number;
  mean: number;
  p50: number;
  p90: number;
  p99: number;
  p999: number;
  max: number;
  encoded: string;
}

/** What each P did over time. */
export interface Timeline {
  /** Milliseconds since the start of the run. */
  at: number[];
  /** For each P: goroutines resumed since the moment before, and goroutines in its queue. */
  perP: Array<{ run: number[]; queued: number[] }>;
  /** Goroutines in the global queue. */
  global: number[];
}
