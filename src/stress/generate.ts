/**
 * From a seed to a program. A program is data, for goroutine functions stand at module level: some scenarios with their
 * parameters, which run at the same time, and the numbers of the goroutines that each will start. The fixed goroutine
 * functions in scenarios/ and program.ts interpret it.
 */
import { Random } from "./random.js";
import { type Params, type Scenario } from "./scenarios/common.js";
import { scenarioOf, scenarios } from "./scenarios/index.js";

/** One scenario of a program. Its goroutines have the numbers base .. base + count - 1. */
export interface Scene extends Params {
  kind: string;
  base: number;
  count: number;
  seed: number;
}

export interface Program {
  seed: number;
  scenes: Scene[];
  /** Scenes run at the same time, or one after the other. */
  parallel: boolean;
  /** Goroutines that are to be counted: the sum of the counts. */
  total: number;
  /** Size of the ledger's buffer: at least `total`, or small, and then a pinned goroutine empties it all the time. */
  ledger: number;
  /** How often GOMAXPROCS is changed while the scenes run. */
  resizes: number;
}

export function generate(seed: number, only: readonly string[] = []): Program {
  const r = new Random(seed);
  const among: readonly Scenario[] = only.length > 0 ? only.map(scenarioOf) : scenarios;
  const scenes: Scene[] = [];
  let total = 0;
  for (let i = r.between(1, 5); i > 0; i--) {
    const s = r.pick(among);
    const p = s.pick(r);
    const count = s.count(p);
    scenes.push({ kind: s.kind, ...p, base: total, count, seed: r.below(2 ** 31) });
    total += count;
  }
  const parallel = r.below(4) !== 0;
  const ledger = r.below(4) === 0 ? r.below(5) : total + 1;
  const resizes = r.below(3) === 0 ? r.between(1, 12) : 0;
  return { seed, scenes, parallel, total, ledger, resizes };
}

/** The program with these scenes only, by their numbers: for a failure that others have no part in. */
export function narrow(p: Program, keep: readonly number[]): Program {
  let total = 0;
  const scenes = keep.map((i) => {
    const scene = p.scenes[i];
    if (scene === undefined) throw new Error(`--scenes ${i}: the program has the scenes 0 to ${p.scenes.length - 1}`);
    const base = total;
    total += scene.count;
    return { ...scene, base };
  });
  return { ...p, scenes, total, ledger: p.ledger > p.total ? total + 1 : p.ledger };
}

/** Ways to make a program that is described wrongly: the stress test must notice each of them. */
export const sabotages = ["count", "twice", "lost", "value"] as const;
export type Sabotage = (typeof sabotages)[number];

export function sabotage(p: Program, how: Sabotage): Program {
  const base = p.total;
  const scene = { kind: "sabotage", n: sabotages.indexOf(how), a: 0, b: 0, base, count: 1, seed: 0 };
  return { ...p, scenes: [...p.scenes, scene], total: p.total + 1, ledger: p.total + 3 };
}
