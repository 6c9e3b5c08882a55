/** Producers and consumers on one channel; with one consumer a fan-in. Each item costs `produce` and `consume` us. */
import { type Chan, chan, go, goroutine } from "gosched";
import { burn, type Outcome } from "gosched/lab";

const producer = goroutine(function* producer(from: number, to: number, us: number, items: Chan<number>) {
  for (let i = from; i < to; i++) {
    burn(us);
    yield* items.send(i);
  }
  yield* items.send(-1);
});

const consumer = goroutine(function* consumer(us: number, items: Chan<number>, sums: Chan<number>, ends: Chan<number>) {
  let sum = 0;
  for (;;) {
    const item = yield* items.recv();
    if (item === undefined) break;
    if (item < 0) {
      yield* ends.send(1);
      continue;
    }
    burn(us);
    sum += item;
  }
  yield* sums.send(sum);
});

interface Params {
  producers: number;
  consumers: number;
  buffer: number;
  items: number;
  produce: number;
  consume: number;
}

export const main = goroutine(function* main(p: Params) {
  const { producers, consumers, items: n } = p;
  const items = chan<number>(p.buffer);
  const sums = chan<number>(consumers);
  const ends = chan<number>(producers);
  const { produce, consume } = p;
  for (let i = 0; i < consumers; i++) go(consumer, consume, items, sums, ends);
  for (let i = 0; i < producers; i++)
    go(producer, Math.floor((n * i) / producers), Math.floor((n * (i + 1)) / producers), produce, items);
  for (let i = 0; i < producers; i++) yield* ends.recv();
  items.close();
  let check = 0;
  for (let i = 0; i < consumers; i++) check += (yield* sums.recv())!;
  if (check !== (n * (n - 1)) / 2) throw new Error(`prodcons: the items sum up to ${check}`);
  return { ops: n, check } satisfies Outcome;
});
