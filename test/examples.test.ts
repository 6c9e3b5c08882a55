/** The example programs, run as their headers say. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { QUIET, root } from "./conformance/child.js";

interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

function node(...args: string[]): Ended {
  const env = { ...process.env, ...QUIET };
  return spawnSync(process.execPath, args, { cwd: root, env, encoding: "utf8", timeout: 90_000 });
}

/** `gosched run examples/NAME.ts --procs PROCS -- ARGS`; expects success and returns the lines printed. */
function run(name: string, procs: number, ...args: string[]): string[] {
  const ended = node("dist/src/cli/main.js", "run", `examples/${name}.ts`, "--procs", String(procs), "--", ...args);
  expect(ended).toMatchObject({ status: 0, stderr: "" });
  return ended.stdout.trimEnd().split("\n");
}

describe.each([1, 2, 4])("examples at procs=%i", (procs) => {
  it("hello: three greetings in any order", () => {
    const lines = run("hello", procs);
    expect(lines.map((line) => line.replace(/ \d+$/, "")).sort()).toEqual([
      "hello, gopher, from thread",
      "hello, node, from thread",
      "hello, world, from thread",
    ]);
  });

  it("pipeline: squares in order", () => {
    const squares = [1, 4, 9, 16, 25, 36, 49, 64, 81, 100];
    expect(run("pipeline", procs)).toEqual([...squares.map(String), "sum 385"]);
  });

  it("sieve: the first primes", () => {
    const primes = "2 3 5 7 11 13 17 19 23 29 31 37 41 43 47 53 59 61 67 71 73 79 83 89 97".split(" ");
    expect(run("sieve", procs, "25")).toEqual(primes);
  });

  it("pingpong: the player adds one to the ball in every round", () => {
    expect(run("pingpong", procs, "2000")).toEqual([expect.stringMatching(/^2000 round trips, \d+ ns each$/)]);
  });

  it("skynet: the sum of all leaves", () => {
    expect(run("skynet", procs, "100000")).toEqual([expect.stringMatching(/^4999950000 in \d+ ms$/)]);
  });

  it("echo: every message of a thousand connections comes back", () => {
    expect(run("echo", procs)).toEqual([expect.stringMatching(/^1000 connections, 10000 messages echoed, \d+ ms$/)]);
  });

  it("httpserver: answers, and shuts down when the last one is answered", () => {
    expect(run("httpserver", procs)).toEqual([
      "you asked for /page/0",
      "you asked for /page/1",
      "you asked for /page/2",
      "248890 bytes came back, 0 small letters among them",
      "you asked for /slow",
      "requests: 5",
      "shut down: context canceled",
    ]);
  });

  it("crawler: each page once", () => {
    expect(run("crawler", procs, "50", "4")).toEqual(["50 pages, 99 links, at most 4 at a time"]);
  });

  it("promises: fetch, fs.promises and timers", () => {
    expect(run("promises", procs)).toEqual([
      "200 { path: '/from/fetch' }",
      "written and read with fs.promises",
      "a rejection is thrown: ENOENT",
      "10 ticks",
    ]);
  });

  it("hog: the ticker gets all its turns", () => {
    const late = "[\\d.]+ ms";
    expect(run("hog", procs, "20")).toEqual([
      expect.stringMatching(
        new RegExp(`^20 ticks beside a hog, late by ${late} \\(median\\), ${late} \\(99 %\\), ${late} \\(longest\\)$`),
      ),
    ]);
  });

  it("hasher: what the files' hashes are, each once", () => {
    const files = readdirSync(`${root}/examples`);
    const want = files.map((file) => {
      const hash = createHash("sha256").update(readFileSync(`${root}/examples/${file}`));
      return `${hash.digest("hex")}  ${file}`;
    });
    const lines = run("hasher", procs, "examples", "3");
    expect(lines.pop()).toBe(`${files.length} files`);
    expect(lines.sort()).toEqual(want.sort());
  });

  it("nqueens: the known number of ways", () => {
    expect(run("nqueens", procs, "8")).toEqual([expect.stringMatching(/^8 queens: 92 ways, \d+ ms$/)]);
    expect(run("nqueens", procs, "10")).toEqual([expect.stringMatching(/^10 queens: 724 ways, \d+ ms$/)]);
  });
});

describe("examples", () => {
  it("are all tested here", () => {
    const names = readdirSync(`${root}/examples`).map((file) => file.replace(/\.ts$/, ""));
    expect(names.sort()).toEqual([
      "crawler",
      "echo",
      "hasher",
      "hello",
      "hog",
      "httpserver",
      "nqueens",
      "pingpong",
      "pipeline",
      "promises",
      "sieve",
      "skynet",
      "wordcount",
    ]);
  });

  it("wordcount: the goroutine alone counts what the host program counts, and that is checked", () => {
    const [alone] = run("wordcount", 2);
    expect(alone).toMatch(/^[1-9]\d* lines, [1-9]\d* words, [1-9]\d* characters$/);
    const host = node("dist/examples/wordcount.js", "2");
    expect(host).toMatchObject({ status: 0, stderr: "" });
    expect(host.stdout).toContain(`files: ${alone}\n`);
    expect(host.stdout).toContain("checked: a plain loop on one thread counts the same\n");
    expect(host.stdout).toMatch(/procs=2 +[\d.]+ ms, [\d.]+ times as fast/);
    expect(host.stdout).toMatch(/run.*stolen.*parked.*migrated/);
  });

  it("nqueens: a bad argument is a panic that names it", () => {
    const ended = node("dist/src/cli/main.js", "run", "examples/nqueens.ts", "--", "99");
    expect(ended.status).toBe(2);
    expect(ended.stderr).toContain("RangeError: N is 99: use 2 to 20");
  });
});
