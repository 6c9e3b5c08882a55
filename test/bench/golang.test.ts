import { existsSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { benchmarks, nqueens } from "../../bench/catalogue.js";
import { buildGo } from "../../bench/golang.js";
import { goSide, park, type Side, time } from "../../bench/sides.js";
import { sizes } from "./small.js";

const missing = (() => {
  try {
    buildGo("go");
    return false;
  } catch (error) {
    return (error as Error).message.startsWith("Go is needed");
  }
})();

test("where Go is missing the message says how to get it", () => {
  expect(() => buildGo("no-such-go")).toThrow(/^Go is needed .* apt-get install -y golang-go/);
});

describe.skipIf(missing)("Go's side", () => {
  let side: Side;

  beforeAll(() => {
    const { binary, version } = buildGo();
    expect(version).toMatch(/^go\d/);
    expect(existsSync(binary)).toBe(true);
    side = goSide(binary, 60_000);
  });

  for (const benchmark of [...benchmarks, nqueens]) {
    test.each([1, 3])(`${benchmark.name} at %i procs returns what the catalogue says`, async (procs) => {
      const { ns } = await time(side, benchmark, sizes[benchmark.name]!, procs);
      expect(ns).toBeGreaterThan(0);
    });
  }

  test.each(["Daisy", "Gate"] as const)("%s wakes every parked goroutine and measures them", async (name) => {
    const few = await park(side, name, 10, 2);
    const many = await park(side, name, 20_000, 2);
    expect(many.checksum).toBe(20_000);
    // 2 KB a stack at the least.
    expect(many.rss - few.rss).toBeGreaterThan(20_000 * 2048);
  });

  test("an unknown program is refused with the names of the others", async () => {
    await expect(time(side, { ...nqueens, name: "Nothing" }, { n: 1, warm: 1 }, 1)).rejects.toThrow(
      /no program "Nothing"; there are \[.*ForkJoinFib/,
    );
  });
});
