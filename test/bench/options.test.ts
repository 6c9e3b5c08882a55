import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { benchmarks } from "../../bench/catalogue.js";
import { parseOptions } from "../../bench/options.js";

const parse = (...argv: string[]) => parseOptions("bench:go", argv)!;

describe("options", () => {
  test("by default everything at 1 and 2 procs, ten pairs", () => {
    const options = parse();
    expect(options.benchmarks).toEqual(benchmarks);
    expect(options).toMatchObject({ procs: [1, 2], runs: 10, quick: false, json: undefined, timeoutMs: 60_000 });
  });

  test("--quick means fewer runs unless they are given", () => {
    expect(parse("--quick")).toMatchObject({ quick: true, runs: 5 });
    expect(parse("--quick", "--runs", "7").runs).toBe(7);
  });

  test("lists: names in any case, one or many, given twice", () => {
    expect(parse("--only", "skynet, Yield").benchmarks.map((b) => b.name)).toEqual(["Skynet", "Yield"]);
    expect(parse("--only=Yield", "--only=Sieve").benchmarks.map((b) => b.name)).toEqual(["Yield", "Sieve"]);
    expect(parse("--procs", "4").procs).toEqual([4]);
    expect(parse("--procs=1,2,4,2").procs).toEqual([1, 2, 4]);
  });

  test("--json is made absolute and must lie in a directory that exists", () => {
    expect(parse("--json", join(tmpdir(), "x.json")).json).toBe(join(tmpdir(), "x.json"));
    expect(() => parse("--json", join(tmpdir(), "no", "such", "x.json"))).toThrow(/^--json: cannot write /);
    expect(() => parse("--json", tmpdir())).toThrow("is a directory");
  });

  test.each([
    [["--only", "Yeild"], '--only: no "Yeild"; there are Yield, PingPong'],
    [["--procs", "0"], "--procs: 0 is not a whole number from 1 to 1024"],
    [["--procs", "1,x"], "--procs: x is not a whole number"],
    [["--procs", "1025"], "--procs: 1025 is not"],
    [["--runs", "1.5"], "--runs: 1.5 is not a whole number"],
    [["--runs", "2", "--runs", "3"], "--runs: 2,3 is not a whole number"],
    [["--timeout", "never"], "--timeout: never is not"],
    [["--fast"], "Unknown option"],
    [["--json"], "--json"],
    [["Yield"], "Unused args"],
    [["--parts", "go"], "Unknown option"],
  ])("%j is refused", (argv, message) => {
    expect(() => parse(...argv)).toThrow(message);
  });

  test("empty lists are refused", () => {
    expect(() => parse("--procs", ",")).toThrow("--procs");
    expect(() => parse("--only", ",")).toThrow("--only");
  });

  test("npm run bench has parts", () => {
    expect(parseOptions("bench", [])?.parts).toEqual([
      "go",
      "nqueens",
      "memory",
      "startup",
      "timers",
      "echo",
      "sysmon",
    ]);
    expect(parseOptions("bench", ["--parts", "memory,startup"])?.parts).toEqual(["memory", "startup"]);
    expect(() => parseOptions("bench", ["--parts", "disk"])).toThrow('--parts: no "disk"');
  });
});
