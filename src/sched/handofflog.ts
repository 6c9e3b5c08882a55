/** `GOSCHED_DEBUG=handoff=1`: a line on stderr for each step of a hand-off, with its time. Any thread. */
import { F, I } from "../arena/arena.js";
import { DEBUG_HANDOFF, S_DEBUG, S_STARTED } from "../arena/layout.js";
import { writeAll } from "./panic.js";

/** Milliseconds since the runtime began. Threads have clocks with origins of their own: this compares between them. */
export function sinceStart(): number {
  return performance.timeOrigin + performance.now() - F[S_STARTED >> 1]!;
}

/** `text` is asked for only if the lines are wanted. */
export function note(text: () => string): void {
  if ((I[S_DEBUG]! & DEBUG_HANDOFF) !== 0) writeAll(2, `HANDOFF ${sinceStart().toFixed(3)}ms: ${text()}\n`);
}
