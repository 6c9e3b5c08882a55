import { writeFileSync } from "node:fs";
import Table from "cli-table3";
import { machineLine } from "../src/lab/machine.js";
import type { Outcome, Row } from "./versus-go.js";

/** The shape that --json writes. */
export interface Json {
  machine: Outcome["machine"];
  results: Array<Pick<Row, "name" | "procs" | "ours_ns" | "go_ns" | "ratio" | "lo" | "hi">>;
  geomean: Record<string, number>;
}

export function toJson(outcome: Outcome): Json {
  return {
    machine: outcome.machine,
    results: outcome.rows.map(({ name, procs, ours_ns, go_ns, ratio, lo, hi }) => ({
      name,
      procs,
      ours_ns: rounded(ours_ns),
      go_ns: rounded(go_ns),
      ratio: rounded(ratio),
      lo: rounded(lo),
      hi: rounded(hi),
    })),
    geomean: Object.fromEntries(outcome.geomeans.map(({ procs, median }) => [String(procs), rounded(median)])),
  };
}

export function writeJson(file: string, value: unknown): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}

/** Everything that `npm run bench:go` prints when it has finished. */
export function versusGoText(outcome: Outcome, operations: ReadonlyMap<string, string>, quick: boolean): string {
  const { machine, rounds, rows, geomeans } = outcome;
  const table = plainTable([
    "benchmark",
    "procs",
    "ours ns/op",
    "Go ns/op",
    "ours / Go",
    "95 % interval",
    "cores",
    "operation",
  ]);
  for (const row of rows) {
    table.push([
      row.name,
      right(row.procs),
      right(digits(row.ours_ns)),
      right(digits(row.go_ns)),
      right(row.ratio.toFixed(2)),
      right(`${row.lo.toFixed(2)} - ${row.hi.toFixed(2)}`),
      right(`${row.ours_cores.toFixed(1)} / ${row.go_cores.toFixed(1)}`),
      operations.get(row.name) ?? "",
    ]);
  }
  const lines = [machineLine(machine), table.toString()];
  lines.push(`${rounds} pairs of fresh processes a row, in alternating order; median ratio, bootstrap interval.`);
  lines.push("Below 1: faster than Go. Cores: CPU time over wall-clock time, ours / Go.");
  for (const { procs, median, lo, hi } of geomeans) {
    const ratios = rows.filter((row) => row.procs === procs);
    const worst = ratios.reduce((a, b) => (b.ratio > a.ratio ? b : a));
    lines.push(
      `procs ${procs}: geometric mean of ${ratios.length} ratios ${median.toFixed(2)} ` +
        `(${lo.toFixed(2)} - ${hi.toFixed(2)}), worst ${worst.ratio.toFixed(2)} (${worst.name})`,
    );
  }
  lines.push(...noise(outcome));
  const tooMany = Math.max(...rows.map((row) => row.procs));
  if (tooMany > machine.cores) lines.push(`NOTE: ${tooMany} procs on ${machine.cores} cores.`);
  if (quick) lines.push("QUICK: small sizes, few runs. Not for quoting.");
  else if (rounds < 10) lines.push(`NOTE: ${rounds} pairs are few; a result needs 10.`);
  return lines.join("\n");
}

/** The noise guard: two equal sides must come out equal, and close to it in every pair. */
function noise({ control, machine }: Outcome): string[] {
  if (control === undefined) return [];
  const { name, median, lo, hi, least, most } = control;
  const lines = [
    `ours against ours (${name}): ratio ${median.toFixed(2)} (${lo.toFixed(2)} - ${hi.toFixed(2)}), ` +
      `single pairs ${least.toFixed(2)} to ${most.toFixed(2)}`,
  ];
  const off = Math.max(hi - 1, 1 - lo);
  if (off > 0.1) {
    lines.push(
      `NOISY: two equal sides differ by up to ${Math.round(off * 100)} %; smaller differences above mean nothing.`,
    );
  }
  // Its own build, just before, leaves about 0.3.
  if (machine.load > 0.5)
    lines.push(`NOTE: the load average was ${machine.load} at the start: other programs may compete.`);
  return lines;
}

/** A table without colours, the same on a terminal and in a file. */
export function plainTable(head: string[]): Table.Table {
  return new Table({ head, style: { head: [], border: [] } });
}

export function right(content: string | number): Table.Cell {
  return { content: String(content), hAlign: "right" };
}

/** Three significant digits, as many as such a measurement can have. */
export function digits(ns: number): string {
  return ns >= 100 ? ns.toFixed(0) : ns >= 10 ? ns.toFixed(1) : ns.toFixed(2);
}

function rounded(value: number): number {
  return Number(value.toPrecision(5));
}
