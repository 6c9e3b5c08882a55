/**
 * Preemption: a goroutine that computes and never suspends, and one that wants to run every millisecond, on one P. The ticker gets
 * its turns, because the loop of the other one is interrupted when its slice is over (option `slice`, 10 ms as in Go).
 *
 *     npx gosched run examples/hog.ts --procs 1 -- [TICKS]
 */
import { go, goroutine, println, sleep } from "gosched";

const hog = goroutine(function* hog() {
  for (let x = 1; x !== 0.5;) x = (Math.imul(x, 1664525) + 1013904223) | 0;
});

export const main = goroutine(function* main() {
  const ticks = Number(process.argv[2] ?? 200);
  go(hog);
  const late: number[] = [];
  for (let i = 0; i < ticks; i++) {
    const due = performance.now() + 1;
    yield* sleep(1);
    late.push(performance.now() - due);
  }
  late.sort((a, b) => a - b);
  const ms = (q: number): string => `${late[Math.min(ticks - 1, Math.floor(ticks * q))]!.toFixed(1)} ms`;
  println(`${ticks} ticks beside a hog, late by ${ms(0.5)} (median), ${ms(0.99)} (99 %), ${ms(1)} (longest)`);
});
