import { type Chan, chan, go, goroutine, Pool, runtime } from "gosched";
import { share } from "./share.js";

/** Puts a value into one pool and takes one out, n times, as many goroutines as there are Ps. */
export const pool = goroutine(function* pool(n: number) {
  const procs = runtime.gomaxprocs();
  const values = new Pool<number>();
  const counts = chan<number>();
  for (let p = 0; p < procs; p++) {
    go(putter, share(n, procs, p), values, counts);
  }
  let sum = 0;
  for (let p = 0; p < procs; p++) {
    sum += (yield* counts.recv()) as number;
  }
  return sum;
});

const putter = goroutine(function* putter(n: number, values: Pool<number>, counts: Chan<number>) {
  let count = 0;
  for (let i = 0; i < n; i++) {
    values.put(1);
    count += values.get() as number;
  }
  yield* counts.send(count);
});
