/**
 * Pipeline: numbers flow through stages that run at the same time. A stage ends when the channel before it is closed.
 *
 *     npx gosched run examples/pipeline.ts
 */
import { type Chan, chan, go, goroutine, println } from "gosched";

const generate = goroutine(function* generate(count: number, out: Chan<number>) {
  for (let n = 1; n <= count; n++) yield* out.send(n);
  out.close();
});

const square = goroutine(function* square(numbers: Chan<number>, out: Chan<number>) {
  for (;;) {
    const n = yield* numbers.recv(); // undefined: closed, and nothing left in it
    if (n === undefined) break;
    yield* out.send(n * n);
  }
  out.close();
});

export const main = goroutine(function* main() {
  const numbers = chan<number>();
  const squares = chan<number>(4); // a buffer of four: the stages need not move in step
  go(generate, 10, numbers);
  go(square, numbers, squares);

  let sum = 0;
  for (;;) {
    const n = yield* squares.recv();
    if (n === undefined) break;
    println(n);
    sum += n;
  }
  println("sum", sum);
});
