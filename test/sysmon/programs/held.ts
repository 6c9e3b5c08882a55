/** A goroutine in code that cannot be interrupted: `gosched run held.ts -- FILE`. It computes until there is that file, then once more. */
import { existsSync } from "node:fs";
import { go, goroutine, gosched, println, WaitGroup } from "gosched";

const [file = ""] = process.argv.slice(2);

function compute(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until;);
}
function untilReported(): void {
  // At most for so long; then there was no report, and the test says so.
  for (let i = 0; i < 200 && !existsSync(file); i++) compute(100);
}

const stubborn = goroutine(function* stubborn(wg: WaitGroup) {
  yield* gosched(); // @line
  untilReported();
  yield* gosched();
  compute(500);
  wg.done();
});

export const main = goroutine(function* main() {
  const wg = new WaitGroup();
  wg.add(1);
  go(stubborn, wg); // @go
  yield* wg.wait();
  println("done");
});
