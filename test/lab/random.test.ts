import { describe, expect, it } from "vitest";
import { seeded, uniform, xorshift32 } from "../../src/lab/random.js";
import { arrivalGap, SERVICES, serviceTime } from "../../src/lab/service.js";

/** Numbers in [0, 1) that everybody draws alike. */
function draws(seed: number, n: number): number[] {
  const all: number[] = [];
  for (let i = 0, state = seeded(seed); i < n; i++) all.push(uniform((state = xorshift32(state))));
  return all;
}
const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

describe("random numbers", () => {
  it("are the same for the same seed, and others for another seed or repetition", () => {
    expect(draws(7, 5)).toEqual(draws(7, 5));
    expect(draws(7, 5)).not.toEqual(draws(8, 5));
    const states = new Set(Array.from({ length: 1000 }, (_, i) => seeded(3, i)));
    expect(states.size).toBe(1000);
    expect(states.has(0)).toBe(false);
  });

  it("spread evenly over [0, 1)", () => {
    const all = draws(1, 20_000);
    expect(Math.min(...all)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...all)).toBeLessThan(1);
    for (let tenth = 0; tenth < 10; tenth++) {
      const share = all.filter((v) => Math.floor(v * 10) === tenth).length / all.length;
      expect(share).toBeCloseTo(0.1, 1.5);
    }
  });
});

describe("service times", () => {
  const all = draws(5, 200_000);

  it("have the mean that they are said to have", () => {
    expect(mean(all.map((u) => serviceTime("fixed", 20, 0, u)))).toBeCloseTo(20, 9);
    expect(mean(all.map((u) => serviceTime("exponential", 20, 0, u))) / 20).toBeCloseTo(1, 1);
    // Its variance is infinite: the mean of a sample is only about right.
    expect(mean(all.map((u) => serviceTime("pareto", 20, 0, u))) / 20).toBeGreaterThan(0.8);
    expect(mean(all.map((u) => serviceTime("pareto", 20, 0, u))) / 20).toBeLessThan(1.2);
    expect(mean(all.map((u) => arrivalGap(3, u))) / 3).toBeCloseTo(1, 1);
  });

  it("of the bimodal kind are long once in 200", () => {
    const long = all.filter((u) => serviceTime("bimodal", 0.5, 500, u) === 500).length;
    expect(long / all.length).toBeCloseTo(0.005, 3);
  });

  it("are never negative, and bounded at the ends of the interval", () => {
    for (const kind of SERVICES)
      for (const u of [0, 0.5, 1 - 2 ** -32]) {
        const us = serviceTime(kind, 20, 500, u);
        expect(us).toBeGreaterThanOrEqual(0);
        expect(us).toBeLessThanOrEqual(20_000);
      }
  });
});
