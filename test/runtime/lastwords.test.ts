/** A thread posts why it ends, and ends: the host hears both, in whatever order they come. */
import { expect, it } from "vitest";
import { node } from "../conformance/child.js";

it.each([
  ["result", "resolved: a result", 0],
  ["deadlock", "rejected: all goroutines are asleep - deadlock!", 2],
  ["panic", "rejected: RangeError: of main", 2],
])("%s: the thread's end is heard of before its last words", async (how, settled, code) => {
  const r = await node(["test/runtime/fixtures/lastwords.mjs", how]);
  expect(r.stdout).toBe(`held back\n${settled}\n`);
  // 13: the promise of `run` did not settle.
  expect(r.code).toBe(code);
});
