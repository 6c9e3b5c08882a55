/** Descriptions of workloads: those that come with the lab, and what is said to wrong ones. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { builtinNames, loadWorkload } from "../../src/lab/catalogue.js";
import { metric } from "../../src/lab/metrics.js";
import type { Series, Trial } from "../../src/lab/spec.js";
import { histogram, summary } from "../../src/lab/histogram.js";

const directory = mkdtempSync(join(tmpdir(), "gosched-lab-"));
afterAll(() => rmSync(directory, { recursive: true }));

const good = { name: "mine", description: "x", program: "./mine.ts", params: { n: 1 }, metrics: ["time"] };
async function load(description: unknown): Promise<unknown> {
  const file = join(directory, "w.json");
  writeFileSync(file, typeof description === "string" ? description : JSON.stringify(description));
  return loadWorkload(file);
}

describe("the workloads that come with the lab", () => {
  it.each(builtinNames())("%s is as it should be, and its program exists", async (name) => {
    const workload = await loadWorkload(name);
    expect(workload.name).toBe(name);
    expect(existsSync(fileURLToPath(workload.program))).toBe(true);
    for (const changed of Object.keys(workload.warm)) expect(Object.keys(workload.params)).toContain(changed);
    for (const series of Object.keys(workload.deadlines)) expect(workload.series).toContain(series);
  });
});

describe("a user's workload", () => {
  it("gets defaults, and a program relative to its file", async () => {
    const workload = await load(good);
    expect(workload).toMatchObject({ name: "mine", warm: {}, series: [], samples: 200_000, open: false });
    expect((workload as { program: string }).program).toMatch(/^file:.*\/mine\.ts$/);
  });

  it.each([
    ["{", /^workload .*w\.json: not JSON: /],
    ["[]", /: not an object$/],
    [{ ...good, more: 1 }, /: it has no "more"; there are name, description, /],
    [{ ...good, name: "a b" }, /: name: letters, digits and dashes, not "a b"$/],
    [{ ...good, description: undefined }, /: description: a line of text is missing$/],
    [{ ...good, program: 1 }, /: program: the path of the goroutine's module is missing$/],
    [{ ...good, params: [1] }, /: params: an object of numbers and strings is missing$/],
    [{ ...good, params: { n: null } }, /: params: /],
    [{ ...good, warm: 1 }, /: warm: not an object of numbers and strings$/],
    [{ ...good, series: "x" }, /: series: not a list of names$/],
    [{ ...good, metrics: [] }, /: metrics: a list of names is missing$/],
    [{ ...good, samples: 0 }, /: samples: not from 1 to 16,777,216$/],
    [{ ...good, metrics: ["p99:x"] }, /^mine: no metric "p99:x"; there are time, cpu, /],
    [{ ...good, series: ["x"], metrics: ["misses:x"] }, /^mine: "misses:x": the workload sets no deadline for it$/],
  ])("%j is refused in one line", async (description, message) => {
    await expect(load(description)).rejects.toThrow(message);
    await expect(load(description)).rejects.toThrow(/^[^\n]*$/);
  });

  it("that does not exist is an error", async () => {
    await expect(loadWorkload("nosuch")).rejects.toThrow(/^no workload "nosuch"; there are .*fib, /);
    await expect(loadWorkload("./nosuch.json")).rejects.toThrow(/^workload \.\/nosuch\.json: no such file$/);
  });
});

describe("metrics", () => {
  it("are computed from a trial: per operation, percentiles in us, deadlines missed", async () => {
    const h = histogram();
    for (let ms = 1; ms <= 100; ms++) h.recordValue(ms * 1e6);
    const series: Series[] = [summary("x", h)];
    const trial = { ops: 10, ns: 1000, cpu_ns: 2000, series, shares: [1, 0], counters: { steals: 5 } };
    const workload = (await load({ ...good, series: ["x"], deadlines: { x: 90 } })) as Parameters<typeof metric>[1];
    const value = (name: string): number | undefined => metric(name, workload).of(trial as never as Trial);
    expect([value("time"), value("cpu"), value("steals"), value("jain")]).toEqual([100, 200, 0.5, 0.5]);
    expect(value("parks")).toBeUndefined();
    expect(value("p50:x")! / 50_000).toBeCloseTo(1, 2);
    expect(value("max:x")! / 100_000).toBeCloseTo(1, 2);
    expect(value("misses:x")).toBeCloseTo(0.1, 2);
  });
});
