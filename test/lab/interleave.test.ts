import { describe, expect, test } from "vitest";
import { interleave } from "../../src/lab/interleave.js";

function recorder() {
  const calls: string[] = [];
  const cell = (name: string) => {
    const side = (which: string) => async () => {
      calls.push(`${name}${which}`);
      return calls.length;
    };
    return { name, sides: [side("a"), side("b")] };
  };
  return { calls, cell };
}

describe("interleaving", () => {
  test("every round measures every cell, and the order of its sides alternates", async () => {
    const { calls, cell } = recorder();
    const results = await interleave([cell("x"), cell("y")], { runs: 4 });
    expect(calls.join(" ")).toBe("xa xb ya yb xb xa yb ya xa xb ya yb xb xa yb ya");
    expect(results.map((result) => result.rounds.length)).toEqual([4, 4]);
    expect(results[0]?.rounds[1]).toEqual([6, 5]);
  });

  test("a cell that fails stops, keeps its error, and leaves the others alone", async () => {
    const { calls, cell } = recorder();
    const { name, sides } = cell("bad");
    const bad = { name, sides: [sides[0]!, () => Promise.reject(new Error("no"))] };
    const results = await interleave([bad, cell("x")], { runs: 2 });
    expect(results[0]?.error?.message).toBe("no");
    expect(results[0]?.rounds).toEqual([]);
    expect(results[1]?.rounds.length).toBe(2);
    expect(calls.join(" ")).toBe("bada xa xb xb xa");
  });

  test("a budget stops before a round that would not fit, but never before the first", async () => {
    const { cell } = recorder();
    const results = await interleave([cell("x")], { runs: 5, budgetMs: 0 });
    expect(results[0]?.rounds.length).toBe(1);
  });
});
