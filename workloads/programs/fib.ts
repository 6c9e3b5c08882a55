/** Fork-join: each goroutine starts two for the parts of its Fibonacci number, down to `cutoff`. */
import { type Chan, chan, go, goroutine } from "gosched";
import type { Outcome } from "gosched/lab";

const fib = goroutine(function* fib(n: number, cutoff: number, out: Chan<number>) {
  if (n <= cutoff) {
    yield* out.send(plainFib(n));
    return;
  }
  const parts = chan<number>(2);
  go(fib, n - 1, cutoff, parts);
  go(fib, n - 2, cutoff, parts);
  const a = (yield* parts.recv())!;
  const b = (yield* parts.recv())!;
  yield* out.send(a + b);
});

export const main = goroutine(function* main(p: { n: number; cutoff: number }) {
  const { n, cutoff } = p;
  const out = chan<number>(1);
  go(fib, n, cutoff, out);
  const check = (yield* out.recv())!;
  return { ops: goroutines(n, cutoff), check } satisfies Outcome;
});

function plainFib(n: number): number {
  return n < 2 ? n : plainFib(n - 1) + plainFib(n - 2);
}

function goroutines(n: number, cutoff: number): number {
  return n <= cutoff ? 1 : 1 + goroutines(n - 1, cutoff) + goroutines(n - 2, cutoff);
}
