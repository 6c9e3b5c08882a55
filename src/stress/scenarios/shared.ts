/** Scenarios about what is read without a lock: SyncMap, Pool, atomic cells. */
import { atomic, type Chan, go, gosched, goroutine, Pool, SyncMap, WaitGroup } from "gosched";
import { lcg } from "../random.js";
import { must, type Scenario, work } from "./common.js";

/** A text that says itself whether it is whole: half of them are short, the others need a blob. */
function text(i: number): string {
  return i % 2 === 0 ? `<${i % 1000}>` : `<${i}>`.repeat(1 + (i % 50));
}
function whole(v: string | undefined): boolean {
  if (v === undefined) return false;
  const i = Number(/^<(\d+)/.exec(v)?.[1]);
  return text(i) === v;
}

const mapper = goroutine(function* mapper(
  led: Chan<number>,
  id: number,
  m: SyncMap<string | number, string>,
  counts: SyncMap<string, number>,
  firsts: atomic.Int32,
  rounds: number,
  wg: WaitGroup,
  seed: number,
) {
  let x = seed;
  let seen = 0;
  const own = `the key of goroutine ${id}`;
  for (let i = 0; i < rounds; i++) {
    x = lcg(x);
    // A key of its own: as in a map of its own.
    m.store(own, text(i));
    must(m.load(own) === text(i), `mapALot: goroutine ${id} lost its value`);
    if ((x >>> 10) % 3 === 0) {
      must(m.loadAndDelete(own) === text(i), `mapALot: goroutine ${id} deleted another value than it had stored`);
      must(!m.has(own), `mapALot: goroutine ${id} finds what it has deleted`);
    }
    // A few keys of all: any whole value, or none.
    const k = (x >>> 16) % 17;
    const what = (x >>> 22) % 6;
    if (what === 0) m.delete(k);
    else if (what === 1) m.store(k, text(x >>> 20));
    else if (what === 2) must(whole(m.loadOrStore(k, text(x >>> 20)).value), "mapALot: half a value");
    else {
      const v = m.load(k);
      must(v === undefined || whole(v), `mapALot: half a value: ${v}`);
    }
    // One key that all count in: each sees it grow.
    for (;;) {
      const n = counts.load("the number of all rounds") ?? 0;
      must(n >= seen, `mapALot: ${n} after ${seen}`);
      seen = n;
      if (
        n === 0
          ? !counts.loadOrStore("the number of all rounds", 1).loaded
          : counts.compareAndSwap("the number of all rounds", n, n + 1)
      )
        break;
      work(20);
    }
    // Keys that the first to come makes: one of all.
    if (!counts.loadOrStore(`round ${i}`, id).loaded) firsts.add(1);
    if ((x >>> 5) % 64 === 0) m.range((_, v) => (must(whole(v), "mapALot: half a value in range"), true));
    if ((x >>> 12) % 4 === 0) yield* gosched();
  }
  m.delete(own);
  wg.done();
  yield* led.send(id);
});

/** n goroutines in two maps. */
export const mapALot: Scenario = {
  kind: "mapALot",
  keeps: true,
  pick: (r) => ({ n: r.size(24), a: r.between(1, 60), b: 0 }),
  count: (p) => p.n,
  body: goroutine(function* mapALot(led, base, n, a, _b, seed) {
    const m = new SyncMap<string | number, string>();
    const counts = new SyncMap<string, number>();
    const firsts = new atomic.Int32();
    const wg = new WaitGroup();
    wg.add(n);
    for (let i = 0; i < n; i++) go(mapper, led, base + i, m, counts, firsts, a, wg, (seed >>> 1) + i);
    yield* wg.wait();
    const total = counts.load("the number of all rounds");
    must(total === n * a, `mapALot: counted ${total}, not ${n * a}`);
    must(firsts.load() === a, `mapALot: ${firsts.load()} firsts in ${a} rounds`);
    m.range((k) => (must(typeof k === "number", `mapALot: ${k} is still there`), true));
    m.clear();
    counts.clear();
  }),
};

const bather = goroutine(function* bather(
  led: Chan<number>,
  id: number,
  pool: Pool<string>,
  claimed: SyncMap<string, number>,
  rounds: number,
  wg: WaitGroup,
  seed: number,
) {
  let x = seed;
  for (let i = 0; i < rounds; i++) {
    x = lcg(x);
    for (let k = (x >>> 16) % 12; k > 0; k--) pool.put(`value ${i}.${k} of goroutine ${id}`);
    for (let k = (x >>> 20) % 12; k > 0; k--) {
      const v = pool.get();
      if (v === undefined) continue;
      must(/^value \d+\.\d+ of goroutine \d+$/.test(v), `poolALot: a damaged value: ${v}`);
      must(!claimed.loadOrStore(v, id).loaded, `poolALot: ${v} came out twice`);
    }
    if ((x >>> 24) % 3 === 0) yield* gosched();
  }
  wg.done();
  yield* led.send(id);
});

/** n goroutines put values into a pool and take them out: none comes out twice. */
export const poolALot: Scenario = {
  kind: "poolALot",
  keeps: true,
  pick: (r) => ({ n: r.size(24), a: r.between(1, 40), b: 0 }),
  count: (p) => p.n,
  body: goroutine(function* poolALot(led, base, n, a, _b, seed) {
    const pool = new Pool<string>();
    const claimed = new SyncMap<string, number>();
    const wg = new WaitGroup();
    wg.add(n);
    for (let i = 0; i < n; i++) go(bather, led, base + i, pool, claimed, a, wg, (seed >>> 1) + i);
    yield* wg.wait();
    claimed.clear();
  }),
};

const adder = goroutine(function* adder(
  led: Chan<number>,
  id: number,
  small: atomic.Int32,
  big: atomic.Int64,
  value: atomic.Value<string>,
  rounds: number,
  wg: WaitGroup,
  seed: number,
) {
  let x = seed;
  let seen = 0n;
  for (let i = 0; i < rounds; i++) {
    x = lcg(x);
    small.add(i % 2 === 0 ? 3 : -1);
    const now = big.add(1n << 33n);
    must(now > seen, `atomicALot: ${now} after ${seen}`);
    seen = now;
    const v = (x >>> 16) % 3 === 0 ? value.swap(text(x >>> 18)) : value.load();
    must(v === undefined || whole(v), `atomicALot: half a value: ${v}`);
    if ((x >>> 18) % 3 === 0) value.store(text(x >>> 17));
    if ((x >>> 24) % 4 === 0) yield* gosched();
  }
  wg.done();
  yield* led.send(id);
});

/** n goroutines count in atomic cells, and load and store texts. */
export const atomicALot: Scenario = {
  kind: "atomicALot",
  keeps: true,
  pick: (r) => ({ n: r.size(24), a: 2 * r.between(1, 100), b: 0 }),
  count: (p) => p.n,
  body: goroutine(function* atomicALot(led, base, n, a, _b, seed) {
    const small = new atomic.Int32();
    const big = new atomic.Int64();
    const value = new atomic.Value<string>();
    const wg = new WaitGroup();
    wg.add(n);
    for (let i = 0; i < n; i++) go(adder, led, base + i, small, big, value, a, wg, (seed >>> 1) + i);
    yield* wg.wait();
    must(small.load() === n * a, `atomicALot: counted ${small.load()}, not ${n * a}`);
    must(big.load() === BigInt(n * a) << 33n, `atomicALot: counted ${big.load()}`);
  }),
};
