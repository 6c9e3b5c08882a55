/** What the part "sysmon" measures: goroutines that block their thread, loop, or do nothing. */
import { type Chan, chan, go, goroutine, gosched, syscall } from "gosched";
import { clock } from "./clock.js";

const cell = new Int32Array(new SharedArrayBuffer(4));
/** Blocks the thread, as a native call does. */
const block = (ms: number): void => void Atomics.wait(cell, 0, 0, ms);

const blocker = goroutine(function* blocker(ms: number, began: Chan<number>, ended: Chan<number>) {
  yield* began.send(clock());
  yield* syscall(() => block(ms));
  yield* ended.send(clock());
});

/**
 * One P. A goroutine blocks for `ms`; main, which is next on that P, notes when it runs again. Nanoseconds from before the
 * call to then, once for each trial. A trial in which the call was over by then would be a failure of what is measured.
 */
export const syscallTrials = goroutine(function* syscallTrials(trials: number, ms: number) {
  const delays: number[] = [];
  for (let i = 0; i < trials; i++) {
    const began = chan<number>(1);
    const ended = chan<number>(1);
    go(blocker, ms, began, ended);
    yield* gosched();
    const delay = clock() - (yield* began.recv())!;
    if (ended.len > 0) throw new Error("the call was over before main ran again");
    delays.push(delay);
    yield* ended.recv();
  }
  return delays;
});

const hog = goroutine(function* hog() {
  for (let x = 1; x !== 0.5;) x = (Math.imul(x, 1664525) + 1013904223) | 0;
});

/**
 * One P, one hog. A ticker wakes every millisecond (by blocking its own thread for as long) and wants to run: nanoseconds from
 * its waking to its running, once for each tick.
 */
export const ticks = goroutine(function* ticks(count: number) {
  go(hog);
  const delays: number[] = [];
  for (let i = 0; i < count; i++) {
    const due = yield* syscall(() => (block(1), clock()));
    delays.push(clock() - due);
  }
  return delays;
});

/** Nanoseconds for n system calls that do nothing. */
export const emptySyscalls = goroutine(function* emptySyscalls(n: number) {
  let sum = 0;
  const began = clock();
  for (let i = 0; i < n; i++) sum += yield* syscall(() => 1);
  const ns = clock() - began;
  if (sum !== n) throw new Error(`${sum} of ${n} calls`);
  return ns;
});
