/**
 * Ratios of paired runs, summed up.
 *
 * One pair is a run of ours and a run of Go's directly after one another, so that whatever slows the machine for some
 * seconds hits both and leaves the ratio alone. The median of the ratios ignores the pair that something hit half-way.
 * How far that median can be trusted is asked of the pairs themselves: draw as many of them with replacement, take the
 * median, do so thousands of times, and cut 2.5 % off each end (the percentile bootstrap). No distribution is assumed,
 * which matters here: run times on a shared machine have a long tail on one side only. The generator is seeded, so
 * that the same samples always give the same interval.
 */

import { uniform, xorshift32 } from "./random.js";

/** The median of some values, and the ends of its interval. */
export interface Estimate {
  median: number;
  lo: number;
  hi: number;
}

export function median(values: readonly number[]): number {
  return quantile(sorted(values), 0.5);
}

export function geomean(values: readonly number[]): number {
  notEmpty(values);
  let logs = 0;
  for (const value of values) logs += Math.log(value);
  return Math.exp(logs / values.length);
}

/** `level`: how sure the interval is to hold the true median, 0 to 1. */
export function estimate(values: readonly number[], resamples = 10_000, seed = 1, level = 0.95): Estimate {
  const random = generator(seed);
  const medians: number[] = [];
  for (let i = 0; i < resamples; i++) medians.push(median(resample(values, random)));
  const inOrder = sorted(medians);
  const cut = (1 - level) / 2;
  return { median: median(values), lo: quantile(inOrder, cut), hi: quantile(inOrder, 1 - cut) };
}

/** The geometric mean of the medians, each group of ratios drawn anew for each resample. */
export function estimateGeomean(groups: ReadonlyArray<readonly number[]>, resamples = 10_000, seed = 1): Estimate {
  const random = generator(seed);
  const means: number[] = [];
  for (let i = 0; i < resamples; i++) means.push(geomean(groups.map((group) => median(resample(group, random)))));
  const inOrder = sorted(means);
  return { median: geomean(groups.map(median)), lo: quantile(inOrder, 0.025), hi: quantile(inOrder, 0.975) };
}

/** The value below which the fraction q of the ordered values lies, interpolated between neighbours. */
function quantile(inOrder: readonly number[], q: number): number {
  notEmpty(inOrder);
  const at = (inOrder.length - 1) * q;
  const below = inOrder[Math.floor(at)] as number;
  const above = inOrder[Math.ceil(at)] as number;
  return below + (above - below) * (at - Math.floor(at));
}

function resample(values: readonly number[], random: () => number): number[] {
  return values.map(() => values[Math.floor(random() * values.length)] as number);
}

function sorted(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}

/** Numbers in [0, 1). */
function generator(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => uniform((state = xorshift32(state)));
}

function notEmpty(values: readonly number[]): void {
  if (values.length === 0) throw new RangeError("statistics: no values");
}
