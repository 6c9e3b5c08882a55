/** What a user may write on the command line, and what the lab says to everything else. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parseLab } from "../../src/lab/options.js";

const directory = mkdtempSync(join(tmpdir(), "gosched-lab-"));
afterAll(() => rmSync(directory, { recursive: true }));

describe("options of the lab", () => {
  it("have defaults: a minute's worth of a first impression", () => {
    const options = parseLab({});
    expect(options.policies).toContain("gmp");
    expect(options.policies.length).toBeGreaterThan(1);
    expect(options.budgetMs).toBeLessThan(60_000);
    expect(options.loads).toEqual([70]);
  });

  it("have ten runs and no budget as soon as something is asked for", () => {
    expect(parseLab({ workloads: "skynet" })).toMatchObject({ runs: 10, budgetMs: undefined, workloads: ["skynet"] });
    expect(parseLab({ workloads: "skynet", seconds: 5 })).toMatchObject({ budgetMs: 5000 });
  });

  it("take lists, ranges and assignments", () => {
    const given = { procs: "1,2,4", load: "10..95", set: ["rounds=5", "job=hash"], metrics: "time,cpu", seed: 7 };
    expect(parseLab(given)).toMatchObject({
      procs: [1, 2, 4],
      loads: [10, 27, 44, 61, 78, 95],
      set: { rounds: 5, job: "hash" },
      metrics: ["time", "cpu"],
      seed: 7,
    });
    expect(parseLab({ load: "20,50" }).loads).toEqual([20, 50]);
    expect(parseLab({ procs: 2 }).procs).toEqual([2]);
  });

  it("keep a policy and its knobs together, and compare a user's own with gmp", () => {
    const file = join(directory, "mine.ts");
    writeFileSync(file, "");
    expect(parseLab({ policies: `gmp,${file}:a=1,b=2,gmp` }).policies).toEqual(["gmp", `${file}:a=1,b=2`, "gmp"]);
    expect(parseLab({ policy: file }).policies).toEqual(["gmp", file]);
    expect(parseLab({ policies: "global-fifo", policy: [file, `${file}:a=1`] }).policies).toEqual([
      "global-fifo",
      file,
      `${file}:a=1`,
    ]);
  });

  it.each([
    [{ policies: "nosuch" }, /^--policies: .*there is no nosuch.*gmp/],
    [{ policies: "" }, /^--policies: the list is empty$/],
    [{ policy: "./nosuch.ts" }, /^--policy: \.\/nosuch\.ts: no such file$/],
    [{ procs: "0" }, /^--procs: 0 is not a number from 1 to 1024$/],
    [{ procs: "1,x" }, /^--procs: x is not a number/],
    [{ procs: "1.5" }, /^--procs: 1\.5 is not a whole number$/],
    [{ load: "0" }, /^--load: 0 is not a number from 1 to 200$/],
    [{ load: "500" }, /^--load: 500 is not a number from 1 to 200$/],
    [{ load: "90..10" }, /^--load: 90\.\.10 is empty/],
    [{ load: "10..900" }, /^--load: 900 is not a number from 1 to 200$/],
    [{ load: "a..b" }, /^--load: a\.\.b is not a number/],
    [{ runs: 0 }, /^--runs: 0 is not a number from 1 to 10000$/],
    [{ slice: 0 }, /^--slice: 0 is not a number from 1 to 10000$/],
    [{ seed: "x" }, /^--seed: x is not a number/],
    [{ set: "rounds" }, /^--set: rounds: write name=value$/],
    [{ html: true }, /^--html: which file\?$/],
    [{ json: directory }, /^--json: .* is a directory$/],
    [{ bench: join(directory, "no", "x.txt") }, /^--bench: cannot write .*ENOENT/],
    // Whoever may write everywhere cannot write there either.
    [{ html: process.platform === "linux" ? "/proc/x.html" : join(directory, "no", "x") }, /^--html: cannot write /],
  ])("%j is refused in one line", (given, message) => {
    expect(() => parseLab(given)).toThrow(message);
    expect(() => parseLab(given)).toThrow(/^[^\n]*$/);
  });

  it("leave the files as they were that they look at", () => {
    const [old, young] = [join(directory, "old.txt"), join(directory, "young.txt")];
    writeFileSync(old, "kept");
    expect(parseLab({ json: old, html: young })).toMatchObject({ json: old, html: young });
    expect(readFileSync(old, "utf8")).toBe("kept");
    expect(existsSync(young)).toBe(false);
  });
});
