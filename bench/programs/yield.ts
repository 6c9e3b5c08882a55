import { type Chan, chan, go, goroutine, gosched } from "gosched";
import { share } from "./share.js";

/** Lets two goroutines take turns: each calls `gosched` n/2 times. */
export const yieldTurns = goroutine(function* yieldTurns(n: number) {
  const counts = chan<number>();
  for (let i = 0; i < 2; i++) {
    go(yielder, share(n, 2, i), counts);
  }
  const one = (yield* counts.recv()) as number;
  const other = (yield* counts.recv()) as number;
  return one + other;
});

const yielder = goroutine(function* yielder(n: number, counts: Chan<number>) {
  let count = 0;
  for (let i = 0; i < n; i++) {
    yield* gosched();
    count++;
  }
  yield* counts.send(count);
});
