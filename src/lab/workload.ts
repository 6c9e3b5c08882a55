/** A workload as data: what it is called, which goroutine runs, with what, and what is looked at. */

/** What a workload's file says: JSON, or the export `workload` of the module that has the goroutine. */
export interface Workload {
  /** As in --workloads and in the tables: letters, digits, dashes. */
  name: string;
  /** One line: what happens, and what a policy can gain or lose in it. */
  description: string;
  /** The module whose export `main` is the goroutine function that runs; relative to this file. */
  program: string;
  /** What main gets; `--set name=value` changes them. Numbers and strings. */
  params: Record<string, number | string>;
  /** Params of the run before the measured one, which makes the engine compile everything. Default: the same. */
  warm?: Record<string, number | string>;
  /** What `record(0, ms)`, `record(1, ms)`... stand for. */
  series?: string[];
  /** Most samples that it records. Default 200,000. */
  samples?: number;
  /** true: an open loop. main gets `gap`, the mean time between two arrivals, from --load and from the capacity. */
  open?: boolean;
  /** Series that have a deadline, and which, in milliseconds. */
  deadlines?: Record<string, number>;
  /** What the table shows, the most important first: see METRICS in metrics.ts. */
  metrics: string[];
}

/** With --checked a series of each workload: how long goroutines were runnable before they ran, every eighth turn. */
export const RUNNABLE = "runnable";
/** Turns that there is room for, beside the workload's own samples. */
export const RUNNABLE_SAMPLES = 1_000_000;

/** What main gets beside the params of its workload. */
export interface TrialParams {
  /** The same for all policies of a round. */
  seed: number;
  /** Milliseconds between two arrivals, 0: as fast as they come. Open loops only. */
  gap: number;
}

/** What main returns. Numbers and arrays of numbers. */
export interface Outcome {
  /** Units of work done: times are divided by it. */
  ops: number;
  /** Must be the same under each policy. */
  check?: number;
  /** What each of those who compete got, for Jain's index. */
  shares?: number[];
}
