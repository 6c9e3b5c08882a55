/** What a sweep measures: each workload at each number of Ps and, if it is an open loop, at each load. */
import { createHash } from "node:crypto";
import type { Loaded } from "./catalogue.js";
import { type Metric, metric } from "./metrics.js";

export interface Cell {
  workload: Loaded;
  procs: number;
  /** Per cent of the capacity; of open loops only. */
  load: number | undefined;
  /** As in the state file and in the results. */
  key: string;
  metrics: Metric[];
}

/** One column: a policy, or the first of them once more (the noise guard). */
export interface Side {
  /** As in the table; two equal policies get different ones. */
  label: string;
  /** As in the option `policy` of `run`. */
  policy: string;
  control: boolean;
}

export interface Plan {
  cells: Cell[];
  sides: Side[];
  runs: number;
  /** Ends before a round that would take longer than this after the start; undefined: never. */
  budgetMs: number | undefined;
  timeoutMs: number;
  /** Whether the policies are watched: see the option `policyCheck` of `run`. */
  checked: boolean;
  /** The option `slice` of `run`. */
  slice: number;
}

export function cellsOf(
  workloads: readonly Loaded[],
  procs: readonly number[],
  loads: readonly number[],
  metrics: readonly string[] | undefined,
): Cell[] {
  const cells: Cell[] = [];
  for (const workload of workloads) {
    const list = (metrics ?? workload.metrics).map((name) => metric(name, workload));
    for (const p of procs) {
      for (const load of workload.open ? loads : [undefined]) {
        const key = `${workload.name}/procs=${p}${load === undefined ? "" : `/load=${load}`}`;
        cells.push({ workload, procs: p, load, key, metrics: list });
      }
    }
  }
  return cells;
}

/** The policies, numbered where one is given twice, and the control. */
export function sidesOf(policies: readonly string[]): Side[] {
  const seen = new Map<string, number>();
  const sides = policies.map((policy): Side => {
    const n = (seen.get(policy) ?? 0) + 1;
    seen.set(policy, n);
    return { label: n === 1 ? policy : `${policy}#${n}`, policy, control: false };
  });
  const first = policies[0]!;
  return [...sides, { label: `${first} (control)`, policy: first, control: true }];
}

/** Changes when results of one plan must not be mixed with those of another. `context`: whatever else they depend on. */
export function fingerprint({ cells, sides, runs, checked, slice }: Plan, context: unknown): string {
  const what = { cells: cells.map(({ key, workload }) => [key, workload]), sides, runs, checked, slice, context };
  return createHash("sha256").update(JSON.stringify(what)).digest("hex").slice(0, 16);
}
