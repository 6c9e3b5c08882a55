/** How fast this machine is, so that "20 us of work" is the same work in each trial and about 20 us on each machine. */
import { burn, UNITS_PER_US } from "./record.js";

const PROBE_US = 2000;
const PROBES = 40;

/** Rounds of `burn` a microsecond: of the fastest of many short probes, for whatever disturbs one only makes it slower. */
export function calibrate(): number {
  let best = Infinity;
  for (let i = 0; i < PROBES; i++) {
    const begin = performance.now();
    burn(PROBE_US);
    best = Math.min(best, performance.now() - begin);
  }
  return (UNITS_PER_US * PROBE_US) / (best * 1000);
}
