/** A program that a wrong policy breaks: while goroutines keep all Ps busy, others come and go; each must come. */
import { atomic, chan, type Chan, go, goroutine, gosched } from "gosched";

const busy = goroutine(function* busy(stop: atomic.Int32) {
  while (stop.load() === 0) yield* gosched();
});
const worker = goroutine(function* worker(id: number, out: Chan<number>) {
  yield* gosched();
  yield* out.send(id);
});

/** The sum of the numbers below n. */
export const sum = goroutine(function* sum(n: number) {
  const out = chan<number>(n);
  const stop = new atomic.Int32();
  for (let i = 0; i < 4; i++) go(busy, stop);
  for (let i = 0; i < n; i++) go(worker, i, out);
  let total = 0;
  for (let i = 0; i < n; i++) total += (yield* out.recv())!;
  stop.store(1);
  return total;
});

export const main = goroutine(function* main() {
  yield* sum(30);
});
