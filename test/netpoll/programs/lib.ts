/** Goroutine functions that tests start from the host. */
import { setTimeout as later } from "node:timers/promises";
import { goroutine, wait } from "gosched";

export const waits = goroutine(function* waits(v: number) {
  return yield* wait(later(1, v));
});
export const waitsForEver = goroutine(function* waitsForEver() {
  yield* wait(new Promise(() => {}));
});
export const outside = (): unknown => wait(Promise.resolve(1)).next();
