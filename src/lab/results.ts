/** The results of a sweep, put together for whoever shows them. */
import { compare, type Row } from "./compare.js";
import type { Metric } from "./metrics.js";
import type { Cell, Plan, Side } from "./plan.js";
import type { Trial } from "./spec.js";
import type { State } from "./state.js";

export interface CellResult {
  cell: Cell;
  /** For each side of the plan, the control included: its trials, or why there are none. */
  sides: Array<{ side: Side; trials: Trial[]; error: string | undefined }>;
  rows: Array<Row & { metric: Metric }>;
}

export function resultsOf(plan: Plan, state: State): CellResult[] {
  return plan.cells.map((cell) => {
    const rounds = complete(cell, plan, state);
    const sides = plan.sides.map((side, i) => {
      const trials: Trial[] = [];
      let error: string | undefined;
      for (const round of rounds) {
        const result = state.result(cell.key, i, round)!;
        if ("trial" in result) trials.push(result.trial);
        else error ??= result.error;
      }
      // One that fails has no result, however often it did not.
      return { side, trials: error === undefined ? trials : [], error };
    });
    const competing = sides.filter(({ side }) => !side.control);
    const control = sides.find(({ side }) => side.control);
    const rows = cell.metrics.map((metric) => ({
      metric,
      ...compare(
        metric,
        competing.map(({ trials }) => trials.map(metric.of)),
        control?.trials.map(metric.of),
      ),
    }));
    return { cell, sides, rows };
  });
}

/** The rounds in which all sides have been measured. */
function complete(cell: Cell, { sides, runs }: Plan, state: State): number[] {
  return Array.from({ length: runs }, (_, round) => round).filter((round) =>
    sides.every((_side, i) => state.result(cell.key, i, round) !== undefined),
  );
}

/** All that went wrong, each once. What breaks the first policy breaks its control as well, in the same words. */
export function errorsOf(results: readonly CellResult[]): string[] {
  const errors = results.flatMap(({ sides }) =>
    sides.flatMap(({ side, error }) => (side.control && sides[0]?.error !== undefined ? [] : (error ?? []))),
  );
  return [...new Set(errors)];
}
