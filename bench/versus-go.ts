import type { Benchmark } from "./catalogue.js";
import { type Cell, interleave, type Rounds } from "../src/lab/interleave.js";
import { type Machine } from "../src/lab/machine.js";
import type { Options } from "./options.js";
import type { Timed } from "./programs/timed.js";
import { type Side, time } from "./sides.js";
import { type Estimate, estimate, estimateGeomean, median } from "../src/lab/stats.js";

/** One benchmark at one number of Ps. Times are nanoseconds per operation, `ratio` is ours over Go's. */
export interface Row {
  name: string;
  procs: number;
  ours_ns: number;
  go_ns: number;
  ratio: number;
  lo: number;
  hi: number;
  /** Cores in use on average: CPU time over wall-clock time. */
  ours_cores: number;
  go_cores: number;
}

/** Ours measured against ours: what the machine alone makes of two equal sides. */
export interface Control extends Estimate {
  name: string;
  /** The smallest and the largest ratio of a single pair. */
  least: number;
  most: number;
}

export interface Outcome {
  machine: Machine;
  /** Pairs measured for each row; fewer than asked for when --quick ran out of time. */
  rounds: number;
  rows: Row[];
  geomeans: Array<Estimate & { procs: number }>;
  control: Control | undefined;
  errors: Error[];
}

const CONTROL = "ours against ours";

/** When a quick run should have finished, after the start of this process: the rest of its minute is the build before. */
const QUICK_END_MS = 48_000;

export async function versusGo(
  options: Options,
  ours: Side,
  go: Side,
  machine: Machine,
  onProgress?: (round: number, cell: string) => void,
): Promise<Outcome> {
  const entries = options.procs.flatMap((procs) => options.benchmarks.map((benchmark) => ({ benchmark, procs })));
  const run = (side: Side, benchmark: Benchmark, procs: number) => (): Promise<Timed> =>
    time(side, benchmark, options.quick ? benchmark.quick : benchmark.full, procs);
  const cells = entries.map(({ benchmark, procs }): Cell<Timed> => {
    return { name: `${benchmark.name}/${procs}`, sides: [run(ours, benchmark, procs), run(go, benchmark, procs)] };
  });
  const watched = entries.find(({ benchmark }) => benchmark.name === "PingPong") ?? entries[0];
  if (watched !== undefined) {
    const same = run(ours, watched.benchmark, watched.procs);
    cells.push({ name: CONTROL, sides: [same, same] });
  }
  const measured = await interleave(cells, {
    runs: options.runs,
    ...(options.quick ? { budgetMs: QUICK_END_MS - performance.now() } : {}),
    ...(onProgress === undefined ? {} : { onProgress }),
  });

  const good = (result: Rounds<Timed> | undefined): result is Rounds<Timed> =>
    result !== undefined && result.error === undefined;
  const rows: Row[] = [];
  const ratiosOf = new Map<number, number[][]>();
  for (const [i, { benchmark, procs }] of entries.entries()) {
    const result = measured[i];
    if (!good(result)) continue;
    const ops = benchmark.ops((options.quick ? benchmark.quick : benchmark.full).n);
    const ratios = ratiosIn(result);
    ratiosOf.set(procs, [...(ratiosOf.get(procs) ?? []), ratios]);
    rows.push({ name: benchmark.name, procs, ...summary(result, ops), ...interval(estimate(ratios)) });
  }
  const controlPairs = measured[entries.length];
  return {
    machine,
    rounds: Math.max(...measured.map((result) => result.rounds.length)),
    rows,
    geomeans: [...ratiosOf].map(([procs, groups]) => ({ procs, ...estimateGeomean(groups) })),
    control: good(controlPairs)
      ? controlOf(`${watched?.benchmark.name}, procs ${watched?.procs}`, controlPairs)
      : undefined,
    errors: distinct(measured.flatMap((result) => result.error ?? [])),
  };
}

export function ratiosIn(result: Rounds<Timed>): number[] {
  const second = timesOf(result, 1);
  return timesOf(result, 0).map(({ ns }, i) => ns / (second[i] as Timed).ns);
}

/** What one of the sides took, round by round. */
export function timesOf(result: Rounds<Timed>, side: number): Timed[] {
  return result.rounds.map((round) => round[side] as Timed);
}

/** What breaks a benchmark breaks the control as well, in the same words. */
function distinct(errors: Error[]): Error[] {
  return [...new Map(errors.map((error) => [error.message, error])).values()];
}

function summary(result: Rounds<Timed>, ops: number): Pick<Row, "ours_ns" | "go_ns" | "ours_cores" | "go_cores"> {
  const ours = timesOf(result, 0);
  const go = timesOf(result, 1);
  const perOp = (times: Timed[]): number => median(times.map((time) => time.ns / ops));
  const cores = (times: Timed[]): number => median(times.map((time) => time.cpu_ns / time.ns));
  return { ours_ns: perOp(ours), go_ns: perOp(go), ours_cores: cores(ours), go_cores: cores(go) };
}

function interval({ median, lo, hi }: Estimate): Pick<Row, "ratio" | "lo" | "hi"> {
  return { ratio: median, lo, hi };
}

function controlOf(name: string, result: Rounds<Timed>): Control {
  const ratios = ratiosIn(result);
  return { name, ...estimate(ratios), least: Math.min(...ratios), most: Math.max(...ratios) };
}
