/** Depth, numbers, a GOMAXPROCS that changes, locked threads. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Runtime, start } from "gosched";
import { node, root } from "../conformance/child.js";
import * as limits from "./programs/limits.js";

/** Printed with the test's name; the same seed makes the same sequence of changes. */
const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 1e9));

it("values that lie beyond 2 GiB of a 4 GiB arena", async () => {
  const r = await node([`${root}test/runtime/fixtures/big.mjs`]);
  expect(r).toMatchObject({ code: 0, stderr: "" });
  expect(r.stdout).toMatch(/^chan\(0x[0-9a-f]+, 0\/4\) true true 3 true true\n$/);
});

describe.each([1, 2])("procs %i", (procs) => {
  let rt: Runtime;
  beforeEach(async () => {
    rt = await start({ procs });
  });
  afterEach(() => rt.close());

  it("recursion a million deep", async () => {
    expect(await rt.go(limits.recursion, 1_000_000)).toEqual([1_000_000, "12345678910", 10]);
  });

  it("an exception, and goexit, through thousands of finally blocks that suspend", async () => {
    const n = 5000;
    expect(await rt.go(limits.finallies, n)).toEqual(["bottom", (n * (n + 1)) / 2]);
    expect(await rt.go(limits.exitsDeep, n)).toBe(n + 1);
  });

  it("100,000 goroutines at once, each counted once, twice over", async () => {
    const n = 100_000;
    for (let i = 0; i < 2; i++)
      expect(await rt.go(limits.crowd, n)).toEqual({ alive: n, seen: n, sum: (n * (n - 1)) / 2 });
  });

  it(`GOMAXPROCS changes 300 times while work goes on (SEED=${seed})`, async () => {
    expect(await rt.go(limits.resized, seed, 3000, 300)).toEqual({ once: true, changes: "300 changes, 0 wrong" });
    await rt.go(limits.setProcs, procs);
    expect(rt.stats().procs).toBe(procs);
  });

  it("three goroutines change GOMAXPROCS at the same time", async () => {
    expect(await rt.go(limits.rivals, 60)).toBe(true);
  });

  it("lockOSThread keeps the thread until the last unlock", async () => {
    expect(await rt.go(limits.locked, 300)).toEqual({ away: 0, wrong: 0 });
  });

  it("each of several locked goroutines has a thread of its own", async () => {
    expect(await rt.go(limits.lockedMany, 4)).toEqual({ threads: 4, kept: 4 });
    // Threads of goroutines that ended locked serve others again.
    expect(await rt.go(limits.lockedMany, 4)).toEqual({ threads: 4, kept: 4 });
  });

  it("a goroutine that is pinned to a thread which another one locks goes on", async () => {
    expect(await rt.go(limits.lockedAndPinned, 100)).toEqual({ away: 0, answers: 100 });
  });
});
