import { type Chan, chan, go, goroutine, runtime, select } from "gosched";
import { share } from "./share.js";

/** As many goroutines as there are Ps select n times between two buffered channels of their own; a token goes to and fro. */
export const selectUncontended = goroutine(function* selectUncontended(n: number) {
  const procs = runtime.gomaxprocs();
  const counts = chan<number>();
  for (let p = 0; p < procs; p++) {
    go(passer, share(n, procs, p), counts);
  }
  let sum = 0;
  for (let p = 0; p < procs; p++) {
    sum += (yield* counts.recv()) as number;
  }
  return sum;
});

const passer = goroutine(function* passer(n: number, counts: Chan<number>) {
  const one = chan<number>(1);
  const two = chan<number>(1);
  yield* one.send(0);
  let count = 0;
  for (let i = 0; i < n; i++) {
    const r = yield* select({ one, two });
    if (r.case === "one") {
      yield* two.send(0);
    } else {
      yield* one.send(0);
    }
    count++;
  }
  yield* counts.send(count);
});

/** n values over three unbuffered channels: as many selecting senders as there are Ps, and as many selecting receivers. */
export const selectSync = goroutine(function* selectSync(n: number) {
  const procs = runtime.gomaxprocs();
  const a = chan<number>();
  const b = chan<number>();
  const c = chan<number>();
  const done = chan<number>();
  const counts = chan<number>();
  for (let p = 0; p < procs; p++) {
    go(sender, a, b, c, done);
    go(receiver, share(n, procs, p), a, b, c, counts);
  }
  let sum = 0;
  for (let p = 0; p < procs; p++) {
    sum += (yield* counts.recv()) as number;
  }
  done.close();
  return sum;
});

const sender = goroutine(function* sender(a: Chan<number>, b: Chan<number>, c: Chan<number>, done: Chan<number>) {
  for (;;) {
    const r = yield* select({ a: a.onSend(1), b: b.onSend(1), c: c.onSend(1), done });
    if (r.case === "done") return;
  }
});

const receiver = goroutine(function* receiver(
  n: number,
  a: Chan<number>,
  b: Chan<number>,
  c: Chan<number>,
  counts: Chan<number>,
) {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const r = yield* select({ a, b, c });
    sum += r.value as number;
  }
  yield* counts.send(sum);
});

/** Four selects of one case and a default, n times; as many goroutines as there are Ps, all on the same channels. */
export const selectNonblock = goroutine(function* selectNonblock(n: number) {
  const procs = runtime.gomaxprocs();
  const one = chan<number>();
  const two = chan<number>();
  const three = chan<number>(1);
  const four = chan<number>(1);
  const counts = chan<number>();
  for (let p = 0; p < procs; p++) {
    go(asker, share(n, procs, p), one, two, three, four, counts);
  }
  let sum = 0;
  for (let p = 0; p < procs; p++) {
    sum += (yield* counts.recv()) as number;
  }
  return sum;
});

const asker = goroutine(function* asker(
  n: number,
  one: Chan<number>,
  two: Chan<number>,
  three: Chan<number>,
  four: Chan<number>,
  counts: Chan<number>,
) {
  let count = 0;
  for (let i = 0; i < n; i++) {
    if ((yield* select({ one, default: true })).case === "one") count -= 1000;
    if ((yield* select({ two: two.onSend(0), default: true })).case === "two") count -= 1000;
    if ((yield* select({ three, default: true })).case === "three") count -= 1000;
    // The first of all these fills the buffer.
    if ((yield* select({ four: four.onSend(0), default: true })).case === "default") count++;
  }
  yield* counts.send(count);
});
