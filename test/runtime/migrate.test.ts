/** A goroutine goes on on another thread with its locals intact, thousands of times; with objects live it stays. */
import { expect, it } from "vitest";
import { cli, root } from "../conformance/child.js";

interface Phase {
  phase: string;
  bad: string;
  moves: number;
  steps: number;
  threads: number;
}

async function migrate(args: string[], flags: string[]): Promise<Record<string, Phase>> {
  const r = await cli(`${root}test/runtime/programs/migrate.ts`, args, { procs: 2, flags });
  expect({ code: r.code, stderr: r.stderr }).toEqual({ code: 0, stderr: "" });
  const lines = r.stdout.trimEnd().split("\n");
  expect(lines.pop()).toBe("end");
  return Object.fromEntries(lines.map((l) => JSON.parse(l) as Phase).map((p) => [p.phase, p]));
}
const threads = (mask: number): number => mask.toString(2).replaceAll("0", "").length;

it("three frames deep, with a local of every kind, 3000 changes of thread", async () => {
  const { portable, pinned, released } = await migrate(["3000", "100000"], []);
  expect(portable).toMatchObject({ bad: "" });
  expect(portable!.moves).toBeGreaterThanOrEqual(3000);
  expect(threads(portable!.threads)).toBeGreaterThanOrEqual(2);
  // A Map, a class instance, a closure, an array of objects: live over all 3000 suspensions.
  expect(pinned).toMatchObject({ bad: "", moves: 0, steps: 3000 });
  // A Set that is dead after a while: it moves again.
  expect(released).toMatchObject({ bad: "", moves: 750 });
});

it("uncompiled, the same program stays on one thread and sees the same values", async () => {
  const { portable, pinned, released } = await migrate(["500", "500", "1"], ["--no-compile"]);
  expect(portable).toMatchObject({ bad: "", moves: 0 });
  expect(threads(portable!.threads)).toBe(1);
  expect(pinned).toMatchObject({ bad: "", moves: 0 });
  expect(released).toMatchObject({ bad: "", moves: 0 });
});
