/** System calls and preemption on real threads. What is timed is compared with seconds, and with what would happen without. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { start } from "gosched";
import { describe, expect, test, vi } from "vitest";
import { cli, type CliOptions, type Ended } from "../conformance/child.js";
import * as lib from "./programs/lib.js";

const program = (name: string): string => fileURLToPath(new URL(`programs/${name}.ts`, import.meta.url));
const syscalls = (args: string[], options: CliOptions = {}): Promise<Ended> => cli(program("syscalls"), args, options);
const loops = (args: string[], options: CliOptions = {}): Promise<Ended> => cli(program("loops"), args, options);
/** Line of the mark `// @name` in held.ts. */
const line = (name: string): number =>
  readFileSync(program("held"), "utf8")
    .split("\n")
    .findIndex((l) => l.endsWith(`// @${name}`)) + 1;
const ROUNDS = 10_000_000;
const UNCOMPILED = { flags: ["--no-compile"] };

describe("a goroutine that blocks its thread", () => {
  test.each([
    ["", {}, true],
    ["known", {}, true],
    // Uncompiled, the goroutine that has begun to run is pinned to the thread that blocks, and gets no turns.
    ["", UNCOMPILED, false],
  ])("does not stop the others of the only P: %s %o", async (known, options, turns) => {
    const { stdout, stderr, code } = await syscalls(["others", known], { procs: 1, ...options });
    expect({ stdout, stderr, code }).toEqual({
      stdout: `sum 500500\nwhile blocked true\nturns ${turns}\ncalls 1, same thread true\n`,
      stderr: "",
      code: 0,
    });
  });

  test("notes D21: one can read how the P moves, and when", async () => {
    const env = { GOSCHED_DEBUG: "handoff=1,schedtrace=10" };
    const { stderr, code } = await syscalls(["others"], { procs: 1, env });
    expect(code).toBe(0);
    const taken = /^HANDOFF ([\d.]+)ms: P0 taken from an M that has been in a system call for [\d.]+ ms or more$/m;
    const [, at] = taken.exec(stderr)!;
    const later = stderr.slice(taken.exec(stderr)!.index);
    const [, then, m] = /^HANDOFF ([\d.]+)ms: P0 to M(\d+)$/m.exec(later)!;
    expect(Number(then)).toBeGreaterThanOrEqual(Number(at));
    expect(m).not.toBe("0");
    expect(later).toMatch(
      /^HANDOFF [\d.]+ms: M0 is back from its system call and finds no P: goroutine \d+ to the global queue$/m,
    );
    expect(stderr).toMatch(
      /^SCHED \d+ms: gomaxprocs=1 idleprocs=[01] threads=\d+ spinningthreads=\d+ idlethreads=\d+ runqueue=\d+ \[\d+\]$/m,
    );
  });

  test("many at once have a thread each", async () => {
    const { stdout, code } = await syscalls(["many", "16"], { procs: 1 });
    expect({ stdout, code }).toEqual({ stdout: "all back\n", code: 0 });
  });

  test.each([1, 3])("short calls come back with their results, procs %i", async (procs) => {
    const { stdout, code } = await syscalls(["short", "50000"], { procs });
    expect({ stdout, code }).toEqual({ stdout: `${(4 * 50000 * 49999) / 2}\n`, code: 0 });
  });

  test("that is locked to its thread keeps it", async () => {
    const { stdout, code } = await syscalls(["locked"], { procs: 1 });
    expect({ stdout, code }).toEqual({ stdout: "moved 0\nturns true\n", code: 0 });
  });

  test.each([{}, UNCOMPILED])("what it throws is thrown, and mistakes are named: %o", async (options) => {
    const { stdout, stderr, code } = await syscalls(["throws"], { procs: 1, ...options });
    expect(stdout.split("\n")).toEqual([
      "caught disk on fire",
      "finally",
      "chan: not inside syscall(): the function given to it runs without a P",
      "go: not inside syscall(): the function given to it runs without a P",
      "new WaitGroup: not inside syscall(): the function given to it runs without a P",
      "syscall: 3 is not a function",
      "syscall: the function returned a promise",
      "",
    ]);
    expect(stderr).toContain("panic: nobody catches this");
    expect(code).toBe(2);
  });

  test("is no deadlock while it blocks, and one may follow", async () => {
    const { stderr, code } = await syscalls(["deadlock"], { procs: 1 });
    expect(stderr).toContain("fatal error: all goroutines are asleep - deadlock!");
    expect(stderr).toContain("goroutine 1 [chan receive]:");
    expect(code).toBe(2);
  });

  test("a thread killed inside ends the run with a line that says so", async () => {
    const { stderr, code } = await syscalls(["exit"], { procs: 1 });
    expect(stderr).toMatch(/fatal error: a thread of the runtime died/);
    expect(code).toBe(2);
  });

  test.each([1, 2])("main may return meanwhile, procs %i", async (procs) => {
    const { stdout, stderr, code } = await syscalls(["leave"], { procs });
    expect({ stdout, stderr, code }).toEqual({ stdout: "bye\n", stderr: "", code: 0 });
  });
});

describe("a goroutine that loops", () => {
  test.each([1, 2])("qa T16, notes D05: does not keep its P: hogs of all kinds, procs %i", async (procs) => {
    const { stdout, stderr, code } = await loops(["hogs"], { procs });
    expect({ stdout, stderr, code }).toEqual({ stdout: "turns true\n", stderr: "", code: 0 });
  });

  test("nor does a pair that wake each other", async () => {
    const { stdout, code } = await loops(["pair"], { procs: 1 });
    expect({ stdout, code }).toEqual({ stdout: "turn\n", code: 0 });
  });

  test.each([1, 2, 3])("keeps its locals, procs %i", async (procs) => {
    const { stdout, stderr, code } = await loops(["locals"], { procs });
    expect({ stdout, stderr, code }).toEqual({ stdout: "all right\n", stderr: "", code: 0 });
  });

  test.each([{}, UNCOMPILED])("in a plain function, is reported once, with its place: %o", async (options) => {
    const env = { GOSCHED_DEBUG: "hold=200" };
    const dir = mkdtempSync(path.join(tmpdir(), "gosched-held-"));
    const file = path.join(dir, "reported");
    const started: CliOptions["started"] = (child) => {
      child.stderr!.on("data", (text: string) => {
        if (text.includes("stubborn")) writeFileSync(file, "");
      });
    };
    const { stdout, stderr, code } = await cli(program("held"), [file], { procs: 1, env, started, ...options });
    rmSync(dir, { recursive: true });
    expect({ stdout, code }).toEqual({ stdout: "done\n", code: 0 });
    const reports = stderr.split("gosched: ").slice(1);
    const [report] = reports.filter((r) => r.includes("stubborn"));
    expect(reports.filter((r) => r.includes("stubborn"))).toHaveLength(1);
    expect(report).toMatch(
      /^goroutine \d+ has kept P0 for [\d.]+ s; it went on from the line below, into code that cannot/,
    );
    // Compiled, the line is that of the suspension before.
    expect(report).toMatch(
      options === UNCOMPILED
        ? /^stubborn\(/m
        : new RegExp(`^stubborn\\(\\.{3}\\)\\n\\t.*held\\.ts:${line("line")}$`, "m"),
    );
    expect(report).toMatch(
      options === UNCOMPILED ? /running/ : new RegExp(`^created by main\\n\\t.*held\\.ts:${line("go")}$`, "m"),
    );
  });

  test("in a plain function, is counted", async () => {
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const rt = await start({ procs: 1, holdLimit: 50 });
    try {
      // Until sysmon, which starts later, has seen it, and has seen it where it was: on a slow machine it may be over by then.
      const report = /^gosched: goroutine \d+ has kept P0 .*\n[^]*?^computes\(\.\.\.\)\n.*lib\.ts:5$/m;
      while (!report.test(write.mock.calls.flat().join(""))) expect(await rt.go(lib.computes, 200)).toBe(true);
      expect(rt.stats().held).toBeGreaterThan(0);
    } finally {
      await rt.close();
      write.mockRestore();
    }
  });

  test("and gives way 1,000 times, or as often as it can in 10 s, has its locals right", async () => {
    const plain = await start({ procs: 1, compile: false, holdLimit: 0 });
    const want: string[] = [];
    for (let seed = 1; seed <= 3; seed++) want.push(await plain.go(lib.loops, seed, ROUNDS));
    await plain.close();
    const rt = await start({ procs: 2, slice: 1 });
    const preempted = (): number => rt.stats().perP.reduce((n, p) => n + p.preempted, 0);
    try {
      // Some hundreds a second on an idle machine, 40 on one that is overcommitted ten times.
      for (const began = Date.now(); preempted() < 1000 && Date.now() - began < 10_000;)
        expect(await Promise.all([1, 2, 3].map((seed) => rt.go(lib.loops, seed, ROUNDS)))).toEqual(want);
      expect(preempted()).toBeGreaterThan(100);
    } finally {
      await rt.close();
    }
  });

  test.each([1, 2])("ends when main returns, procs %i", async (procs) => {
    const { stdout, code } = await loops(["stop"], { procs });
    expect({ stdout, code }).toEqual({ stdout: "main returns\n", code: 0 });
  });
});

// Who sleeps how often is in /proc.
describe.runIf(process.platform === "linux")("a program that is idle for a moment again and again", () => {
  test("is not watched more often than it works", async () => {
    const { stdout, stderr, code } = await cli(program("idles"), [], { procs: 1 });
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
    // The thread that runs main sleeps once each time. sysmon did twice: it was woken from its deep sleep, and napped.
    const [most] = stdout.split(" ").map(Number) as [number];
    expect(most).toBeGreaterThan(0.5);
    expect(most).toBeLessThan(1.5);
  });
});
