import { goroutine } from "gosched";
import { burn } from "gosched/lab";

/** Between two chances to be preempted. */
const CHUNK_US = 1;

/** Computes for so long, in a loop that the scheduler can interrupt, as compiled Go code does. */
export const work = goroutine(function* work(us: number) {
  for (let left = us; left > 0; left -= CHUNK_US) burn(left < CHUNK_US ? left : CHUNK_US);
});
