/**
 * Prime sieve: a chain of goroutines, one for each prime found so far; each drops the multiples of its prime. The
 * classic picture of goroutines and channels, and hard work for a scheduler: the last prime passes all the others.
 *
 *     npx gosched run examples/sieve.ts [-- COUNT]
 */
import { type Chan, chan, go, goroutine, println } from "gosched";

const generate = goroutine(function* generate(out: Chan<number>) {
  for (let n = 2; ; n++) yield* out.send(n);
});

const filter = goroutine(function* filter(inp: Chan<number>, out: Chan<number>, prime: number) {
  for (;;) {
    const n = (yield* inp.recv())!;
    if (n % prime !== 0) yield* out.send(n);
  }
});

export const main = goroutine(function* main() {
  const count = Number(process.argv[2] ?? 20);
  let numbers = chan<number>();
  go(generate, numbers);
  for (let i = 0; i < count; i++) {
    const prime = (yield* numbers.recv())!;
    println(prime);
    const rest = chan<number>();
    go(filter, numbers, rest, prime);
    numbers = rest;
  }
  // When main returns, the program is over: the filters that still wait end with it.
});
