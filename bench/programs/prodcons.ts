import { type Chan, chan, go, goroutine, runtime } from "gosched";
import { share } from "./share.js";

/**
 * Passes n values through one channel with a buffer of 100, from as many producers as there are Ps to as many
 * consumers. A zero ends one consumer.
 */
export const prodCons100 = goroutine(function* prodCons100(n: number) {
  const procs = runtime.gomaxprocs();
  const values = chan<number>(100);
  const sums = chan<number>(procs);
  for (let p = 0; p < procs; p++) {
    go(producer, share(n, procs, p), values);
    go(consumer, values, sums);
  }
  let sum = 0;
  for (let p = 0; p < procs; p++) {
    sum += (yield* sums.recv()) as number;
  }
  return sum;
});

const producer = goroutine(function* producer(n: number, values: Chan<number>) {
  for (let i = 1; i <= n; i++) {
    yield* values.send(i);
  }
  yield* values.send(0);
});

const consumer = goroutine(function* consumer(values: Chan<number>, sums: Chan<number>) {
  let sum = 0;
  for (;;) {
    const v = (yield* values.recv()) as number;
    if (v === 0) break;
    sum += v;
  }
  yield* sums.send(sum);
});
