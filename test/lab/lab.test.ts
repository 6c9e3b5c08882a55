/** The command, as a user runs it, with workloads that take no time. */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "gosched-lab-"));
afterAll(() => rmSync(directory, { recursive: true }));
const at = (name: string): string => join(directory, name);
const TINY = "test/lab/fixtures/tiny.ts";
const BAD = "test/lab/fixtures/bad.ts";

const command = (args: string[]): string[] => ["dist/src/cli/main.js", "lab", ...args];
function lab(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, command(args), { cwd: root, encoding: "utf8", timeout: 170_000 });
}

// A trial takes a second; on a busy machine many.
describe("gosched lab", { timeout: 180_000 }, () => {
  it("ends with a table, and writes JSON, a page and Go's benchmark format", () => {
    const files = ["--json", at("r.json"), "--html", at("r.html"), "--bench", at("r.txt")];
    const run = ["--policies", "gmp,gmp", "--workloads", TINY, "--procs", "1", "--runs", "2", "--seed", "7"];
    const ended = lab(...run, ...files);
    expect(ended.stderr).toMatch(/written: .*r\.json/);
    expect(ended.status).toBe(0);
    expect(ended.stdout).toMatch(/workload.*procs.*load.*metric.*gmp.*gmp#2/);
    expect(ended.stdout).toMatch(/tiny.* 1 .*time.*(ns|us|ms) [*~].*(ns|us|ms) [*~]/);
    expect(ended.stdout).toContain("Medians of 2 fresh processes");
    expect(ended.stdout).toContain("seed 7");

    const json = JSON.parse(readFileSync(at("r.json"), "utf8"));
    expect(json).toMatchObject({ seed: 7, cells: [{ procs: 1, load: null, workload: { name: "tiny" } }] });
    expect(json.cells[0].trials.map((t: { policy: string }) => t.policy)).toEqual(["gmp", "gmp#2", "gmp (control)"]);
    for (const { trials, error } of json.cells[0].trials) {
      expect(error).toBeNull();
      expect(trials).toHaveLength(2);
      for (const trial of trials) {
        expect(trial).toMatchObject({ ops: 200, check: 200, lost: 0, shares: [1, 1] });
        expect(trial.counters.spawned).toBe(200);
        expect(trial.series[0]).toMatchObject({ count: 200 });
        expect(trial.series[0].p50).toBeCloseTo(0.001, 5);
      }
    }

    const page = readFileSync(at("r.html"), "utf8");
    expect(page).not.toMatch(/<script|javascript:|\bsrc=|\bhref=|@import|url\(/i);
    expect(page).toContain("turn &lt;script&gt;alert(1)&lt;/script&gt;");
    // The run is too short for a picture of the Ps.
    expect(page).toMatch(/<svg.*<title>tiny\/procs=1: turn &lt;script/);

    const lines = readFileSync(at("r.txt"), "utf8").trimEnd().split("\n");
    expect(lines.slice(0, 3)).toEqual([
      expect.stringMatching(/^goos: /),
      expect.stringMatching(/^goarch: /),
      "pkg: gosched/lab",
    ]);
    const results = lines.filter((line) => line.startsWith("Benchmark"));
    expect(results).toHaveLength(6);
    for (const line of results) expect(line).toMatch(/^BenchmarkTiny\/policy=\S+-1\t200(\t[\d.e+-]+ \S+)+$/);
  });

  it("goes on after Ctrl-C where it was", async () => {
    const state = at("state.jsonl");
    const args = ["--policies", "gmp", "--workloads", TINY, "--procs", "1", "--runs", "3", "--state", state];
    const results = (): string[] => readFileSync(state, "utf8").match(/^.*"kind":"result".*$/gm) ?? [];
    const first = spawn(process.execPath, command(args), { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    first.stdout.on("data", (text: Buffer) => (said += text.toString()));
    first.stderr.on("data", (text: Buffer) => (said += text.toString()));
    const ended = new Promise((resolve) => first.on("close", resolve));
    // Two sides, policy and control: a round is complete with the second result.
    for (let done = 0; done < 2; done = lines(results)) await sleep(50);
    first.kill("SIGINT");
    expect(await ended).toBe(130);
    expect(said).toContain("interrupted; the same command goes on from here");
    expect(said).toMatch(/tiny.*time/);
    const before = results();

    const second = lab(...args);
    expect(second.status).toBe(0);
    expect(second.stderr).toMatch(/going on with the sweep that was interrupted: \d+ trials are done/);
    expect(second.stdout).toContain("Medians of 3 fresh processes");
    expect(results().slice(0, 2)).toEqual(before.slice(0, 2));
    // All that was complete is kept, so no round has been measured twice but the one that was cut.
    expect(results().length).toBeLessThanOrEqual(6 + 1);
  });

  it("takes a workload from a JSON file, and changes its parameters", () => {
    const file = at("mine.json");
    const program = join(root, TINY);
    writeFileSync(
      file,
      JSON.stringify({ name: "mine", description: "", program, params: { goroutines: 5, us: 1 }, metrics: ["time"] }),
    );
    const out = at("mine.out.json");
    const set = ["--workloads", file, "--set", "goroutines=9"];
    const run = [...set, "--runs", "1", "--procs", "1", "--policies", "gmp", "--json", out];
    const ended = lab(...run);
    // It records into a series that this description does not declare.
    expect(ended.status).toBe(1);
    expect(ended.stdout).toContain("record: there is no series 0; the workload declares 0");
    const text = readFileSync(file, "utf8").replace('"metrics"', '"series":["turn"],"metrics"');
    writeFileSync(file, text);
    const again = lab(...run, "--checked");
    expect(again.status).toBe(0);
    const trial = JSON.parse(readFileSync(out, "utf8")).cells[0].trials[0].trials[0];
    expect(trial.ops).toBe(9);
    expect(trial.series.map((s: { name: string }) => s.name)).toEqual(["turn", "runnable"]);
    expect(trial.series[1].count).toBeGreaterThanOrEqual(1);
  });

  it.each([
    ["throw", 100, /FAILED: bad\/procs=1, gmp: ended with exit code 1\n +it was told to/],
    ["hang", 4, /FAILED: bad\/procs=1, gmp: no result after 4 s, killed/],
    ["random", 100, /FAILED: wrong answer: [\d.]+, where another policy came to [\d.]+/],
  ])("a trial that goes wrong (%s) is a failure and no number", (how, timeout, message) => {
    const args = ["--workloads", BAD, "--set", `how=${how}`, "--runs", "1", "--procs", "1", "--timeout", `${timeout}`];
    const ended = lab("--policies", "gmp", ...args);
    expect(ended.stdout).toMatch(message);
    expect(ended.status).toBe(1);
  });

  it("a policy whose module throws has failed, at once and not when its time is over", () => {
    const file = at("throws.mjs");
    writeFileSync(file, "throw new Error('boom');\n");
    const ended = lab("--policy", file, "--workloads", TINY, "--runs", "1", "--procs", "1", "--timeout", "120");
    expect(ended.stdout).toMatch(
      /FAILED: tiny\/procs=1, .*throws\.mjs: ended with exit code 1\n +policy .*throws\.mjs: boom/,
    );
    expect(ended.status).toBe(1);
  });

  it.each([
    [["--workloads", "nosuch"], /^gosched: no workload "nosuch"; there are .*skynet.* One of your own is a path/],
    [
      ["--workloads", "test/lab/fixtures/plain.ts"],
      /^gosched: workload .*plain\.ts exports no workload; see docs\/lab\.md/,
    ],
    [["--workloads", "./nosuch.ts"], /^gosched: workload \.\/nosuch\.ts: no such file$/m],
    [["--workloads", "fib", "--set", "nosuch=1"], /^gosched: --set: none of the workloads has "nosuch"/],
    [["--workloads", "fib", "--set", "n=many"], /^gosched: --set: n of fib is a number, not "many"/],
  ])("%j is refused in one line", (args, message) => {
    const ended = lab(...args, "--runs", "1");
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr.trimEnd()).not.toContain("\n");
    expect(ended.status).toBe(1);
  });

  it("lists what there is", () => {
    const ended = lab("--list");
    expect(ended.status).toBe(0);
    for (const name of ["gmp", "serve-bimodal", "wordcount", "p99:SERIES"]) expect(ended.stdout).toContain(name);
  });
});

function lines(read: () => string[]): number {
  try {
    return read().length;
  } catch {
    return 0; // not there yet
  }
}
