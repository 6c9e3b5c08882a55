/** Asks a policy for all that it can be asked: goroutines come, wait, wake others, give way, compute for long, and are stolen. */
import { atomic, chan, type Chan, go, goroutine, gosched } from "gosched";

const worker = goroutine(function* worker(id: number, out: Chan<number>, began: atomic.Int32) {
  began.add(1);
  yield* gosched();
  yield* out.send(id);
});

/** The sum of the numbers below n. Computes for `ms` while they run. */
export const overtime = goroutine(function* overtime(n: number, ms: number) {
  const out = chan<number>();
  const began = new atomic.Int32();
  for (let i = 0; i < n; i++) go(worker, i, out, began);
  const end = performance.now() + ms;
  while (began.load() < n || performance.now() < end) if (performance.now() > end + 1000) yield* gosched();
  let sum = 0;
  for (let i = 0; i < n; i++) sum += (yield* out.recv())!;
  return sum;
});

export const main = goroutine(function* main() {
  for (;;) {
    try {
      yield* overtime(8, 50);
    } catch (e) {
      // The fault of a policy is not the program's.
      process.stdout.write(`caught ${String(e)}\n`);
    }
  }
});

const nothing = goroutine(function* nothing() {});

/** Leaves n goroutines in the queues while it computes for `ms`. */
export const leavesQueued = goroutine(function* leavesQueued(n: number, ms: number) {
  for (let i = 0; i < n; i++) go(nothing);
  for (const end = performance.now() + ms; performance.now() < end;);
});
