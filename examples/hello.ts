/**
 * Hello: three goroutines, one channel. Each says on which thread it ran; the order may change from run to run.
 *
 *     npx gosched run examples/hello.ts
 */
import { type Chan, chan, go, goroutine, println, runtime } from "gosched";

const greet = goroutine(function* greet(name: string, out: Chan<string>) {
  yield* out.send(`hello, ${name}, from thread ${runtime.threadId()}`);
});

export const main = goroutine(function* main() {
  const greetings = chan<string>();
  go(greet, "gopher", greetings);
  go(greet, "world", greetings);
  go(greet, "node", greetings);
  for (let i = 0; i < 3; i++) println(yield* greetings.recv());
});
