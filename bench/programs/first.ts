import { goroutine } from "gosched";
import { clock } from "./clock.js";

/** When the first goroutine of a program runs. */
export const first = goroutine(function* first() {
  return clock();
});
