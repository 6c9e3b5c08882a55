import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { always, compare, compiled, never, type Plan, randomPlan } from "./harness.js";

const SEEDS = 6;

for (const name of ["expressions", "statements", "loops", "closures", "arrays", "lines"]) {
  const source = readFileSync(new URL(`fixtures/${name}.js`, import.meta.url), "utf8");
  const { code } = compiled(source, `${name}.js`);
  const entries = [...source.matchAll(/^export const ([to]_\w+)/gm)].map((m) => m[1]!);
  describe(`compiled like uncompiled: ${name}`, () => {
    it.each(entries)("%s", (entry) => {
      const check = (what: string, plan: () => Plan): void => {
        const { native, compiled: log } = compare(source, code, plan, entry);
        expect({ what, log }).toEqual({ what, log: native });
      };
      check("suspending everywhere", () => always);
      check("suspending nowhere", () => never);
      for (let seed = 1; seed <= SEEDS; seed++) check(`seed ${seed}`, () => randomPlan(seed));
      for (let seed = 1; seed <= SEEDS; seed++) check(`seed ${seed} with failures`, () => randomPlan(seed, 0.05));
    });
  });
}
