/**
 * `npm run bench:hooks`: what the hooks of scheduling policies cost who has none (src/sched/policy.ts). The same programs by the
 * runtime as it is, and by one that was built without hooks; and by the first once more, for what two equal ones differ by.
 *
 * Processor time, not time: with one P nobody waits for another, and what else runs on the machine counts less.
 */
import { fail } from "./fail.js";
import { interleave } from "../src/lab/interleave.js";
import { machine, machineLine } from "../src/lab/machine.js";
import { type Estimate, estimate, estimateGeomean, median } from "../src/lab/stats.js";
import { type Options, parseOptions } from "./options.js";
import type { Timed } from "./programs/timed.js";
import { progress } from "./progress.js";
import { digits, plainTable, right, writeJson } from "./report.js";
import { oursSide, time, withoutHooks } from "./sides.js";

try {
  const options = parseOptions("bench:hooks", process.argv.slice(2));
  if (options !== undefined) await hooks(options);
} catch (error) {
  fail("bench:hooks", error);
}

async function hooks({ benchmarks, procs, runs, quick, timeoutMs, json }: Options): Promise<void> {
  const here = machine();
  const { on, end } = progress(runs);
  const ours = oursSide(timeoutMs);
  const entries = procs.flatMap((n) => benchmarks.map((benchmark) => ({ benchmark, n })));
  const cells = entries.map(({ benchmark, n }) => ({
    name: `${benchmark.name}/${n}`,
    sides: [ours, withoutHooks(timeoutMs), ours].map(
      (side) => (): Promise<Timed> => time(side, benchmark, quick ? benchmark.quick : benchmark.full, n),
    ),
  }));
  const measured = await interleave(cells, { runs, onProgress: on });
  end();
  const errors = measured.flatMap(({ error }) => error ?? []);
  if (errors.length > 0) return fail("bench:hooks", ...errors);

  const table = plainTable(["benchmark", "procs", "ns/op", "without", "ratio", "95 % interval", "equal sides"]);
  const rows = entries.map(({ benchmark, n }, i) => {
    const { rounds } = measured[i]!;
    const ratios = (a: number, b: number): number[] => rounds.map((sides) => sides[a]!.cpu_ns / sides[b]!.cpu_ns);
    const perOp = (side: number): number =>
      median(rounds.map((sides) => sides[side]!.cpu_ns)) / benchmark.ops((quick ? benchmark.quick : benchmark.full).n);
    // Of a round the one of the two equal sides that is nearer to the other in time is not always the same: the mean of both.
    const paired = rounds.map((_, k) => (ratios(0, 1)[k]! + ratios(2, 1)[k]!) / 2);
    return { name: benchmark.name, procs: n, ns: perOp(0), without: perOp(1), paired, equal: ratios(0, 2) };
  });
  const all = (of: "paired" | "equal"): Estimate => estimateGeomean(rows.map((row) => row[of]));
  const shown = ({ median: m, lo, hi }: Estimate): string[] => [m.toFixed(3), `${lo.toFixed(3)} - ${hi.toFixed(3)}`];
  for (const { name, procs: n, ns, without, paired, equal } of rows) {
    const numbers = [n, digits(ns), digits(without), ...shown(estimate(paired)), estimate(equal).median.toFixed(3)];
    table.push([name, ...numbers.map(right)]);
  }
  console.log(machineLine(here));
  console.log(table.toString());
  console.log(
    `${runs} rounds of fresh processes, in alternating order; processor time. Above 1: hooks cost something.`,
  );
  for (const of of ["paired", "equal"] as const) {
    const [mean, interval] = shown(all(of));
    console.log(
      `${of === "paired" ? "with hooks, against without" : "two equal sides"}: geometric mean ${mean} (${interval})`,
    );
  }
  if (quick) console.log("QUICK: small sizes, few runs. Not for quoting.");
  if (json !== undefined) writeJson(json, { machine: here, rows, all: all("paired"), equal: all("equal") });
}
