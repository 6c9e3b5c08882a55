import { type Chan, chan, go, goroutine, Mutex, runtime } from "gosched";
import { share } from "./share.js";

/** Locks and unlocks n times, as many goroutines as there are Ps, each with a mutex of its own. */
export const mutexUncontended = goroutine(function* mutexUncontended(n: number) {
  const procs = runtime.gomaxprocs();
  const counts = chan<number>();
  for (let p = 0; p < procs; p++) {
    go(locker, share(n, procs, p), counts);
  }
  let sum = 0;
  for (let p = 0; p < procs; p++) {
    sum += (yield* counts.recv()) as number;
  }
  return sum;
});

const locker = goroutine(function* locker(n: number, counts: Chan<number>) {
  const own = new Mutex();
  let count = 0;
  for (let i = 0; i < n; i++) {
    yield* own.lock();
    count++;
    own.unlock();
  }
  yield* counts.send(count);
});
