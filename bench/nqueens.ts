import { nqueens } from "./catalogue.js";
import { type Cell, interleave } from "../src/lab/interleave.js";
import type { Timed } from "./programs/timed.js";
import { type Side, time } from "./sides.js";
import { type Estimate, estimate, median } from "../src/lab/stats.js";
import { ratiosIn, timesOf } from "./versus-go.js";

/** How much faster a program that mostly computes gets by a second P: time at one over time at two. */
export interface Speedup extends Estimate {
  side: Side["name"];
  one_ms: number;
  two_ms: number;
}

/** Fresh processes at procs 1 and 2 in pairs, all sides in turn. */
export async function speedups(
  sides: readonly Side[],
  runs: number,
  quick: boolean,
  onProgress: (round: number, cell: string) => void,
): Promise<Speedup[]> {
  const size = quick ? nqueens.quick : nqueens.full;
  const cells = sides.map((side): Cell<Timed> => {
    const at = (procs: number) => (): Promise<Timed> => time(side, nqueens, size, procs);
    return { name: `n-queens, ${side.name}`, sides: [at(1), at(2)] };
  });
  const results = await interleave(cells, { runs, onProgress });
  return results.map((result, i) => {
    if (result.error !== undefined) throw result.error;
    const ms = (side: number): number => median(timesOf(result, side).map(({ ns }) => ns)) / 1e6;
    return { side: (sides[i] as Side).name, one_ms: ms(0), two_ms: ms(1), ...estimate(ratiosIn(result)) };
  });
}
