/**
 * N queens by fork and join: in how many ways can n queens stand on an n by n board so that none attacks another? The
 * first two rows start a goroutine for every square; below them a goroutine only computes, so two threads should be
 * close to twice as fast as one.
 *
 *     npx gosched run examples/nqueens.ts [--procs 2] [-- N]
 */
import { type Chan, chan, go, goroutine, println } from "gosched";

const FORKED_ROWS = 2;

/** Squares of a row, one bit each: where queens above stand, and where they attack along the diagonals. */
const place = goroutine(function* place(
  n: number,
  row: number,
  columns: number,
  left: number,
  right: number,
  out: Chan<number>,
) {
  if (row === FORKED_ROWS) {
    yield* out.send(solve(n, columns, left, right));
    return;
  }
  const counts = chan<number>(n);
  let forked = 0;
  for (let free = ~(columns | left | right) & ((1 << n) - 1); free !== 0; free &= free - 1) {
    const queen = free & -free;
    go(place, n, row + 1, columns | queen, (left | queen) << 1, (right | queen) >> 1, counts);
    forked++;
  }
  let sum = 0;
  for (let i = 0; i < forked; i++) sum += (yield* counts.recv())!;
  yield* out.send(sum);
});

/** An ordinary function: it never waits, so it needs no `yield*`. */
function solve(n: number, columns: number, left: number, right: number): number {
  const all = (1 << n) - 1;
  if (columns === all) return 1;
  let sum = 0;
  for (let free = ~(columns | left | right) & all; free !== 0; free &= free - 1) {
    const queen = free & -free;
    sum += solve(n, columns | queen, (left | queen) << 1, (right | queen) >> 1);
  }
  return sum;
}

export const main = goroutine(function* main() {
  const n = Number(process.argv[2] ?? 12);
  if (!(Number.isInteger(n) && n >= FORKED_ROWS && n <= 20))
    throw new RangeError(`N is ${n}: use ${FORKED_ROWS} to 20`);
  const result = chan<number>();
  const begin = Date.now();
  go(place, n, 0, 0, 0, 0, result);
  const count = yield* result.recv();
  println(`${n} queens: ${count} ways, ${Date.now() - begin} ms`);
});
