/** Calls that block their thread, beside goroutines that compute: does a blocked thread take its P with it? */
import { go, goroutine, syscall, WaitGroup } from "gosched";
import type { Outcome } from "gosched/lab";
import { work } from "./work.js";

/** Nobody notifies it: waiting on it is sleeping. */
const pillow = new Int32Array(new SharedArrayBuffer(4));

const caller = goroutine(function* caller(calls: number, ms: number, done: WaitGroup) {
  for (let i = 0; i < calls; i++) yield* syscall(() => Atomics.wait(pillow, 0, 0, ms));
  done.done();
});

const computer = goroutine(function* computer(us: number, done: WaitGroup) {
  yield* work(us);
  done.done();
});

interface Params {
  callers: number;
  calls: number;
  ms: number;
  computers: number;
  us: number;
}

export const main = goroutine(function* main(p: Params) {
  const { callers, calls, ms, computers, us } = p;
  const done = new WaitGroup();
  done.add(callers + computers);
  for (let i = 0; i < callers; i++) go(caller, calls, ms, done);
  for (let i = 0; i < computers; i++) go(computer, us, done);
  yield* done.wait();
  return { ops: callers * calls + computers } satisfies Outcome;
});
