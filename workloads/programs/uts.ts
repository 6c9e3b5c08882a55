/**
 * Unbalanced tree search (Olivier et al., LCPC 2006): a goroutine a node, and how many children a node has nobody can
 * tell from where it stands, so work must be moved while it is found. Here the number comes from a mixing function
 * instead of SHA-1: it is to be cheap, not secure.
 */
import { atomic, go, goroutine, WaitGroup } from "gosched";
import { burn, type Outcome } from "gosched/lab";

const node = goroutine(function* node(
  state: number,
  depth: number,
  branching: number,
  us: number,
  nodes: atomic.Int32,
  done: WaitGroup,
) {
  nodes.add(1);
  burn(us);
  const n = children(state, depth, branching);
  done.add(n);
  for (let i = 0; i < n; i++) go(node, mix(state + i + 1), depth - 1, branching, us, nodes, done);
  done.done();
});

export const main = goroutine(function* main(p: { tree: number; depth: number; branching: number; us: number }) {
  const nodes = new atomic.Int32();
  const done = new WaitGroup();
  done.add(1);
  go(node, mix(p.tree), p.depth, p.branching, p.us, nodes, done);
  yield* done.wait();
  const ops = nodes.load();
  return { ops, check: ops } satisfies Outcome;
});

/** Geometric with the given mean, none at depth 0. */
function children(state: number, depth: number, branching: number): number {
  if (depth === 0) return 0;
  const u = (mix(state) >>> 0) / 2 ** 32;
  return Math.floor(Math.log(1 - u) / Math.log(branching / (1 + branching)));
}

/** The finalizer of MurmurHash3. */
function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}
