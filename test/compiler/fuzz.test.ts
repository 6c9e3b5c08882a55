/**
 * Random programs, compiled against uncompiled. GOSCHED_FUZZ=from-to runs other seeds; a failure names its seed and
 * shows the program.
 */
import { expect, it } from "vitest";
import { CompileError } from "../../src/compiler/compile.js";
import { generate } from "./generate.js";
import { always, compare, compiled, never, randomPlan } from "./harness.js";

const [from = 1, to = 120] = (process.env["GOSCHED_FUZZ"] ?? "").split("-").filter(Boolean).map(Number);

it.each([{ defers: false }, { defers: true }])(`agrees on the programs of seeds ${from} to ${to}, %o`, (options) => {
  let programs = 0;
  let preemptions = 0;
  for (let seed = from; seed <= to; seed++) {
    const source = generate(seed, options);
    let code: string;
    try {
      ({ code } = compiled(source, `seed${seed}.js`));
    } catch (e) {
      // The generator does not know which variables change before it lets a goroutine capture them.
      if (e instanceof CompileError && e.message.includes("captures `")) continue;
      throw e;
    }
    programs++;
    for (const plan of [() => always, () => never, () => randomPlan(seed), () => randomPlan(seed + 1, 0.05)]) {
      const { native, compiled: log, preemptions: n } = compare(source, code, plan, "main");
      preemptions += n;
      expect({ seed, options, source, log }).toEqual({ seed, options, source, log: native });
    }
  }
  // Loops stop between their rounds, calls before they begin.
  expect(preemptions).toBeGreaterThan(programs);
  expect(programs).toBeGreaterThan((to - from) / 2);
});
