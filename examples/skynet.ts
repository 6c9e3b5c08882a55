/**
 * Skynet: a million goroutines. Each starts ten more, six levels deep; the leaves send their number up, every other one
 * the sum of its ten.
 *
 *     npx gosched run examples/skynet.ts [-- LEAVES]
 */
import { type Chan, chan, go, goroutine, println } from "gosched";

const node = goroutine(function* node(parent: Chan<number>, first: number, leaves: number) {
  if (leaves === 1) {
    yield* parent.send(first);
    return;
  }
  const children = chan<number>();
  const each = leaves / 10;
  for (let i = 0; i < 10; i++) go(node, children, first + i * each, each);
  let sum = 0;
  for (let i = 0; i < 10; i++) sum += (yield* children.recv())!;
  yield* parent.send(sum);
});

export const main = goroutine(function* main() {
  const leaves = Number(process.argv[2] ?? 1_000_000); // a power of ten
  const result = chan<number>();
  const begin = Date.now();
  go(node, result, 0, leaves);
  const sum = yield* result.recv();
  println(`${sum} in ${Date.now() - begin} ms`);
});
