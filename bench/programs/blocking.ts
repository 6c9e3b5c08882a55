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
 * One P. A goroutine blocks for `ms`; another one, which is next on that P, notes when it runs again: nanoseconds from before
 * the call to then. If the call was over by then, that is a failure of what is measured.
 */
export const syscallTrial = goroutine(function* syscallTrial(ms: number) {
  const began = chan<number>(1);
  const ended = chan<number>(1);
  go(blocker, ms, began, ended);
  yield* gosched();
  const delay = clock() - (yield* began.recv())!;
  if (ended.len > 0) throw new Error("the call was over before another goroutine ran");
  yield* ended.recv();
  return delay;
});

export const hog = goroutine(function* hog() {
  for (let x = 1; x !== 0.5;) x = (Math.imul(x, 1664525) + 1013904223) | 0;
});

/**
 * One P, one hog. A ticker wakes every millisecond (by blocking its own thread for as long) and wants to run: nanoseconds from
 * its waking to its running, once for each tick. The hog is started beside it.
 */
export const ticks = goroutine(function* ticks(count: number) {
  const delays: number[] = [];
  for (let i = 0; i < count; i++) {
    const due = yield* syscall(() => (block(1), clock()));
    delays.push(clock() - due);
  }
  return delays; // few enough to move to another thread
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
