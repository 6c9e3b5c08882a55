/** Programs end under every policy as they do in Go. */
import { beforeAll, expect, it } from "vitest";
import { policies } from "gosched";
import { node } from "../conformance/child.js";

const all = [...policies().map(({ name }) => name), "chaos:base=sharded", "chaos:base=chase-lev"];
let ends = new Map<string, unknown[]>();

beforeAll(async () => {
  const { stdout } = await node(["test/policy/programs/ends.mjs", ...all], { deadline: 150_000 });
  const results = stdout.trim().split("\n");
  ends = new Map(results.map((line) => Object.values(JSON.parse(line) as object) as [string, unknown[]]));
}, 160_000);

it.each(all)("%s: how a deadlock ends, and of some a panic", (policy) => {
  const [deadlock, panic] = ends.get(policy)!;
  expect(deadlock).toBe("FatalError 2: all goroutines are asleep - deadlock!");
  if (panic !== undefined) expect(panic).toBe("PanicError 2: RangeError: of the child");
});
