import { describe, expect, test } from "vitest";
import { estimate, estimateGeomean, geomean, median } from "../../src/lab/stats.js";

describe("statistics", () => {
  test("median of odd and even counts, whatever the order", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 10, 2])).toBe(3);
    expect(median([7])).toBe(7);
  });

  test("median does not reorder what it is given", () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });

  test("geometric mean: a ratio and its inverse cancel out", () => {
    expect(geomean([4, 1 / 4])).toBeCloseTo(1, 12);
    expect(geomean([2, 8])).toBeCloseTo(4, 12);
  });

  test("no values is an error, not NaN", () => {
    expect(() => median([])).toThrow(RangeError);
    expect(() => geomean([])).toThrow(RangeError);
    expect(() => estimate([])).toThrow(RangeError);
  });

  test("the interval holds the median and stays within the samples", () => {
    const values = [1.1, 0.9, 1.0, 1.3, 0.8, 1.05, 0.95, 1.2, 1.0, 1.02];
    const { median: middle, lo, hi } = estimate(values);
    expect(middle).toBeCloseTo(1.01, 12);
    expect(lo).toBeLessThan(middle);
    expect(hi).toBeGreaterThan(middle);
    expect(lo).toBeGreaterThanOrEqual(0.8);
    expect(hi).toBeLessThanOrEqual(1.3);
  });

  test("equal samples leave no doubt", () => {
    expect(estimate([2, 2, 2, 2])).toEqual({ median: 2, lo: 2, hi: 2 });
  });

  test("the same samples give the same interval, another seed nearly the same", () => {
    const values = Array.from({ length: 20 }, (_, i) => 1 + ((i * 7919) % 100) / 100);
    expect(estimate(values)).toEqual(estimate(values));
    const [one, other] = [estimate(values, 10_000, 1), estimate(values, 10_000, 99)];
    expect(Math.abs(one.lo - other.lo)).toBeLessThan(0.05);
    expect(Math.abs(one.hi - other.hi)).toBeLessThan(0.05);
  });

  test("about 95 of 100 intervals hold the true median", () => {
    // Samples of a skewed distribution (exponential, median ln 2) by a generator of its own, so that every run is the same.
    let state = 12345;
    const uniform = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
    let held = 0;
    const trials = 300;
    for (let i = 0; i < trials; i++) {
      const sample = Array.from({ length: 15 }, () => -Math.log(uniform()));
      const { lo, hi } = estimate(sample, 500, i + 1);
      if (lo <= Math.LN2 && Math.LN2 <= hi) held++;
    }
    expect(held / trials).toBeGreaterThan(0.9);
    expect(held / trials).toBeLessThan(0.995);
  });

  test("geometric mean of groups: between its ends, and narrower than the widest group's interval", () => {
    const wide = [0.5, 1, 2, 0.6, 1.5, 0.8, 1.2, 1.1, 0.9, 1.0];
    const narrow = wide.map(() => 1);
    const whole = estimateGeomean([wide, narrow], 2000);
    const part = estimate(wide, 2000);
    expect(whole.lo).toBeLessThanOrEqual(whole.median);
    expect(whole.hi).toBeGreaterThanOrEqual(whole.median);
    expect(whole.hi - whole.lo).toBeLessThan(part.hi - part.lo);
  });
});
