/** The object by which V8 finds the code of a loop wrong (stack/stops.ts): its shapes, and where emitted code reads and replaces it. */
import { expect, it } from "vitest";
import { type Stops, stopped } from "../../src/stack/stops.js";
import { compare, compiled, type Plan } from "./harness.js";

it("counts stops, changes its shape after 1, 16 and 128, and stays the same then", () => {
  let stops: Stops = { n: 0 };
  const changes: number[] = [];
  const seen = new Set([Object.keys(stops).join()]);
  for (let n = 1; n <= 128; n++) {
    const next = stopped(stops);
    expect(next.n).toBe(n);
    if (Object.keys(next).join() !== Object.keys(stops).join()) changes.push(n);
    seen.add(Object.keys(next).join());
    stops = next;
  }
  expect(changes).toEqual([1, 16, 128]);
  expect(seen.size).toBe(4);
  expect(stopped(stops)).toBe(stops);
});

const program = (loop: string): string =>
  `import { goroutine, log } from "gosched"; export const main = goroutine(function* main() { let s = 0; ${loop} log(s); });`;

it.each([
  ["for (let i = 0; i < 5000; i++) s = (s + i) | 0;", true],
  ["for (let k = 0; k < 3; k++) for (let i = 0; i < 3000; i++) s = (s + i) | 0;", true],
  ["let n = 5000; while (n--) s = (s + n) | 0;", false],
])("is read once in an activation that reaches its longest stretch: %s", (loop, counts) => {
  const source = program(loop);
  const { code } = compiled(source);
  expect(/let [^;]*\$stops\S* = \{ n: 0 \}/.test(code)).toBe(counts);
  if (!counts) return;
  // Each read is noted: the object's `n` becomes an accessor.
  const noted = code.replace(/\{ n: 0 \}/g, '{ get n() { scope__.log("read"); return 0; } }');
  const quiet: Plan = { suspend: () => false };
  const { native, compiled: log } = compare(source, noted, () => quiet, "main");
  expect(log.filter((line) => line === "read")).toHaveLength(1);
  expect(log.filter((line) => line !== "read")).toEqual(native);
  // Stopped at 300 looks in a row: the object takes all its shapes.
  let looks = 0;
  const stopping: Plan = { suspend: () => false, preempt: () => looks++ < 300 };
  expect(compare(source, code, () => ((looks = 0), stopping), "main").preemptions).toBe(300);
});
