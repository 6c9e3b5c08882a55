/**
 * Seeded bugs: the checker must be able to fail. Each is a change of one place of the real source, of the kind that people
 * make (a step left out, two swapped, an atomic step made of two plain ones); some are bugs that other projects had. A
 * mutant is killed when some model finds a violation in it.
 */
import { Source } from "../load.js";
import { check } from "../model.js";
import type { CoreModel } from "../models/common.js";
import { map } from "./map.js";
import { meet } from "./meet.js";
import { memory } from "./memory.js";
import type { Mutant } from "./mutant.js";
import { queues } from "./queues.js";
import { sched } from "./sched.js";
import { sync } from "./sync.js";
import { time } from "./time.js";

export type { Mutant } from "./mutant.js";

export const mutants: readonly Mutant[] = [...queues, ...sched, ...sync, ...meet, ...time, ...map, ...memory];

/**
 * The model that kills a mutant, and how; undefined: it survives. `seconds`: for each model that looks where the change is; the
 * others, tried when none of those has found it, have a tenth of that, and none of it if the mutant is known to survive.
 */
export function kill(
  mutant: Mutant,
  models: readonly CoreModel[],
  seconds: number,
): { model: string; kind: string } | undefined {
  const source = new Source([mutant, ...(mutant.also === undefined ? [] : [mutant.also])]);
  const near = models.filter((m) => m.name.includes(mutant.near));
  const others = mutant.survives === undefined ? models.filter((m) => !near.includes(m)) : [];
  for (const m of [...near, ...others]) {
    const most = near.includes(m) ? seconds : seconds / 10;
    const { violation } = check(m.build(source), { ...m.search, seconds: most, ...mutant.search });
    if (violation !== undefined) return { model: m.name, kind: violation.kind };
  }
  return undefined;
}
