import { chan, go, goroutine, type Suspend } from "gosched";
import { CUTOFF } from "./constants.js";

/**
 * Computes the n-th Fibonacci number. Above the cutoff one half of the work goes to a goroutine and the other half is
 * done in place.
 */
export const forkJoinFib = goroutine(function* forkJoinFib(n: number): Generator<Suspend, number, any> {
  if (n <= CUTOFF) {
    return fib(n);
  }
  const forked = chan<number>(1);
  go(function* () {
    yield* forked.send(yield* forkJoinFib(n - 1));
  });
  const here = yield* forkJoinFib(n - 2);
  const there = (yield* forked.recv()) as number;
  return there + here;
});

function fib(n: number): number {
  if (n < 2) {
    return n;
  }
  return fib(n - 1) + fib(n - 2);
}
