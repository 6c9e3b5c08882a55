/** A goroutine goes on on a thread that does not know its module yet, for the host has imported it since: nothing is lost on the way. */
import { expect, it } from "vitest";
import { node } from "../conformance/child.js";

it.each([
  ["woken", "42"],
  ["returned", "42"],
  ["thrown", "RangeError: answer 42"],
])("%s", async (name, each) => {
  const r = await node(["test/runtime/fixtures/late.mjs", name]);
  expect(r).toMatchObject({ code: 0, stderr: "", stdout: `${each}\n` });
});
