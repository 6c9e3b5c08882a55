import { fileURLToPath } from "node:url";
import { type Runtime, start } from "gosched";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { benchmarks, nqueens } from "../../bench/catalogue.js";
import { programs } from "../../bench/programs/index.js";
import { timed } from "../../bench/programs/timed.js";
import { park, type Side, time } from "../../bench/sides.js";
import { sizes } from "./small.js";

/** The build, as `npm run bench:go` runs it. */
const side: Side = {
  name: "ours",
  file: process.execPath,
  args: [fileURLToPath(new URL("../../dist/bench/run-ours.js", import.meta.url))],
  timeoutMs: 60_000,
};

// One runtime for all of them: a process for each, as when they are measured, would take longer than the programs.
describe.each([1, 3])("our side at %i procs", (procs) => {
  let rt: Runtime;
  beforeAll(async () => {
    rt = await start({ procs });
  });
  afterAll(() => rt.close());

  test.each([...benchmarks, nqueens])("$name returns what the catalogue says", async ({ name, checksum }) => {
    const { n, warm } = sizes[name]!;
    const result = await rt.go(timed, programs[name]!, n, warm);
    expect(result.ns).toBeGreaterThan(0);
    expect(result.checksum).toBe(checksum(n, procs));
  });

  test("in a process of its own", async () => {
    const { ns, cpu_ns } = await time(side, nqueens, sizes[nqueens.name]!, procs);
    expect(ns).toBeGreaterThan(0);
    expect(cpu_ns).toBeGreaterThan(0);
  });
});

describe("our side", () => {
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
