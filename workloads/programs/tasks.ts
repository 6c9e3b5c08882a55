/**
 * Independent tasks, all known at the start. Evenly spread, or with a hot spot: every `every`-th takes `hot` times as long,
 * which is unfortunate for who deals them out by their number.
 */
import { go, goroutine, WaitGroup } from "gosched";
import type { Outcome } from "gosched/lab";
import { work } from "./work.js";

const task = goroutine(function* task(us: number, done: WaitGroup) {
  yield* work(us);
  done.done();
});

export const main = goroutine(function* main(p: { tasks: number; us: number; every: number; hot: number }) {
  const { tasks, us, every, hot } = p;
  const done = new WaitGroup();
  done.add(tasks);
  for (let i = 0; i < tasks; i++) go(task, every > 0 && i % every === 0 ? us * hot : us, done);
  yield* done.wait();
  return { ops: tasks } satisfies Outcome;
});
