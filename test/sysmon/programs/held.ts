/** A goroutine in code that cannot be interrupted. `gosched run held.ts -- MS`: for so long. */
import { go, goroutine, gosched, println, WaitGroup } from "gosched";

const [ms = "0"] = process.argv.slice(2);

function compute(ms: number): number {
  let n = 0;
  for (const until = performance.now() + ms; performance.now() < until;) n++;
  return n;
}

const stubborn = goroutine(function* stubborn(wg: WaitGroup) {
  yield* gosched();
  compute(Number(ms));
  yield* gosched();
  compute(Number(ms));
  wg.done();
});

export const main = goroutine(function* main() {
  const wg = new WaitGroup();
  wg.add(1);
  go(stubborn, wg);
  yield* wg.wait();
  println("done");
});
