import { type Chan, chan, go, goroutine } from "gosched";

const FORKED_ROWS = 2;

/**
 * Counts the ways to put n queens on an n by n board. The first two rows fork a goroutine for each square; below them
 * a goroutine only computes.
 */
export const nqueens = goroutine(function* nqueens(n: number) {
  const total = chan<number>(1);
  go(place, n, 0, 0, 0, 0, total);
  return (yield* total.recv()) as number;
});

const place = goroutine(function* place(
  n: number,
  row: number,
  columns: number,
  left: number,
  right: number,
  out: Chan<number>,
) {
  if (row === FORKED_ROWS || row === n) {
    yield* out.send(solve(n, columns, left, right));
    return;
  }
  const all = (1 << n) - 1;
  const counts = chan<number>(n);
  let forked = 0;
  for (let free = all & ~(columns | left | right); free !== 0; free &= free - 1) {
    const queen = free & -free;
    go(place, n, row + 1, columns | queen, (left | queen) << 1, (right | queen) >> 1, counts);
    forked++;
  }
  let sum = 0;
  for (let i = 0; i < forked; i++) {
    sum += (yield* counts.recv()) as number;
  }
  yield* out.send(sum);
});

function solve(n: number, columns: number, left: number, right: number): number {
  const all = (1 << n) - 1;
  if (columns === all) {
    return 1;
  }
  let sum = 0;
  for (let free = all & ~(columns | left | right); free !== 0; free &= free - 1) {
    const queen = free & -free;
    sum += solve(n, columns | queen, (left | queen) << 1, (right | queen) >> 1);
  }
  return sum;
}
