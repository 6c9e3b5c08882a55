/**
 * Which policy is best in a row, and which differ from it.
 *
 * A policy is called different from the best one if two things hold: the interval of the ratio of the two, round by round,
 * does not contain 1; and the ratio is larger than what the machine made of two equal sides (the control: the first
 * policy once more). Everything else is called equal. The interval is at 95 % for the row as a whole: with k policies each
 * of the k - 1 comparisons is made at 1 - 0.05 / (k - 1) (Bonferroni). With fewer than four rounds nothing is called different.
 */
import type { Metric } from "./metrics.js";
import { type Estimate, estimate, median } from "./stats.js";

export const FEWEST_ROUNDS = 4;
/** Of the bootstrap: the rarest end that is looked at, 0.05 / 2 shared by ten comparisons, still has five of them. */
const RESAMPLES = 2000;
/** Ratios of counts that may be 0. */
const TINY = 1e-9;

export interface Verdict {
  /** Of the values. undefined: the trial has no such thing. */
  value: Estimate | undefined;
  /** How many times as bad as the best one; of the best one 1. */
  ratio: number;
  best: boolean;
  /** The best one, or not to be told from it. */
  equal: boolean;
}

export interface Row {
  verdicts: Verdict[];
  /** How far two equal sides were apart: the farther end of the control's interval, as a ratio of at least 1. */
  noise: number | undefined;
  rounds: number;
}

/** `values[side][round]`; all sides have the same rounds. `control`: the same for the first side's twin. */
export function compare(
  metric: Pick<Metric, "better">,
  values: ReadonlyArray<ReadonlyArray<number | undefined>>,
  control: ReadonlyArray<number | undefined> | undefined,
): Row {
  const known = values.map((side) => (side.every((v) => v !== undefined) && side.length > 0 ? (side as number[]) : []));
  const worse = metric.better === "lower" ? 1 : -1;
  const medians = known.map((side) => (side.length === 0 ? undefined : median(side)));
  let best = -1;
  for (const [i, m] of medians.entries())
    if (m !== undefined && (best < 0 || worse * (m - medians[best]!) < 0)) best = i;
  const rounds = Math.max(0, ...known.map((side) => side.length));
  const noise = noiseOf(known[0], control);
  const rivals = known.filter((side) => side.length > 0).length - 1;
  const level = 1 - 0.05 / Math.max(1, rivals);

  const verdicts = known.map((side, i): Verdict => {
    if (side.length === 0) return { value: undefined, ratio: NaN, best: false, equal: false };
    const value = estimate(side, RESAMPLES);
    if (i === best) return { value, ratio: 1, best: true, equal: true };
    const ratio = estimate(ratios(side, known[best]!, worse), RESAMPLES, 1, level);
    const different = rounds >= FEWEST_ROUNDS && ratio.lo > 1 && ratio.median > (noise ?? 1);
    return { value, ratio: ratio.median, best: false, equal: !different };
  });
  return { verdicts, noise, rounds };
}

/** How many times as bad `a` is as `b`, round by round. */
function ratios(a: readonly number[], b: readonly number[], worse: number): number[] {
  return a.map((v, round) => ((v + TINY) / (b[round]! + TINY)) ** worse);
}

function noiseOf(first: readonly number[] | undefined, control: Parameters<typeof compare>[2]): number | undefined {
  if (first === undefined || control === undefined || first.length === 0) return undefined;
  if (control.length !== first.length || control.some((v) => v === undefined)) return undefined;
  const { lo, hi } = estimate(ratios(first, control as number[], 1), RESAMPLES);
  return Math.max(hi, 1 / lo, 1);
}
