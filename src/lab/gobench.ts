/** The results in the format of Go's benchmarks, one line a trial, for benchstat (golang.org/x/perf) and its kin. */
import { arch, platform } from "node:os";
import type { Machine } from "./machine.js";
import type { CellResult } from "./results.js";

const GOARCH: Record<string, string> = { x64: "amd64", ia32: "386" };

export function goBenchText(results: readonly CellResult[], machine: Machine): string {
  const lines = [
    `goos: ${platform()}`,
    `goarch: ${GOARCH[arch()] ?? arch()}`,
    "pkg: gosched/lab",
    `cpu: ${machine.cpu}`,
  ];
  for (const { cell, sides } of results) {
    for (const { side, trials } of sides) {
      const parts = [name(cell.workload.name), `policy=${word(side.label)}`];
      if (cell.load !== undefined) parts.push(`load=${cell.load}`);
      for (const trial of trials) {
        const values = cell.metrics.flatMap(({ name, unit, of }) => {
          const value = of(trial);
          return value === undefined ? [] : [`${Number(value.toPrecision(6))} ${unitOf(name, unit)}`];
        });
        lines.push(`Benchmark${parts.join("/")}-${cell.procs}\t${trial.ops}\t${values.join("\t")}`);
      }
    }
  }
  return `${lines.join("\n")}\n`;
}

/** `serve-bimodal` as `ServeBimodal`: a benchmark's name begins with a capital. */
function name(workload: string): string {
  return workload.replace(/(?:^|-)(.)/g, (_all, letter: string) => letter.toUpperCase());
}

/** No blank and no slash may be in a name. */
function word(label: string): string {
  return label.replace(/\s+/g, "-").replace(/\//g, "_");
}

/** `p99:short` in us is `p99-short-us`: a unit has to be one word, and tells the values of a line apart. */
function unitOf(metric: string, unit: string): string {
  return metric.includes(":") || !unit.includes("/") ? `${word(metric).replace(":", "-")}-${unit}` : unit;
}
