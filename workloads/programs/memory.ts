/** Kernels that wait for memory: each goroutine adds up a part of a large table, in strides that defeat the caches. */
import { type Chan, chan, go, goroutine } from "gosched";
import type { Outcome } from "gosched/lab";

/** One a thread: larger than the caches. Made when the first kernel runs there. */
let table: Float64Array | undefined;
const WORDS = 1 << 21;

function kernel(from: number, n: number, stride: number): number {
  if (table === undefined) table = new Float64Array(WORDS).fill(1);
  let sum = 0;
  for (let i = 0, at = from; i < n; i++, at = (at + stride) & (WORDS - 1)) sum += table[at]!;
  return sum;
}

const part = goroutine(function* part(from: number, n: number, stride: number, sums: Chan<number>) {
  yield* sums.send(kernel(from, n, stride));
});

export const main = goroutine(function* main(p: { parts: number; reads: number; stride: number }) {
  const { parts, reads, stride } = p;
  const sums = chan<number>(parts);
  for (let i = 0; i < parts; i++) go(part, i * 8, reads, stride, sums);
  let check = 0;
  for (let i = 0; i < parts; i++) check += (yield* sums.recv())!;
  if (check !== parts * reads) throw new Error(`memory: the sum is ${check}`);
  return { ops: parts * reads, check } satisfies Outcome;
});
