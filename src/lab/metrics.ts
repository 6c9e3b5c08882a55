/** What can be looked at in a trial: names, units, and which way is better. */
import { LabError } from "./fail.js";
import { jain } from "./fairness.js";
import { merge } from "./histogram.js";
import type { Series, Trial } from "./spec.js";
import type { Workload } from "./workload.js";

export interface Metric {
  /** As in a workload's `metrics`: `time`, `p99:short`. */
  name: string;
  unit: string;
  better: "lower" | "higher";
  /** undefined: this trial cannot say. */
  of: (trial: Trial) => number | undefined;
}

interface Kind {
  unit: string;
  better: Metric["better"];
  meaning: string;
}

const PERCENTILES = ["mean", "p50", "p90", "p99", "p999", "max"] as const;
type Percentile = (typeof PERCENTILES)[number];

const perOp =
  (counter: string) =>
  (t: Trial): number | undefined =>
    t.counters[counter] === undefined ? undefined : t.counters[counter] / t.ops;

const PLAIN: Record<string, Kind & { of: Metric["of"] }> = {
  time: { unit: "ns/op", better: "lower", meaning: "time of the run for each operation", of: (t) => t.ns / t.ops },
  cpu: { unit: "cpu-ns/op", better: "lower", meaning: "CPU time of all threads", of: (t) => t.cpu_ns / t.ops },
  rss: { unit: "MB", better: "lower", meaning: "largest size of the process", of: (t) => t.rss / 1e6 },
  jain: {
    unit: "jain",
    better: "higher",
    meaning: "Jain's fairness of the shares: 1 is even, 1/n is all to one",
    of: (t) => (t.shares === undefined ? undefined : jain(t.shares)),
  },
  queued: { unit: "queued", better: "lower", meaning: "goroutines in queues, on average", of: (t) => t.queued.mean },
  parks: { unit: "parks/op", better: "lower", meaning: "threads put to sleep", of: perOp("mparks") },
  wakes: { unit: "wakes/op", better: "lower", meaning: "threads woken", of: perOp("wakes") },
  spins: { unit: "spins/op", better: "lower", meaning: "searches for work begun", of: perOp("spins") },
  steals: { unit: "steals/op", better: "lower", meaning: "searches of another P that found work", of: perOp("steals") },
  tries: { unit: "tries/op", better: "lower", meaning: "looks into another P's queue", of: perOp("tries") },
  migrations: { unit: "moves/op", better: "lower", meaning: "goroutines resumed elsewhere", of: perOp("migrated") },
  preemptions: { unit: "preempts/op", better: "lower", meaning: "slices ended", of: perOp("preempted") },
};

/** For the help text and docs/lab.md. */
export const METRICS: ReadonlyMap<string, string> = new Map([
  ...Object.entries(PLAIN).map(([name, { meaning }]): [string, string] => [name, meaning]),
  ...PERCENTILES.map((p): [string, string] => [`${p}:SERIES`, "of the samples of a series, in microseconds"]),
  ["misses:SERIES", "share of the samples above the workload's deadline for the series"],
]);

/** The metric of that name for this workload; throws a LabError that says which there are. */
export function metric(name: string, workload: Workload): Metric {
  const [kind, series] = name.split(":") as [string, string | undefined];
  const plain = PLAIN[kind];
  if (plain !== undefined && series === undefined) return { name, ...plain };
  const known = workload.series ?? [];
  const percentile = PERCENTILES.find((p) => p === kind);
  if (series === undefined || !known.includes(series) || (percentile === undefined && kind !== "misses"))
    throw new LabError(
      `${workload.name}: no metric "${name}"; there are ${Object.keys(PLAIN).join(", ")}` +
        (known.length === 0 ? "" : `, and ${PERCENTILES.join(", ")}, misses with :${known.join(" or :")}`),
    );
  const of = (t: Trial): Series | undefined => t.series.find((s) => s.name === series && s.count > 0);
  if (percentile !== undefined) return { name, unit: "us", better: "lower", of: (t) => us(of(t), percentile) };
  const deadline = workload.deadlines?.[series];
  if (deadline === undefined) throw new LabError(`${workload.name}: "${name}": the workload sets no deadline for it`);
  return { name, unit: "misses", better: "lower", of: (t) => missed(of(t), deadline) };
}

function us(series: Series | undefined, percentile: Percentile): number | undefined {
  return series === undefined ? undefined : series[percentile] * 1000;
}

/** Of the histogram: a value stands for all that have the same three digits. */
const RESOLUTION = 1.001;

/** The share of samples above `deadline` ms, as fine as the histogram is. */
function missed(series: Series | undefined, deadline: number): number | undefined {
  if (series === undefined) return undefined;
  const h = merge([series]);
  const due = deadline * 1e6 * RESOLUTION;
  let lo = 0;
  let hi = 100;
  // The percentile at which the deadline is reached: the histogram has no other way to ask.
  for (let i = 0; i < 30; i++) {
    const mid = (lo + hi) / 2;
    if (h.getValueAtPercentile(mid) > due) hi = mid;
    else lo = mid;
  }
  return h.maxValue <= due ? 0 : 1 - lo / 100;
}
