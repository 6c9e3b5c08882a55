/** Carries out a plan: measures the capacities that loads are shares of, then all cells in interleaved rounds. */
import { fileURLToPath } from "node:url";
import { TRIAL } from "../paths.js";
import { ChildError, measure } from "./child.js";
import { interleave } from "./interleave.js";
import type { Cell, Plan, Side } from "./plan.js";
import { seeded } from "./random.js";
import type { Spec, Trial } from "./spec.js";
import type { Result, State } from "./state.js";
import { median } from "./stats.js";

/** What the loads of a cell are shares of is known this well. */
const CAPACITY_TRIALS = 3;

/** Told before each trial: how many there are at most, how many are done, and what comes now. */
export type OnTrial = (done: number, all: number, what: string) => void;

export async function sweep(plan: Plan, state: State, onTrial: OnTrial): Promise<void> {
  const { cells, sides, runs } = plan;
  const begin = performance.now();
  const capacities = new Map(cells.filter(({ load }) => load !== undefined).map((cell) => [capacityKey(cell), cell]));
  const all = cells.length * sides.length * runs + capacities.size * CAPACITY_TRIALS;
  let done = 0;
  for (const [key, cell] of capacities) {
    if (state.gap(key) === undefined) {
      const side: Side = { label: "capacity", policy: "gmp", control: true };
      const times: number[] = [];
      for (let i = 0; i < CAPACITY_TRIALS; i++) {
        onTrial(done + i, all, `capacity of ${key}`);
        const { ns, ops } = await trial(plan, cell, side, state, i, 0);
        times.push(ns / ops / 1e6);
      }
      state.putGap(key, median(times));
    }
    done += CAPACITY_TRIALS;
  }

  const checks = new Map<string, number>();
  const failed = new Map<string, string>();
  const once = async (cell: Cell, i: number, round: number): Promise<void> => {
    const side = sides[i]!;
    const column = `${cell.key} ${i}`;
    onTrial(done++, all, `${cell.key}, ${side.label}`);
    let result = state.result(cell.key, i, round);
    const known = result !== undefined;
    const before = failed.get(column);
    result ??= before === undefined ? await attempt(plan, cell, side, state, round) : { error: before };
    result = verified(result, checks, `${cell.key} ${round}`);
    if (!known) state.put(cell.key, i, round, result);
    // It would fail again, and a hang takes its whole time-out.
    if ("error" in result) failed.set(column, result.error);
  };
  await interleave(
    cells.map((cell) => ({
      name: cell.key,
      sides: sides.map((_side, i) => (round: number) => once(cell, i, round)),
    })),
    { runs, ...(plan.budgetMs === undefined ? {} : { budgetMs: plan.budgetMs - (performance.now() - begin) }) },
  );
}

export function capacityKey({ workload, procs }: Cell): string {
  return `${workload.name}/procs=${procs}`;
}

/** The mean time between two arrivals, in milliseconds. */
export function gapOf(cell: Cell, state: State): number {
  return cell.load === undefined ? 0 : (100 / cell.load) * (state.gap(capacityKey(cell)) ?? 0);
}

async function attempt(plan: Plan, cell: Cell, side: Side, state: State, round: number): Promise<Result> {
  try {
    return { trial: await trial(plan, cell, side, state, round, gapOf(cell, state)) };
  } catch (error) {
    if (!(error instanceof ChildError) || /signal SIGINT|signal SIGTERM/.test(error.message)) throw error;
    return { error: error.message };
  }
}

async function trial(
  plan: Plan,
  { workload, procs, key }: Cell,
  side: Side,
  state: State,
  round: number,
  gap: number,
): Promise<Trial> {
  const common = { seed: seeded(state.head.seed, round), ...(workload.open ? { gap } : {}) };
  const spec: Spec = {
    program: workload.program,
    params: { ...workload.params, ...common },
    warm: workload.warm,
    procs,
    policy: side.policy,
    checked: plan.checked,
    slice: plan.slice,
    unitsPerUs: state.head.unitsPerUs,
    series: workload.series,
    samples: workload.samples,
    timeline: round === 0 && !side.control,
  };
  const result = (await measure({
    file: process.execPath,
    args: [fileURLToPath(TRIAL), JSON.stringify(spec)],
    label: `${key}, ${side.label}`,
    timeoutMs: plan.timeoutMs,
  })) as Trial;
  if (result.lost > 0)
    throw new ChildError(`${key}: more samples than the ${workload.samples} that it declares; raise "samples"`);
  return result;
}

/** There is no time for a wrong answer: all policies must come to the same one. */
function verified(result: Result, checks: Map<string, number>, where: string): Result {
  if ("error" in result || result.trial.check === undefined) return result;
  const first = checks.get(where);
  if (first === undefined) checks.set(where, result.trial.check);
  else if (first !== result.trial.check)
    return { error: `wrong answer: ${result.trial.check}, where another policy came to ${first}` };
  return result;
}
