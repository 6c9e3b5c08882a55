/** Goroutines that end, end late, or never. Marks such as `// @send` name lines for the test. */
import { type Chan, chan, debug, defer, go, goroutine, gosched, Mutex, runtime } from "gosched";

const sender = goroutine(function* sender(ch: Chan<number>) {
  yield* ch.send(1); // @send
});

const middle = goroutine(function* middle(ch: Chan<number>) {
  yield* sender(ch); // @middle
});

/** Starts three goroutines that wait for ever, and returns. */
export const leaky = goroutine(function* leaky() {
  go(middle, chan<number>()); // @go
  go(function* () {
    const mu = new Mutex();
    yield* mu.lock();
    yield* mu.lock(); // @lock
  });
  go(function* inDefer() {
    defer(function* () {
      yield* chan().recv(); // @recv
    });
    yield* gosched();
  }); // @end
  for (let i = 0; i < 10; i++) yield* gosched();
});

/** Ends soon after the one that started it. */
export const late = goroutine(function* late() {
  go(function* () {
    const until = Date.now() + 50;
    while (Date.now() < until) yield* gosched();
  });
});

const where = goroutine(function* where() {
  const before = runtime.callers(); // @before
  yield* gosched();
  const f = () => runtime.caller(); // @closure
  return { before, after: runtime.callers(), closure: f(), beyond: runtime.caller(99), stack: debug.stack() }; // @after
});

export const places = goroutine(function* places() {
  yield* gosched();
  return yield* where(); // @call
});
