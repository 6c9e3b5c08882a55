/** The table for the terminal: the best in each row, and grey what cannot be told from it. */
import Table from "cli-table3";
import pc from "picocolors";
import { FEWEST_ROUNDS } from "./compare.js";
import { type Machine, machineLine } from "./machine.js";
import { type CellResult, errorsOf } from "./results.js";
import { withUnit } from "./units.js";

/** Above this the noise is worth a warning. */
const NOISY = 1.1;

export interface About {
  machine: Machine;
  seed: number;
  /** "about a minute", for instance: why there are few rounds. */
  budget: boolean;
}

export function tableText(results: readonly CellResult[], about: About, colors = pc): string {
  const labels = results[0]?.sides.filter(({ side }) => !side.control).map(({ side }) => side.label) ?? [];
  const table = new Table({
    head: ["workload", "procs", "load", "metric", ...labels],
    style: { head: [], border: [], compact: true },
    colAligns: ["left", "right", "right", "left", ...labels.map(() => "right" as const)],
  });
  for (const { cell, rows, sides } of results) {
    for (const [i, { metric, verdicts }] of rows.entries()) {
      const values = verdicts.map((verdict, side) => {
        if (verdict.value === undefined) return sides[side]?.error === undefined ? "-" : colors.red("failed");
        const text = withUnit(verdict.value.median, metric.unit);
        if (verdict.best) return colors.bold(colors.green(`${text} *`));
        return verdict.equal ? colors.gray(`${text} ~`) : `${text} x${verdict.ratio.toFixed(2)}`;
      });
      const load = cell.load === undefined ? "" : `${cell.load} %`;
      const name = i === 0 ? [cell.workload.name, cell.procs, load] : ["", "", ""];
      table.push([...name, `${metric.name}${metric.better === "higher" ? " (more is better)" : ""}`, ...values]);
    }
  }
  return [machineLine(about.machine), table.toString(), ...notes(results, about)].join("\n");
}

function notes(results: readonly CellResult[], { machine, seed, budget }: About): string[] {
  const rounds = results.map(({ rows }) => rows[0]?.rounds ?? 0);
  const [least, most] = [Math.min(...rounds), Math.max(...rounds)];
  const lines = [
    "*: best in its row.  ~: within noise of the best.  x1.50: that many times as bad as the best.",
    `Medians of ${least === most ? least : `${least} to ${most}`} fresh processes of each policy, in alternating order; seed ${seed}.`,
  ];
  if (most < FEWEST_ROUNDS)
    lines.push(`NOTE: with fewer than ${FEWEST_ROUNDS} runs nothing can be told apart; all is called equal.`);
  else if (most < 10) lines.push(`NOTE: ${budget ? "a first impression; " : ""}a result to quote needs --runs 10.`);
  const noisy = results.flatMap(({ cell, rows }) =>
    (rows[0]?.noise ?? 1) > NOISY ? [`${cell.key} ${percent(rows[0]!.noise!)}`] : [],
  );
  if (noisy.length > 0)
    lines.push(
      `NOISY: the same policy twice differed by up to this much, and smaller differences mean nothing: ${noisy.join(", ")}.`,
    );
  if (machine.load > 0.5) lines.push(`NOTE: the load average was ${machine.load} at the start: others may compete.`);
  const oversubscribed = Math.max(...results.map(({ cell }) => cell.procs));
  if (oversubscribed > machine.cores) lines.push(`NOTE: ${oversubscribed} procs on ${machine.cores} cores.`);
  for (const error of errorsOf(results)) lines.push(`FAILED: ${error}`);
  return lines;
}

const percent = (ratio: number): string => `${Math.round((ratio - 1) * 100)} %`;
