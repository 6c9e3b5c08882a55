/** Everything that was measured, as JSON: the shape that --json writes. */
import type { About } from "./table.js";
import type { CellResult } from "./results.js";
import type { Head } from "./state.js";

export function toJson(results: readonly CellResult[], about: About & { command: string }, head: Head): object {
  return {
    machine: about.machine,
    command: about.command,
    seed: about.seed,
    unitsPerUs: head.unitsPerUs,
    cells: results.map(({ cell, sides, rows }) => {
      const competing = sides.filter(({ side }) => !side.control);
      return {
        workload: cell.workload,
        procs: cell.procs,
        load: cell.load ?? null,
        metrics: rows.map(({ metric, verdicts, noise, rounds }) => ({
          ...{ name: metric.name, unit: metric.unit, better: metric.better, rounds, noise: noise ?? null },
          policies: verdicts.map(({ value, ratio, best, equal }, i) => ({
            policy: competing[i]!.side.label,
            ...(value ?? { median: null, lo: null, hi: null }),
            ratio: Number.isFinite(ratio) ? ratio : null,
            best,
            equal,
          })),
        })),
        trials: sides.map(({ side, trials, error }) => ({ policy: side.label, error: error ?? null, trials })),
      };
    }),
  };
}
