/** A promise settles while another goroutine of the same thread computes without a pause: it has to give way for that. */
import { setTimeout as later } from "node:timers/promises";
import { chan, type Chan, go, goroutine, println, wait } from "gosched";

const hog = goroutine(function* hog(stop: Chan<boolean>, done: Chan<number>) {
  const end = Date.now() + 20_000;
  while (Date.now() < end && stop.tryRecv() === undefined);
  yield* done.send(Date.now() < end ? 1 : 0);
});

export const main = goroutine(function* main() {
  const stop = chan<boolean>(1);
  const done = chan<number>();
  go(hog, stop, done);
  for (let i = 0; i < 3; i++) yield* wait(later(5));
  yield* stop.send(true);
  println("in time", yield* done.recv());
});
