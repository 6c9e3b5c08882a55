/** Virtual time: it jumps to the next timer when everything waits, and what happens when is always the same. */
import { describe, expect, it } from "vitest";
import { start } from "gosched";
import { blocks, cli } from "./child.js";
import * as lib from "../runtime/programs/lib.js";

const lines = (s: string): string[] => s.trimEnd().split("\n");
const EXPECTED: Record<string, string[]> = {
  // From the Go playground's first moment on.
  day: ["86400000 2009-11-11T23:00:00.000Z"],
  order: [
    "tick 1 at 7: ",
    "tick 2 at 14: nap 10",
    "tick 3 at 21: nap 20",
    "tick 4 at 28: ",
    "tick 5 at 35: nap 30",
    "42 140 140",
  ],
  still: ["true 499999500000", "5", "5"],
  timeout: ["context deadline exceeded 3600000"],
  promise: ["0 0", "nap 5 5"],
};

describe.each([
  { procs: 1, compile: true },
  { procs: 2, compile: true },
  { procs: 2, compile: false },
])("virtual time, procs $procs, compiled: $compile", ({ procs, compile }) => {
  const flags = ["--virtual-clock", ...(compile ? [] : ["--no-compile"])];

  it("notes D19: jumps, in order, and stands still otherwise", async () => {
    const r = await cli("virtual.ts", Object.keys(EXPECTED), { procs, flags });
    expect(r).toMatchObject({ code: 0, stderr: "" });
    expect(lines(r.stdout)).toEqual(Object.values(EXPECTED).flat());
  });

  it("a deadlock is found when no timer is left", async () => {
    const r = await cli("virtual.ts", ["dead"], { procs, flags });
    expect(lines(r.stdout)).toEqual(["then nothing is left"]);
    expect(blocks(r.stderr)[0]).toEqual(["fatal error: all goroutines are asleep - deadlock!"]);
    expect(r.code).toBe(2);
  });
});

it("the same program gives the same times, whatever runs it", async () => {
  const runs = await Promise.all(
    [1, 2, 4].map((procs) => cli("virtual.ts", ["random"], { procs, flags: ["--virtual-clock"] })),
  );
  expect(new Set(runs.map((r) => r.stdout)).size).toBe(1);
  expect(runs[0]!.stdout).toMatch(/^-?\d+ \d+(\.\d+)?\n$/);
});

it("in a library: a sleep of an hour is over at once", async () => {
  const rt = await start({ procs: 2, clock: "virtual", arena: 2 ** 26 });
  expect(await rt.go(lib.sleeps, 3_600_000)).toBe(3_600_000);
  expect(await rt.go(lib.sleeps, 1)).toBe(1);
  await rt.close();
});

it("another value than the two is refused", async () => {
  await expect(start({ clock: "fast" as never })).rejects.toThrow('clock: expected "real" or "virtual", got fast');
});
