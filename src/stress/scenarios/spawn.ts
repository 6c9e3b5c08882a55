/** Scenarios about creating goroutines: queues, overflow, reuse of dead ones, stealing. */
import { chan, type Chan, go, gosched, goroutine, WaitGroup } from "gosched";
import { lcg } from "../random.js";
import { chores, must, type Scenario } from "./common.js";

const yielder = goroutine(function* yielder(led: Chan<number>, id: number, rounds: number) {
  // Locals of several kinds, and all must come through each suspension.
  const text = `goroutine ${id}`;
  const half = id + 0.5;
  const big = BigInt(id);
  let sum = 0;
  for (let i = 0; i < rounds; i++) {
    yield* gosched();
    sum += i;
    must(text === `goroutine ${id}` && half - 0.5 === id && big === BigInt(id), `${text} lost its locals`);
  }
  must(sum === (rounds * (rounds - 1)) / 2, `${text}: sum ${sum} after ${rounds} rounds`);
  yield* led.send(id);
});

/** n goroutines that yield all the time. */
export const yieldALot: Scenario = {
  kind: "yieldALot",
  pick: (r) => ({ n: r.size(40), a: r.size(60), b: 0 }),
  count: (p) => p.n,
  body: goroutine(function* yieldALot(led, base, n, a, _b, _seed) {
    for (let i = 0; i < n; i++) go(yielder, led, base + i, a);
  }),
};

const leaf = goroutine(function* leaf(led: Chan<number>, id: number, wg: WaitGroup) {
  yield* led.send(id);
  wg.done();
});

/** More goroutines at once than a ring holds: halves of it overflow to the global queue, again and again. */
export const burst: Scenario = {
  kind: "burst",
  pick: (r) => ({ n: r.below(3) === 0 ? r.between(250, 900) : r.between(1, 300), a: r.between(1, 3), b: 0 }),
  count: (p) => p.n * p.a,
  body: goroutine(function* burst(led, base, n, a, _b, _seed) {
    const wg = new WaitGroup();
    for (let round = 0; round < a; round++) {
      wg.add(n);
      for (let i = 0; i < n; i++) go(leaf, led, base + round * n + i, wg);
      yield* wg.wait();
    }
  }),
};

const link = goroutine(function* link(led: Chan<number>, id: number, left: number, seed: number) {
  const x = lcg(seed);
  if ((x >>> 16) % 4 === 0) yield* gosched();
  if (left > 0) go(link, led, id + 1, left - 1, x);
  if ((x >>> 20) % 4 === 0) yield* gosched();
  yield* led.send(id);
});

/** Chains of goroutines that live just long enough to start the next one. */
export const churn: Scenario = {
  kind: "churn",
  pick: (r) => ({ n: r.size(10), a: r.between(1, 120), b: 0 }),
  count: (p) => p.n * p.a,
  body: goroutine(function* churn(led, base, n, a, _b, seed) {
    for (let i = 0; i < n; i++) go(link, led, base + i * a, a - 1, seed + i);
  }),
};

function treeSize(fan: number, depth: number): number {
  let n = 1;
  for (let i = 0; i < depth; i++) n = 1 + fan * n;
  return n;
}

const branch = goroutine(function* branch(
  led: Chan<number>,
  id: number,
  fan: number,
  depth: number,
  up: Chan<number>,
  seed: number,
) {
  let below = 0;
  if (depth > 0) {
    const answers = chan<number>(seed % 3 === 0 ? fan : 0);
    const each = treeSize(fan, depth - 1);
    for (let i = 0; i < fan; i++) go(branch, led, id + 1 + i * each, fan, depth - 1, answers, seed + i);
    if (seed % 5 === 0) yield* chores(seed, 2);
    for (let i = 0; i < fan; i++) below += (yield* answers.recv()) as number;
  }
  yield* led.send(id);
  yield* up.send(below + 1);
});

/** Fork and join: every node starts its children and adds up what they report. */
export const tree: Scenario = {
  kind: "tree",
  pick: (r) => {
    const fan = r.between(1, 5);
    return { n: fan, a: fan === 1 ? r.between(0, 60) : r.between(0, fan > 3 ? 3 : 5), b: 0 };
  },
  count: (p) => treeSize(p.n, p.a),
  body: goroutine(function* tree(led, base, n, a, _b, seed) {
    const up = chan<number>();
    go(branch, led, base, n, a, up, seed >>> 1);
    const size = yield* up.recv();
    must(size === treeSize(n, a), `tree of ${n}^${a}: ${size} nodes reported, not ${treeSize(n, a)}`);
  }),
};

const sitter = goroutine(function* sitter(led: Chan<number>, id: number, hush: Chan<number>, seed: number) {
  if (seed % 4 === 0) yield* chores(seed, 2);
  const v = yield* hush.recvOk();
  must(!v.ok, `sitter ${id} received ${String(v.value)} from a channel that nobody sends on`);
  yield* led.send(id);
});

/** n goroutines wait at one gate, and all of them are released at once. */
export const stampede: Scenario = {
  kind: "stampede",
  pick: (r) => ({ n: r.size(300), a: r.size(4), b: 0 }),
  count: (p) => p.n * p.a,
  body: goroutine(function* stampede(led, base, n, a, _b, seed) {
    for (let round = 0; round < a; round++) {
      const gate = chan<number>();
      for (let i = 0; i < n; i++) go(sitter, led, base + round * n + i, gate, (seed >>> 1) + i);
      if ((seed + round) % 3 !== 0) yield* chores(seed + round, 4);
      gate.close();
    }
  }),
};
