/**
 * Latencies in HDR histograms (Gil Tene's HdrHistogram): three digits over any range, cheap to merge, so that the percentiles
 * of ten trials are those of all their requests and not a mean of percentiles. They count nanoseconds; all else says
 * milliseconds.
 */
import hdr, { type Histogram } from "hdr-histogram-js";
import type { Series } from "./spec.js";

/** As points of a line: what share of the samples takes longer than so many milliseconds. */
export interface Tail {
  /** 1 - percentile: 1, 0.5, ... */
  share: number;
  ms: number;
}

export function histogram(): Histogram {
  return hdr.build({ bitBucketSize: 64, numberOfSignificantValueDigits: 3 });
}

export function summary(name: string, h: Histogram): Series {
  const at = (percentile: number): number => h.getValueAtPercentile(percentile) / 1e6;
  return {
    name,
    count: h.totalCount,
    mean: h.totalCount === 0 ? 0 : h.mean / 1e6,
    p50: at(50),
    p90: at(90),
    p99: at(99),
    p999: at(99.9),
    max: h.maxValue / 1e6,
    encoded: hdr.encodeIntoCompressedBase64(h),
  };
}

/** All samples of several trials. */
export function merge(series: readonly Series[]): Histogram {
  const sum = histogram();
  for (const { encoded } of series) sum.add(hdr.decodeFromCompressedBase64(encoded, 64));
  return sum;
}

/** The tail, from all samples down to the last one: three points for each halving. */
export function tail(h: Histogram): Tail[] {
  const points: Tail[] = [];
  for (let share = 1; share * h.totalCount >= 1; share /= 2 ** (1 / 3))
    points.push({ share, ms: h.getValueAtPercentile(100 * (1 - share)) / 1e6 });
  return points;
}
