/** The host's side of the log that `record` fills: room for it, and histograms of what came in. */
import {
  BLOCK_BYTES,
  BLOCK_SAMPLES,
  EPOCH,
  HEADER_BYTES,
  NEXT_BLOCK,
  SAMPLE_BYTES,
  type TrialData,
} from "./trialdata.js";
import { histogram, summary } from "./histogram.js";
import type { Series } from "./spec.js";

/** Each thread may leave a block that it has hardly begun. */
const SPARE_BLOCKS = 64;

export class Samples {
  readonly buffer: TrialData["samples"];
  private readonly header: Int32Array;
  private readonly log: Float64Array;
  private readonly blocks: number;

  constructor(most: number) {
    this.blocks = Math.ceil(most / BLOCK_SAMPLES) + SPARE_BLOCKS;
    this.buffer = new SharedArrayBuffer(HEADER_BYTES + this.blocks * BLOCK_BYTES);
    this.header = new Int32Array(this.buffer, 0, HEADER_BYTES / 4);
    this.log = new Float64Array(this.buffer, HEADER_BYTES);
  }

  /** Forgets everything: what comes now belongs to another run. Only while no goroutine runs, as the two below. */
  clear(): void {
    this.log.fill(0, 0, (this.used() * BLOCK_BYTES) / 8);
    this.header[NEXT_BLOCK] = 0;
    this.header[EPOCH] = this.header[EPOCH]! + 1;
  }

  /** At least one sample had no room in this many cases. */
  lost(): number {
    return Math.max(0, this.header[NEXT_BLOCK]! - this.blocks);
  }

  series(names: readonly string[]): Series[] {
    const all = names.map(() => histogram());
    for (let i = 0, n = (this.used() * BLOCK_BYTES) / SAMPLE_BYTES; i < n; i++) {
      const series = this.log[2 * i]!;
      if (series === 0) continue;
      const into = all[series - 1];
      if (into === undefined)
        throw new RangeError(`record: there is no series ${series - 1}; the workload declares ${names.length}`);
      // Whole nanoseconds. The clocks of two threads may differ by a microsecond, so a latency may seem negative.
      into.recordValue(Math.max(0, Math.round(this.log[2 * i + 1]! * 1e6)));
    }
    return all.map((one, i) => summary(names[i]!, one));
  }

  private used(): number {
    return Math.min(this.header[NEXT_BLOCK]!, this.blocks);
  }
}
