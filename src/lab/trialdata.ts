/**
 * What the process of one trial shares with its threads: the log of samples, and how fast the machine is.
 *
 * The log is not in the arena: it belongs to the lab and not to the runtime, and a program's memory must not change because
 * it is measured. A thread takes a block of it at a time, by one atomic addition, and fills it with plain stores; the
 * host reads when the goroutines have ended. So a sample costs two stores.
 */

/** Under which the threads find it (worker_threads, getEnvironmentData). */
export const TRIAL_DATA = "gosched.lab";

export interface TrialData {
  samples: SharedArrayBuffer;
  /** Rounds of `burn` that take a microsecond. */
  unitsPerUs: number;
  /** Series of the times from runnable to running, -1: they are not measured. */
  runSeries: number;
}

/** Words of the buffer, as Int32Array. */
export const NEXT_BLOCK = 0; // [a] blocks given out; beyond the last one: what had no room
export const EPOCH = 1; //      counts the runs of the program; written by the host while none runs
export const HEADER_BYTES = 64;

/** Two f64 a sample: the number of its series plus 1 (0: free), and its value in milliseconds. */
export const SAMPLE_BYTES = 16;
export const BLOCK_SAMPLES = 256;
export const BLOCK_BYTES = BLOCK_SAMPLES * SAMPLE_BYTES;
