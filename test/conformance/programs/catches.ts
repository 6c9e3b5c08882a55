/** A catch clause around Goexit. Compiled it does not see it; uncompiled nobody edits it (docs/panics.md). */
import { chan, type Chan, defer, go, goroutine, println, runtime } from "gosched";

const leaves = goroutine(function* leaves(out: Chan<string>) {
  defer(function* () {
    yield* out.send("deferred");
  });
  try {
    runtime.goexit();
  } catch (e) {
    yield* out.send(`caught a ${typeof e}`);
    throw e; // what is not ours goes on
  } finally {
    yield* out.send("finally");
  }
  yield* out.send("went on");
});

export const main = goroutine(function* main() {
  const out = chan<string>();
  go(leaves, out);
  for (let said = ""; said !== "deferred";) println((said = (yield* out.recv()) as string));
});
