/** Semaphore.acquire with a context, at 1 and 2 procs, compiled and not. */
import { expect, it } from "vitest";
import { cli } from "./child.js";

const EXPECTED = `free: acquired
never cancelled: acquired
full: context deadline exceeded
too many: sem.acquire(11): the semaphore's size is 10, so this would wait for ever
cancelled before: context canceled
and holds nothing: true false
the large one: context canceled
the small one behind it acquired
left: false true
handed over: true
race: 0 0 true true
`;

it.each([
  { procs: 1, compile: true },
  { procs: 2, compile: true },
  { procs: 4, compile: true },
  { procs: 1, compile: false },
  { procs: 2, compile: false },
])("procs $procs, compiled: $compile", async ({ procs, compile }) => {
  const r = await cli("semaphore.ts", [], { procs, flags: compile ? [] : ["--no-compile"] });
  expect(r).toMatchObject({ code: 0, stderr: "", stdout: expect.stringMatching(/./) as string });
  // Who gave up and who came after may print in either order.
  const lines = (s: string): string[] => s.split("\n").sort();
  expect(lines(r.stdout)).toEqual(lines(EXPECTED));
});
