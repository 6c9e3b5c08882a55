/** A scale of a plot: from values to places, and where the ticks are. */

export interface Axis {
  label: string;
  log?: boolean;
  /** How a tick is written. */
  format?: (value: number) => string;
  /** Where to put ticks instead. */
  ticks?: readonly number[];
}

export interface Scale {
  at: (value: number) => number;
  ticks: number[];
}

/** From the smallest of the values to the largest, onto the places `from` to `to`. */
export function scale(values: readonly number[], axis: Axis, from: number, to: number): Scale {
  const good = values.filter((v) => Number.isFinite(v) && (axis.log !== true || v > 0));
  let lo = good.length === 0 ? 1 : Math.min(...good);
  let hi = good.length === 0 ? 2 : Math.max(...good);
  if (axis.log === true) {
    if (hi <= lo * 1.01) [lo, hi] = [lo / 2, hi * 2];
    const ticks = axis.ticks ?? decades(lo, hi);
    const span = Math.log(hi / lo);
    return { at: (v) => from + ((to - from) * Math.log(Math.max(v, lo) / lo)) / span, ticks: within(ticks, lo, hi) };
  }
  lo = Math.min(lo, 0);
  if (hi === lo) hi = lo + 1;
  const ticks = axis.ticks ?? steps(lo, hi);
  return { at: (v) => from + ((to - from) * (v - lo)) / (hi - lo), ticks: within(ticks, lo, hi) };
}

const within = (ticks: readonly number[], lo: number, hi: number): number[] =>
  ticks.filter((tick) => tick >= lo * 0.999 && tick <= hi * 1.001);

/** 1, 10, 100, and 2 and 5 of each as well if there are few. */
function decades(lo: number, hi: number): number[] {
  const ticks: number[] = [];
  const factors = hi / lo > 1000 ? [1] : [1, 2, 5];
  for (let e = Math.floor(Math.log10(lo)); e <= Math.ceil(Math.log10(hi)); e++)
    for (const factor of factors) ticks.push(factor * 10 ** e);
  return ticks;
}

/** About five round numbers. */
function steps(lo: number, hi: number): number[] {
  const raw = (hi - lo) / 5;
  const size = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((factor) => factor * size >= raw)! * size;
  const ticks: number[] = [];
  for (let tick = Math.ceil(lo / step) * step; tick <= hi; tick += step) ticks.push(Number(tick.toPrecision(12)));
  return ticks;
}
