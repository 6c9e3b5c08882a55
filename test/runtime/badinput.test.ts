/** Mistakes of the user: one clear line for each, the right exit code, and nothing hangs (each child has a deadline). */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cli, type Ended, node, root } from "../conformance/child.js";

const fixtures = `${root}test/runtime/fixtures/`;
const CLI = `${root}dist/src/cli/main.js`;

/** The one line on stderr, with the fixtures' folder taken off. */
function line(r: Ended): string {
  const text = r.stderr.replaceAll(`file://${fixtures}`, "").replaceAll(fixtures, "");
  expect(text.trimEnd().split("\n")).toHaveLength(1);
  return text.trimEnd();
}

describe("the command line", () => {
  const ok = `${fixtures}waits.ts`;
  it.each<[string, string[], RegExp | string]>([
    ["no file", ["run"], "gosched: which file? gosched run FILE [--procs N] [-- ARGS], or gosched pins FILE"],
    ["a missing file", ["run", "nope.ts"], "gosched: nope.ts: no such file"],
    ["a folder", ["run", "src"], "gosched: src: not a file"],
    ["procs 0", ["run", ok, "--procs", "0"], "gosched: procs: 0 is out of range; use an integer from 1 to 1024"],
    [
      "procs 1025",
      ["run", ok, "--procs", "1025"],
      "gosched: procs: 1025 is out of range; use an integer from 1 to 1024",
    ],
    ["procs 1.5", ["run", ok, "--procs", "1.5"], "gosched: --procs: expected an integer, got 1.5"],
    ["procs x", ["run", ok, "--procs", "x"], "gosched: --procs: expected an integer, got x"],
    ["procs without a value", ["run", ok, "--procs"], /^gosched: .*--procs.* value is missing$/],
    ["an arena that is too small", ["run", ok, "--arena", "1"], /^gosched: .*arena: \d+ is out of range/],
    ["an arena that is no number", ["run", ok, "--arena", "big"], "gosched: --arena: expected an integer, got big"],
    ["an unknown option", ["run", ok, "--frob", "3"], "gosched: Unknown option `--frob`"],
    ["an unknown command", ["frob"], /^gosched: unknown command frob; there are: run, pins, check, [a-z, ]+$/],
    ["a file too many", ["run", ok, "extra"], "gosched: Unused args: `extra`"],
  ])("%s", async (_name, args, text) => {
    const r = await node([CLI, ...args]);
    if (typeof text === "string") expect(line(r)).toBe(text);
    else expect(line(r)).toMatch(text);
    expect(r.stdout).toBe("");
    expect(r.code).toBe(1);
  });

  it.each(["0", "1025", "1.5", "many"])("GOMAXPROCS=%s in the environment", async (value) => {
    const r = await cli(ok, [], { env: { GOMAXPROCS: value } });
    expect(line(r)).toBe(`gosched: GOMAXPROCS: ${value} is out of range; use an integer from 1 to 1024`);
    expect(r.code).toBe(1);
  });

  it.each<[string, string | RegExp]>([
    ["syntax.ts", "gosched: syntax.ts:3:20: Expression expected"],
    ["syntax.mjs", /^gosched: syntax\.mjs:3:\d+: .*'?let'?/],
    ["forgotten.ts", /^gosched: forgotten\.ts:4:3: `ch\.send\(1\)` does nothing without yield\*/],
    ["captured.ts", /^gosched: captured\.ts:5:\d+: inline goroutine captures `changing`, which changes/],
    ["throws-loading.ts", "gosched: throws-loading.ts: while loading"],
    ["missing-import.ts", /^gosched: Cannot find module 'not-there\.[jt]s' imported from missing-import\.ts$/],
    ["no-main.ts", /^gosched: no-main\.ts: exports no main; write: export const main = goroutine/],
    ["main-plain.ts", /^gosched: main-plain\.ts: main is not a goroutine function; write: /],
    ["main-number.mjs", /^gosched: main-number\.mjs: main is not a goroutine function; write: /],
  ])("%s", async (file, text) => {
    const r = await cli(fixtures + file, [], { procs: 1 });
    if (typeof text === "string") expect(line(r)).toBe(text);
    else expect(line(r)).toMatch(text);
    expect(r.stdout).toBe("");
    expect(r.code).toBe(1);
  });

  it("a cold cache changes nothing about it", async () => {
    const cache = mkdtempSync(path.join(tmpdir(), "gosched-test-"));
    try {
      const r = await cli(`${fixtures}forgotten.ts`, [], { procs: 2, env: { GOSCHED_CACHE: cache } });
      expect(line(r)).toMatch(/^gosched: forgotten\.ts:4:3: /);
      expect(r.code).toBe(1);
    } finally {
      rmSync(cache, { recursive: true });
    }
  });
});

describe("threads that die", () => {
  it("process.exit inside a goroutine", async () => {
    const r = await cli(`${fixtures}exits.ts`, [], { procs: 2 });
    expect(line(r)).toMatch(/^fatal error: a thread of the runtime died: .* exited with code:? 3$/);
    expect(r.code).toBe(2);
  });

  it("a thread's own heap is full", async () => {
    const r = await node(["--max-old-space-size=60", CLI, "run", `${fixtures}heap.ts`, "--procs", "2"]);
    expect(line(r)).toMatch(/^fatal error: a thread of the runtime died: .*JS heap out of memory$/);
    expect(r.code).toBe(2);
  });

  it("a rejected promise that a goroutine left behind is none of it", async () => {
    const r = await cli(`${fixtures}rejection.ts`, [], { procs: 1 });
    expect(r.stdout).toBe("end\n");
    expect(r.code).toBe(0);
  });
});

describe("modules that use the library", () => {
  const script = (name: string): Promise<Ended> => node([`${fixtures}${name}.mjs`]);

  it("run at the top level: the threads load the module up to there, what follows is the host's", async () => {
    const r = await script("toplevel-run");
    expect(r).toMatchObject({ code: 0, stdout: "from the child\nreached\nresult 7 true\n", stderr: "" });
  });

  it("a module that throws in the threads and not on the host", async () => {
    const r = await script("throws-in-worker");
    expect(r.stdout).toBe(`RangeError ${fixtures}throws-in-worker.mjs: only in a thread\n`);
    expect(r).toMatchObject({ code: 0, stderr: "" });
  });

  it("a goroutine function that the threads never define", async () => {
    const r = await script("not-registered");
    expect(r.stdout).toMatch(
      /^Error a goroutine function was started that no loaded module defines; define it at module level/,
    );
    expect(r).toMatchObject({ code: 0, stderr: "" });
  });

  it("an uncaught panic of run, as Go reports it, and exit code 2", async () => {
    const r = await script("uncaught");
    expect(r.stderr).toMatch(
      /^panic: RangeError: uncaught\n\ngoroutine 1 \[running\]:\nmain\(\.\.\.\)\n\t.*uncaught\.mjs:3\n/,
    );
    expect(r.code).toBe(2);
  });

  it("a deadlock with nothing else to do on the host", async () => {
    const r = await script("library-deadlock");
    expect(r.stderr).toMatch(
      /^fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 \[chan receive\]:\nstuck\(/,
    );
    expect(r.stdout).toBe("");
    expect(r.code).toBe(2);
  });

  it("the same when the thread is locked to the goroutine that waits", async () => {
    const r = await script("library-deadlock-locked");
    expect(r.stderr).toMatch(/^fatal error: .* deadlock!\n\ngoroutine 1 \[chan receive, locked to thread\]:\nstuck\(/);
    expect(r.code).toBe(2);
  });

  it("no deadlock while the host has a timer", async () => {
    expect(await script("library-waits")).toMatchObject({ code: 0, stdout: "after the timer\n", stderr: "" });
  });

  it("a runtime that was never closed does not keep the process", async () => {
    expect(await script("library-abandoned")).toMatchObject({ code: 0, stdout: "done\n", stderr: "" });
  });

  it("close ends a goroutine that never stops", async () => {
    const r = await script("close-spinning");
    expect(r).toMatchObject({
      code: 0,
      stdout: "the runtime was closed before the goroutine ended\nclosed\n",
      stderr: "",
    });
  });
});

describe("Ctrl-C", () => {
  let interrupted: Ended[];
  beforeAll(async () => {
    const programs = [
      [CLI, "run", `${fixtures}waits.ts`, "--procs", "2"],
      [CLI, "run", `${fixtures}waits.ts`, "--procs", "2", "--no-compile"],
      [`${fixtures}spins.mjs`],
    ];
    interrupted = await Promise.all(
      programs.map((args) =>
        node(args, {
          // As soon as goroutines run. `close` comes when all of its threads are gone: they hold the pipes.
          started: (child) => child.stdout!.once("data", () => child.kill("SIGINT")),
        }),
      ),
    );
  });

  it.each(["a program", "an uncompiled one", "a goroutine that never yields"])("ends %s by the signal", (name) => {
    const i = ["a program", "an uncompiled one", "a goroutine that never yields"].indexOf(name);
    expect(interrupted[i]).toMatchObject({ code: null, signal: "SIGINT", stderr: "" });
  });
});

describe("output", () => {
  let r: Ended;
  beforeAll(async () => {
    r = await cli(`${root}test/runtime/programs/output.ts`, [], { procs: 2 });
  });
  afterAll(() => expect(r.code).toBe(0));

  it("lines of each goroutine appear in its order, whole, however it moves", () => {
    const next = new Map<string, number>();
    for (const l of r.stdout.trimEnd().split("\n")) {
      const m = /^([pcw]\d+) (\d+) x{60}$/.exec(l);
      expect(m, l).not.toBeNull();
      expect(Number(m![2])).toBe(next.get(m![1]!) ?? 0);
      next.set(m![1]!, Number(m![2]) + 1);
    }
    expect([...next.values()]).toEqual(Array(12).fill(200));
    expect(next.size).toBe(12);
  });

  it("what goes to stderr arrives too", () => {
    expect(r.stderr).toBe("to stderr 1\nto stderr 2\n");
  });
});
