/** The models of the runtime's own code, and that they can fail: a short form of `gosched check` and `gosched check --mutants`. */
import { describe, expect, it } from "vitest";
import { Source } from "../../src/check/load.js";
import { check } from "../../src/check/model.js";
import { models } from "../../src/check/models/index.js";
import { kill, mutants } from "../../src/check/mutants/index.js";

const source = new Source();

describe("models", () => {
  it.each(models.map((m) => [m.name, m] as const))("%s", (_name, m) => {
    const r = check(m.build(source), { ...m.search, executions: 80 });
    expect(r.violation).toBeUndefined();
    expect(r.executions).toBeGreaterThan(1);
  });

  it("have names of their own", () => {
    expect(new Set(models.map((m) => m.name)).size).toBe(models.length);
  });
});

describe("seeded bugs are found", () => {
  it.each(mutants.filter((m) => m.survives === undefined).map((m) => [m.name, m] as const))("%s", (_name, m) => {
    const near = models.filter((x) => x.name.includes(m.near));
    expect(near.length).toBeGreaterThan(0);
    expect(kill(m, near, 100)).toBeDefined();
  });
});
