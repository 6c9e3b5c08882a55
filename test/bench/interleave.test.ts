import { describe, expect, test } from "vitest";
import { interleave } from "../../bench/interleave.js";

function recorder() {
  const calls: string[] = [];
  const cell = (name: string) => {
    const side = (which: string) => async () => {
      calls.push(`${name}${which}`);
      return calls.length;
    };
    return { name, a: side("a"), b: side("b") };
  };
  return { calls, cell };
}

describe("interleaving", () => {
  test("every round measures every cell, and the order within pairs alternates", async () => {
    const { calls, cell } = recorder();
    const results = await interleave([cell("x"), cell("y")], { runs: 4 });
    expect(calls.join(" ")).toBe("xa xb ya yb xb xa yb ya xa xb ya yb xb xa yb ya");
    expect(results.map((result) => result.pairs.length)).toEqual([4, 4]);
    expect(results[0]?.pairs[1]).toEqual({ a: 6, b: 5 });
  });

  test("a cell that fails stops, keeps its error, and leaves the others alone", async () => {
    const { calls, cell } = recorder();
    const bad = { ...cell("bad"), b: () => Promise.reject(new Error("no")) };
    const results = await interleave([bad, cell("x")], { runs: 2 });
    expect(results[0]?.error?.message).toBe("no");
    expect(results[0]?.pairs).toEqual([]);
    expect(results[1]?.pairs.length).toBe(2);
    expect(calls.join(" ")).toBe("bada xa xb xb xa");
  });

  test("a budget stops before a round that would not fit, but never before the first", async () => {
    const { cell } = recorder();
    const results = await interleave([cell("x")], { runs: 5, budgetMs: 0 });
    expect(results[0]?.pairs.length).toBe(1);
  });
});
