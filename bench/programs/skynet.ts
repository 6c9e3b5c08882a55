import { type Chan, chan, go, goroutine } from "gosched";

/**
 * A tree of goroutines, ten children each. Its leaves send their number up an unbuffered channel, every other node the
 * sum of its children.
 */
export const skynet = goroutine(function* skynet(leaves: number) {
  const total = chan<number>();
  go(node, total, 0, leaves);
  return (yield* total.recv()) as number;
});

const node = goroutine(function* node(parent: Chan<number>, first: number, leaves: number) {
  if (leaves === 1) {
    yield* parent.send(first);
    return;
  }
  const sums = chan<number>();
  const each = leaves / 10;
  for (let i = 0; i < 10; i++) {
    go(node, sums, first + i * each, each);
  }
  let sum = 0;
  for (let i = 0; i < 10; i++) {
    sum += (yield* sums.recv()) as number;
  }
  yield* parent.send(sum);
});
