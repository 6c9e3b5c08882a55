/** What the runtime says when everything sleeps: nothing while a promise may settle, Go's deadlock when none is left. */
import { setTimeout as later } from "node:timers/promises";
import { chan, goroutine, println, wait } from "gosched";

export const main = goroutine(function* main() {
  yield* wait(later(20));
  println("waited");
  if (process.argv[2] === "never") yield* wait(new Promise(() => {}));
  yield* chan<number>().recv();
});
