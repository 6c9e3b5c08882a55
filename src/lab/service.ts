/** How long requests take, and when they arrive: distributions for open loops. */

/** `bimodal` is that of Shinjuku (Kaffes et al., NSDI 2019): 99.5 % short, 0.5 % long; `pareto` is heavy-tailed. */
export const SERVICES = ["fixed", "exponential", "bimodal", "pareto"] as const;
export type Service = (typeof SERVICES)[number];

const SHORT_SHARE = 0.995;
/** Its variance is infinite, its mean is not. */
const PARETO_ALPHA = 1.5;
/** No request longer than this many means, or one of them would be the whole trial. */
const PARETO_CAP = 1000;

/** The service time in microseconds that belongs to a uniform number `u` in [0, 1). `long`: of `bimodal` only. */
export function serviceTime(kind: Service, mean: number, long: number, u: number): number {
  switch (kind) {
    case "fixed":
      return mean;
    case "exponential":
      return -Math.log(1 - u) * mean;
    case "bimodal":
      return u < SHORT_SHARE ? mean : long;
    case "pareto":
      return Math.min(mean * PARETO_CAP, (mean * (1 - 1 / PARETO_ALPHA)) / (1 - u) ** (1 / PARETO_ALPHA));
  }
}

/** The time to the next arrival of a Poisson process: exponential, in the unit of `mean`. */
export function arrivalGap(mean: number, u: number): number {
  return -Math.log(1 - u) * mean;
}
