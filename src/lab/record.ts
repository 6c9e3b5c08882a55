/** `record` and `burn`: what the goroutines of a workload call. On any thread of a trial; elsewhere samples go nowhere. */
import { getEnvironmentData } from "node:worker_threads";
import { BLOCK_BYTES, EPOCH, HEADER_BYTES, NEXT_BLOCK, TRIAL_DATA, type TrialData } from "./trialdata.js";

const data = getEnvironmentData(TRIAL_DATA) as TrialData | undefined;
const header = data === undefined ? undefined : new Int32Array(data.samples, 0, HEADER_BYTES / 4);
const log = data === undefined ? undefined : new Float64Array(data.samples);
const blocks = data === undefined ? 0 : (data.samples.byteLength - HEADER_BYTES) / BLOCK_BYTES;
/** Of a machine of 2020, so that a workload does something sensible on its own. */
export const UNITS_PER_US = 700;
const unitsPerUs = data?.unitsPerUs ?? UNITS_PER_US;

/** For workers/m.ts. */
export const runSeries = data?.runSeries ?? -1;

/** The rest of this thread's block, in f64 slots, and in which run it was taken. */
let at = 0;
let end = 0;
let epoch = -1;

/**
 * Notes one sample: a latency, for instance. `series` is an index into the workload's `series`.
 *
 * Use it for what differs from goroutine to goroutine; count what is the same in the result of `main`. Never suspends. A
 * few nanoseconds; none is lost up to the number that the workload declares as `samples`.
 *
 * @param series 0..15
 * @param ms milliseconds, with fractions
 * @example
 * import { record } from "gosched/lab";
 *
 * const due = now() + 5;
 * yield* sleep(5);
 * record(0, now() - due);
 */
export function record(series: number, ms: number): void {
  if (header === undefined) return;
  // Plain: the host changes the epoch before it starts the goroutines that come here.
  if ((at === end || header[EPOCH] !== epoch) && !nextBlock(header)) return;
  log![at] = series + 1;
  log![at + 1] = ms;
  at += 2;
}

function nextBlock(words: Int32Array): boolean {
  const block = Atomics.add(words, NEXT_BLOCK, 1);
  if (block >= blocks) return false;
  epoch = words[EPOCH]!;
  at = (HEADER_BYTES + block * BLOCK_BYTES) / 8;
  end = at + BLOCK_BYTES / 8;
  return true;
}

/** Keeps the engine from leaving the work out. */
let sink = 1;

/**
 * Computes for so many microseconds: as many rounds of a loop as took that long when the lab measured the machine. The same
 * work in each trial, however slow the machine is at that moment.
 *
 * A plain call: it neither suspends nor can be preempted, so a goroutine that is to work for long calls it with 1 to 10 us
 * at a time, in a loop.
 *
 * @param us microseconds, 0 or more, with fractions
 * @example
 * import { burn } from "gosched/lab";
 *
 * for (let i = 0; i < 100; i++) burn(1);
 */
export function burn(us: number): void {
  let x = sink;
  for (let i = 0, n = us * unitsPerUs; i < n; i++) x = (Math.imul(x, 1664525) + 1013904223) | 0;
  sink = x;
}
