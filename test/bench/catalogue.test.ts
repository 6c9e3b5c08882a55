import { describe, expect, test } from "vitest";
import { benchmarks, core, library, nqueens, sieveMessages } from "../../bench/catalogue.js";

const named = (name: string) => benchmarks.find((benchmark) => benchmark.name === name)!;

describe("catalogue", () => {
  test("has the benchmarks that the targets speak of, in their order", () => {
    expect(core.map((benchmark) => benchmark.name)).toEqual(
      "Yield, PingPong, SpawnWait, Skynet, ProdCons100, Sieve, ForkJoinFib, MutexUncontended".split(", "),
    );
    expect(library.map((benchmark) => benchmark.name)).toEqual(
      "SelectUncontended, SelectSync, SelectNonblock, Pool, SyncMapLoad, MutexContended, RWMutexRead, WaitGroup, Cond8, TimerStartStop, Sleep1ms, ContextCancelTree".split(
        ", ",
      ),
    );
  });

  test("sizes suit the programs: whole batches of 1000, powers of ten, an even share for each side", () => {
    for (const size of ["full", "quick"] as const) {
      for (const warm of ["n", "warm"] as const) {
        expect(named("SpawnWait")[size][warm] % 1000).toBe(0);
        expect(Math.log10(named("Skynet")[size][warm]) % 1).toBe(0);
        expect(named("Yield")[size][warm] % 2).toBe(0);
      }
    }
    expect(named("Skynet").full.n).toBe(1_000_000);
  });

  test("checksums and operations are exact integers at every size", () => {
    for (const benchmark of [...benchmarks, nqueens]) {
      for (const size of [benchmark.full, benchmark.quick]) {
        for (const procs of [1, 2, 3, 8]) {
          expect(Number.isSafeInteger(benchmark.checksum(size.n, procs))).toBe(true);
        }
        expect(Number.isSafeInteger(benchmark.ops(size.n))).toBe(true);
      }
    }
  });

  test("messages of the sieve, counted by passing every number through every filter", () => {
    let messages = 0;
    const filters: number[] = [];
    for (let n = 2; n <= 500; n++) {
      let at = 0;
      messages++; // from the goroutine that counts to the first filter, or to main
      while (at < filters.length && n % filters[at]! !== 0) {
        messages++; // from this filter to the next, or to main
        at++;
      }
      if (at === filters.length) filters.push(n);
    }
    expect(sieveMessages(500)).toBe(messages);
  });

  test("calls of the recursive Fibonacci function, counted by calling it", () => {
    let calls = 0;
    const fib = (n: number): number => {
      calls++;
      return n < 2 ? n : fib(n - 1) + fib(n - 2);
    };
    const value = fib(15);
    expect(named("ForkJoinFib").ops(15)).toBe(calls);
    expect(named("ForkJoinFib").checksum(15, 1)).toBe(value);
  });

  test("producers' values, summed for an uneven share", () => {
    // 10 values by 3 producers: 4, 3 and 3 of them, each counting from 1.
    expect(named("ProdCons100").checksum(10, 3)).toBe(10 + 6 + 6);
  });
});
