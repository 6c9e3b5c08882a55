import { type GoFunc, goroutine } from "gosched";
import { clock } from "./clock.js";

/** What a child measures: wall-clock and CPU time of all its threads, and the program's result. */
export interface Timed {
  ns: number;
  cpu_ns: number;
  checksum: number;
}

/** Runs a program once to warm up and once more by the clock, as `main` of bench/go/main.go does. */
export const timed = goroutine(function* timed(program: GoFunc<[number], number>, n: number, warm: number) {
  yield* program(warm);
  const cpu = cpuTime();
  const begin = clock();
  const checksum = yield* program(n);
  const ns = clock() - begin;
  return { ns, cpu_ns: cpuTime() - cpu, checksum } satisfies Timed;
});

/** What all threads of the process have used so far, in nanoseconds. */
function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}
