import { type Chan, chan, go, goroutine } from "gosched";
import { LIMIT } from "./constants.js";

/** Finds the primes up to LIMIT, `rounds` times over, with one goroutine a prime that drops the multiples of it. */
export const sieve = goroutine(function* sieve(rounds: number) {
  let sum = 0;
  for (let i = 0; i < rounds; i++) {
    sum += yield* sumOfPrimes();
  }
  return sum;
});

const sumOfPrimes = goroutine(function* sumOfPrimes() {
  let numbers = chan<number>();
  go(count, numbers);
  let sum = 0;
  for (;;) {
    const prime = yield* numbers.recv();
    if (prime === undefined) return sum;
    sum += prime;
    const rest = chan<number>();
    go(filter, numbers, rest, prime);
    numbers = rest;
  }
});

const count = goroutine(function* count(out: Chan<number>) {
  for (let i = 2; i <= LIMIT; i++) {
    yield* out.send(i);
  }
  out.close();
});

const filter = goroutine(function* filter(from: Chan<number>, to: Chan<number>, prime: number) {
  for (;;) {
    const n = yield* from.recv();
    if (n === undefined) break;
    if (n % prime !== 0) {
      yield* to.send(n);
    }
  }
  to.close();
});
