/** Skynet: each goroutine starts ten, until there are `leaves`; the numbers of the leaves are summed up on the way back. */
import { type Chan, chan, go, goroutine } from "gosched";
import type { Outcome } from "gosched/lab";

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

export const main = goroutine(function* main(p: { leaves: number }) {
  const { leaves } = p;
  const result = chan<number>();
  go(node, result, 0, leaves);
  const check = (yield* result.recv())!;
  if (check !== (leaves * (leaves - 1)) / 2) throw new Error(`skynet: the sum is ${check}`);
  return { ops: (leaves * 10 - 1) / 9, check } satisfies Outcome;
});
