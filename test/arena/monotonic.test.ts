/** The clock of a thread that was stopped while it took the distance of its clock to that of all. */
import { afterEach, expect, test, vi } from "vitest";

const real = process.hrtime;
afterEach(() => {
  process.hrtime = real;
});

test.each([0, 1, 5])("stopped for 20 ms in try %i", async (when) => {
  let calls = 0;
  process.hrtime = Object.assign((): [number, number] => {
    const now = real();
    if (calls++ === when) for (const end = performance.now() + 20; performance.now() < end;);
    return now;
  }, real);
  vi.resetModules();
  const { monotonic } = await import("../../src/arena/monotonic.js");
  process.hrtime = real;
  expect(calls).toBeGreaterThan(when);
  // The least of several: the test's thread may be stopped as well.
  const off = Array.from({ length: 100 }, () => {
    const [s, ns] = real();
    return Math.abs(monotonic() - (s * 1e3 + ns / 1e6));
  });
  expect(Math.min(...off)).toBeLessThan(5);
});
