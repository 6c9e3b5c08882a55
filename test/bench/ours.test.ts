import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { benchmarks, nqueens } from "../../bench/catalogue.js";
import { park, type Side, time } from "../../bench/sides.js";
import { sizes } from "./small.js";

/** The build, as `npm run bench:go` runs it. */
const side: Side = {
  name: "ours",
  file: process.execPath,
  args: [fileURLToPath(new URL("../../dist/bench/run-ours.js", import.meta.url))],
  timeoutMs: 60_000,
};

describe("our side", () => {
  for (const benchmark of [...benchmarks, nqueens]) {
    test.each([1, 3])(`${benchmark.name} at %i procs returns what the catalogue says`, async (procs) => {
      const { ns } = await time(side, benchmark, sizes[benchmark.name]!, procs);
      expect(ns).toBeGreaterThan(0);
    });
  }

  test.each(["Daisy", "Gate"] as const)("%s wakes every parked goroutine", async (name) => {
    const { rss, checksum } = await park(side, name, 20_000, 2);
    expect(checksum).toBe(20_000);
    expect(rss).toBeGreaterThan(0);
  });

  test("an unknown program is refused with the names of the others", async () => {
    await expect(time(side, { ...nqueens, name: "Nothing" }, { n: 1, warm: 1 }, 1)).rejects.toThrow(
      /no program "Nothing"; there are Yield/,
    );
  });
});
