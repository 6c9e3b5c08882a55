import { describe, expect, test } from "vitest";
import { benchmarks } from "../../bench/catalogue.js";
import type { Options } from "../../bench/options.js";
import { toJson, versusGoText } from "../../bench/report.js";
import type { Side } from "../../bench/sides.js";
import { targets, targetsText } from "../../bench/targets.js";
import { versusGo } from "../../bench/versus-go.js";

const machine = {
  cpu: "test",
  cores: 2,
  memory_gb: 1,
  os: "none",
  node: "v0",
  v8: "0",
  go: "go0",
  date: "1970-01-01T00:00:00.000Z",
  load: 0,
};

/** A child that prints what it is told to, right checksums for Yield and SpawnWait (n) included. */
function fake(name: Side["name"], result: string): Side {
  const code = `const arg = (name) => Number(process.argv.find((a) => a.startsWith("--" + name + "=")).split("=")[1]);
    const n = arg("n"), procs = arg("procs");
    console.log(JSON.stringify(${result}))`;
  return { name, file: process.execPath, args: ["-e", code, "--"], timeoutMs: 30_000 };
}

function options(changes: Partial<Options> = {}): Options {
  const chosen = benchmarks.filter(({ name }) => name === "Yield" || name === "SpawnWait");
  return {
    benchmarks: chosen,
    procs: [1, 2],
    runs: 2,
    quick: true,
    json: undefined,
    timeoutMs: 1,
    parts: [],
    ...changes,
  };
}

const ours = fake("ours", "{ ns: 300 * n * procs, cpu_ns: 300 * n * procs * procs, checksum: n }");
const go = fake("Go", "{ ns: 100 * n, cpu_ns: 100 * n, checksum: n }");

describe("side by side with Go", () => {
  test("times per operation, ratios, geometric means and the control come out of the children's lines", async () => {
    const outcome = await versusGo(options(), ours, go, machine);
    expect(outcome.errors).toEqual([]);
    expect(outcome.rounds).toBe(2);
    expect(outcome.rows).toEqual(
      [1, 2].flatMap((procs) =>
        ["Yield", "SpawnWait"].map((name) => ({
          ...{ name, procs, ours_ns: 300 * procs, go_ns: 100, ratio: 3 * procs, lo: 3 * procs, hi: 3 * procs },
          ...{ ours_cores: procs, go_cores: 1 },
        })),
      ),
    );
    expect(outcome.control).toMatchObject({ name: "Yield, procs 1", median: 1, lo: 1, hi: 1, least: 1, most: 1 });

    const json = toJson(outcome);
    expect(Object.keys(json)).toEqual(["machine", "results", "geomean"]);
    expect(Object.keys(json.results[0]!)).toEqual(["name", "procs", "ours_ns", "go_ns", "ratio", "lo", "hi"]);
    expect(json.results).toHaveLength(4);
    expect(json.geomean).toEqual({ "1": 3, "2": 6 });
    expect(json.machine).toEqual(machine);

    const text = versusGoText(outcome, new Map([["Yield", "Gosched"]]), true);
    expect(text).toContain("procs 1: geometric mean of 2 ratios 3.00 (3.00 - 3.00), worst 3.00 (Yield)");
    expect(text).toContain("procs 2: geometric mean of 2 ratios 6.00");
    expect(text).toContain("ours against ours (Yield, procs 1): ratio 1.00");
    expect(text).toContain("QUICK");
    expect(text).not.toContain("NOISY");
    expect(text).toMatch(/SpawnWait .* 600 .* 100 .* 6\.00 .* 6\.00 - 6\.00 .* 2\.0 \/ 1\.0/);
  });

  test("a wrong checksum is an error and no number", async () => {
    const wrong = fake("Go", "{ ns: 100 * n, cpu_ns: 100 * n, checksum: procs === 2 ? n - 1 : n }");
    const outcome = await versusGo(options({ runs: 1 }), ours, wrong, machine);
    expect(outcome.errors.map((error) => error.message)).toEqual([
      "Yield, procs 2, Go: wrong checksum 599999, want 600000",
      "SpawnWait, procs 2, Go: wrong checksum 149999, want 150000",
    ]);
    expect(outcome.rows.map((row) => row.procs)).toEqual([1, 1]);
  });

  test("a child that prints no times is an error", async () => {
    const outcome = await versusGo(options({ runs: 1, procs: [1] }), fake("ours", "{ checksum: n }"), go, machine);
    expect(outcome.rows).toEqual([]);
    expect(outcome.errors[0]?.message).toBe('Yield, procs 1, ours: printed no times but {"checksum":600000}');
    expect(outcome.control).toBeUndefined();
  });

  test("a noisy machine is called noisy", async () => {
    const noisy = fake("ours", "{ ns: (process.pid % 2 ? 100 : 200) * n, cpu_ns: 1, checksum: n }");
    const outcome = await versusGo(options({ runs: 1, procs: [1] }), noisy, go, machine);
    const control = { name: "Yield, procs 1", median: 1.5, lo: 0.8, hi: 2, least: 0.5, most: 2 };
    expect(versusGoText({ ...outcome, control }, new Map(), false)).toContain(
      "NOISY: two equal sides differ by up to 100 %",
    );
  });
});

describe("targets", () => {
  const rates = { ours: 1, node: 1 };
  const row = { procs: 1, ours_ns: 1, go_ns: 1, lo: 1, hi: 1, ours_cores: 1, go_cores: 1 };
  const versus = {
    ...{ machine, rounds: 10, control: undefined, errors: [] },
    rows: [1, 2].flatMap((procs) =>
      benchmarks.map(({ name }, i) => ({ ...row, name, procs, ratio: i === 7 ? 2.5 : 1 })),
    ),
    geomeans: [
      { procs: 1, median: 1.12, lo: 1, hi: 1.2 },
      { procs: 2, median: 1.12, lo: 1, hi: 1.2 },
    ],
  };

  test("are reached or missed by what was measured", () => {
    const list = targets({
      versus,
      speedups: [
        { side: "ours", one_ms: 100, two_ms: 55, median: 1.82, lo: 1.8, hi: 1.9 },
        { side: "Go", one_ms: 100, two_ms: 50, median: 2, lo: 2, hi: 2 },
      ],
      memory: [
        { side: "ours", daisy_mb: 800, gate_mb: 600 },
        { side: "Go", daisy_mb: 2800, gate_mb: 2700 },
      ],
      startup: { process_ms: 320, start_ms: 250 },
      echo: { plain: { ...rates, ratio: 0.6 }, busy: { ...rates, ratio: 1.2 } },
    });
    // What the other parts have promised is not measured here.
    const judged = list.filter(({ met }) => met !== undefined);
    expect(judged.map(({ measured, met }) => `${measured} ${met}`)).toEqual([
      "1.12 true",
      "2.50 false",
      "2.50 true",
      "1.00 true",
      "1.00 true",
      "1.00 true",
      "1.82 true",
      "800 MB false",
      "600 MB true",
      "320 ms false",
      "250 ms true",
      "0.60 true",
      "1.20 false",
    ]);
    expect(targetsText(list)).toMatch(/800 MB .* 2800 MB .* MISSED/);
  });

  test("what was not measured is neither, and a part of the benchmarks is not all of them", () => {
    const some = targets({ versus: { ...versus, rows: versus.rows.slice(0, 3) } });
    expect(new Set(some.map(({ measured, met }) => `${measured} ${met}`))).toEqual(new Set(["not measured undefined"]));
  });
});
