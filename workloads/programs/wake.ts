/**
 * Messages to a sleeping goroutine, from one that computes on, so that another P has to run it (after schbench's message
 * threads and workers). The samples are the time from the message to the moment when the receiver runs.
 */
import { type Chan, chan, go, goroutine, now, sleep } from "gosched";
import { burn, type Outcome, record } from "gosched/lab";
import { work } from "./work.js";

const worker = goroutine(function* worker(messages: Chan<number>, us: number, ends: Chan<number>) {
  for (;;) {
    const sent = yield* messages.recv();
    if (sent === undefined) break;
    record(0, now() - sent);
    burn(us);
  }
  yield* ends.send(1);
});

interface Params {
  messages: number;
  /** Milliseconds between two messages. */
  every: number;
  /** Microseconds that the sender computes after a message, and the receiver. */
  sender: number;
  us: number;
}

export const main = goroutine(function* main(p: Params) {
  const { messages: n, every, sender, us } = p;
  const messages = chan<number>(1);
  const ends = chan<number>(1);
  go(worker, messages, us, ends);
  for (let i = 0; i < n; i++) {
    yield* sleep(every);
    yield* messages.send(now());
    yield* work(sender);
  }
  messages.close();
  yield* ends.recv();
  return { ops: n } satisfies Outcome;
});
