/** How many goroutines there are (Go: gcount): all ever allocated, less the dead ones in the free lists. */
import { I } from "../arena/arena.js";
import { load, racy } from "../arena/atomics.js";
import { HOST_P, P_NGFREE, S_NG, S_NGFREE, S_NGSYS, S_NPROCS } from "../arena/layout.js";
import { allp } from "./p.js";

/** Any thread; a moment old while others run. At least 1, as in Go. */
export function numGoroutine(): number {
  let n = load(S_NG) - racy(S_NGFREE) - racy(S_NGSYS) - racy(allp(HOST_P) + P_NGFREE);
  for (let id = 0, procs = I[S_NPROCS]!; id < procs; id++) n -= racy(allp(id) + P_NGFREE);
  return n < 1 ? 1 : n;
}
