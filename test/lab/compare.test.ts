import { describe, expect, it } from "vitest";
import { compare } from "../../src/lab/compare.js";
import { jain } from "../../src/lab/fairness.js";
import { seeded, uniform, xorshift32 } from "../../src/lab/random.js";

const lower = { better: "lower" } as const;
const higher = { better: "higher" } as const;
const equals = (values: number[][], control?: number[], metric: typeof lower | typeof higher = lower): boolean[] =>
  compare(metric, values, control).verdicts.map(({ equal }) => equal);

/** What a machine makes of equal things: each round has a speed of its own, each trial a deviation with a long tail. */
function machine(seed: number, noise: number): (rounds: number, sides: number[]) => number[][] {
  let state = seeded(seed);
  const draw = (): number => uniform((state = xorshift32(state)));
  return (rounds, sides) => {
    const values: number[][] = sides.map(() => []);
    for (let r = 0; r < rounds; r++) {
      const round = 1 + draw();
      for (const [i, side] of sides.entries()) values[i]!.push(side * round * (1 - noise * Math.log(1 - draw())));
    }
    return values;
  };
}

describe("comparing", () => {
  it("names the best, and what is clearly worse", () => {
    const a = [10, 11, 10, 12, 10];
    const b = a.map((v) => v * 2);
    const row = compare(lower, [b, a], b);
    expect(row.verdicts.map(({ best }) => best)).toEqual([false, true]);
    expect(row.verdicts.map(({ equal }) => equal)).toEqual([false, true]);
    expect(row.verdicts[0]!.ratio).toBeCloseTo(2, 6);
    expect(row.noise).toBe(1);
  });

  it("looks the other way when more is better", () => {
    const a = [10, 11, 10, 12, 10];
    const row = compare(higher, [a, a.map((v) => v / 2)], a);
    expect(row.verdicts.map(({ best }) => best)).toEqual([true, false]);
    expect(row.verdicts[1]!.ratio).toBeCloseTo(2, 6);
    expect(row.verdicts[1]!.equal).toBe(false);
  });

  it("pairs the rounds: a machine that slows down hides nothing", () => {
    const a = [10, 20, 40, 80, 160];
    expect(
      equals(
        [a, a.map((v) => v * 1.1)],
        a.map((v) => v * 1.01),
      ),
    ).toEqual([true, false]);
  });

  it("does not call different what the machine makes of two equal sides", () => {
    const a = [10, 10, 10, 10, 10];
    const control = [13, 13, 13, 13, 13];
    expect(equals([a, a.map((v) => v * 1.2)], control)).toEqual([true, true]);
    expect(equals([a, a.map((v) => v * 1.4)], control)).toEqual([true, false]);
  });

  it("calls nothing different with fewer than four rounds", () => {
    expect(
      equals(
        [
          [1, 1, 1],
          [9, 9, 9],
        ],
        [1, 1, 1],
      ),
    ).toEqual([true, true]);
  });

  it("has no verdict where a side has no values, and compares the others", () => {
    const row = compare(lower, [[], [1, 1, 1, 1], [3, 3, 3, 3]], []);
    expect(row.verdicts[0]!.value).toBeUndefined();
    expect(row.verdicts.map(({ best, equal }) => [best, equal])).toEqual([
      [false, false],
      [true, true],
      [false, false],
    ]);
    expect(row.noise).toBeUndefined();
  });

  it("copes with zeros", () => {
    const zero = [0, 0, 0, 0, 0];
    expect(equals([zero, zero], zero)).toEqual([true, true]);
    expect(equals([zero, [1, 1, 1, 1, 1]], zero)).toEqual([true, false]);
  });

  it.each([0.05, 0.3])("calls equal sides equal in at least 95 of 100 sweeps, noise %f", (noise) => {
    const measure = machine(11, noise);
    let equal = 0;
    for (let i = 0; i < 100; i++) {
      const [a, b, control] = measure(10, [1, 1, 1]) as [number[], number[], number[]];
      if (equals([a, b], control).every(Boolean)) equal++;
    }
    expect(equal).toBeGreaterThanOrEqual(95);
  });

  it("finds a difference of a quarter through a noise of 5 %", () => {
    const measure = machine(12, 0.05);
    let found = 0;
    for (let i = 0; i < 100; i++) {
      const [a, b, control] = measure(10, [1, 1.25, 1]) as [number[], number[], number[]];
      if (!equals([a, b], control)[1]) found++;
    }
    expect(found).toBeGreaterThanOrEqual(95);
  });
});

describe("fairness", () => {
  it("is 1 when all have the same, 1/n when one has everything", () => {
    expect(jain([3, 3, 3, 3])).toBe(1);
    expect(jain([8, 0, 0, 0])).toBe(0.25);
    expect(jain([0, 0])).toBe(1);
    expect(jain([1, 2])).toBeCloseTo(0.9, 9);
  });
});
