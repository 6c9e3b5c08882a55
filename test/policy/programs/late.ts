/** A module that a runtime learns of after it has started. */
import { goroutine } from "gosched";

export const late = goroutine(function* late() {
  return "came late";
});
