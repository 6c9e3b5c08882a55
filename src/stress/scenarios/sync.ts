/** Scenarios about Mutex and WaitGroup. */
import { chan, type Chan, go, gosched, goroutine, Mutex, WaitGroup } from "gosched";
import { lcg } from "../random.js";
import { chores, must, type Scenario } from "./common.js";

const counter = goroutine(function* counter(
  led: Chan<number>,
  id: number,
  mu: Mutex,
  cell: Chan<number>,
  rounds: number,
  wg: WaitGroup,
  seed: number,
) {
  let x = seed;
  for (let i = 0; i < rounds; i++) {
    x = lcg(x);
    if ((x >>> 16) % 4 !== 0 || !mu.tryLock()) yield* mu.lock();
    try {
      // The cell is empty only while someone is in here: a second one in here at the same time would find out.
      const v = cell.tryRecv();
      must(v !== undefined, "mutexALot: two goroutines hold the mutex");
      const n = v?.value ?? 0;
      if ((x >>> 20) % 3 === 0) yield* gosched();
      if ((x >>> 24) % 9 === 0) yield* chores(x, 2);
      must(cell.trySend(n + 1), "mutexALot: two goroutines hold the mutex");
    } finally {
      mu.unlock();
    }
    if ((x >>> 26) % 3 === 0) yield* gosched();
  }
  wg.done();
  yield* led.send(id);
});

/** n goroutines count under one mutex. */
export const mutexALot: Scenario = {
  kind: "mutexALot",
  pick: (r) => ({ n: r.size(30), a: r.between(1, 40), b: 0 }),
  count: (p) => p.n,
  body: goroutine(function* mutexALot(led, base, n, a, _b, seed) {
    const mu = new Mutex();
    const cell = chan<number>(1);
    const wg = new WaitGroup();
    yield* cell.send(0);
    wg.add(n);
    for (let i = 0; i < n; i++) go(counter, led, base + i, mu, cell, a, wg, seed + i);
    yield* wg.wait();
    const r = cell.tryRecv();
    must(r?.value === n * a, `mutexALot: counted ${r?.value}, not ${n * a}`);
  }),
};

const waiter = goroutine(function* waiter(led: Chan<number>, id: number, wg: WaitGroup, flag: Chan<number>) {
  yield* wg.wait();
  must(flag.len === 1, `waitALot: goroutine ${id} passed before the work was done`);
  yield* led.send(id);
});

const worker = goroutine(function* worker(
  led: Chan<number>,
  id: number,
  wg: WaitGroup,
  count: Chan<number>,
  total: number,
  flag: Chan<number>,
  seed: number,
) {
  yield* chores(seed, (seed >>> 3) % 3);
  const n = ((yield* count.recv()) as number) + 1;
  if (n === total) yield* flag.send(1);
  yield* count.send(n);
  wg.done();
  yield* led.send(id);
});

/** n workers, a goroutines that wait for them. */
export const waitALot: Scenario = {
  kind: "waitALot",
  pick: (r) => ({ n: r.size(40), a: r.size(40), b: 0 }),
  count: (p) => p.n + p.a,
  body: goroutine(function* waitALot(led, base, n, a, _b, seed) {
    const wg = new WaitGroup();
    const flag = chan<number>(1);
    const count = chan<number>(1);
    wg.add(n);
    for (let i = 0; i < Math.max(n, a); i++) {
      if (i < a) go(waiter, led, base + n + i, wg, flag);
      if (i < n) go(worker, led, base + i, wg, count, n, flag, (seed >>> 1) + i);
    }
    if (seed % 2 === 0) yield* gosched();
    yield* count.send(0);
    yield* wg.wait();
    must(flag.len === 1, "waitALot: the wait ended before the work was done");
  }),
};

const sleeper = goroutine(function* sleeper(
  led: Chan<number>,
  id: number,
  arrive: Chan<number>,
  leave: Chan<number>,
  laps: number,
  seed: number,
) {
  for (let lap = 0; lap < laps; lap++) {
    if ((seed + lap) % 3 === 0) yield* chores(seed + lap, 2);
    yield* arrive.send(lap);
    const v = yield* leave.recv();
    must(v === lap, `barrierSleeper: goroutine ${id} left lap ${v} in lap ${lap}`);
  }
  yield* led.send(id);
});

/** Laps with a barrier between: workers run dry again and again, threads park, and all must wake for the next lap. */
export const barrierSleeper: Scenario = {
  kind: "barrierSleeper",
  pick: (r) => ({ n: r.size(16), a: r.between(1, 40), b: 0 }),
  count: (p) => p.n,
  body: goroutine(function* barrierSleeper(led, base, n, a, _b, seed) {
    // Unbuffered, or a fast one could leave twice in one lap.
    const arrive = chan<number>();
    const leave = chan<number>();
    for (let i = 0; i < n; i++) go(sleeper, led, base + i, arrive, leave, a, (seed >>> 1) + i);
    for (let lap = 0; lap < a; lap++) {
      for (let i = 0; i < n; i++) {
        const v = yield* arrive.recv();
        must(v === lap, `barrierSleeper: a goroutine of lap ${v} arrived in lap ${lap}`);
      }
      for (let i = 0; i < n; i++) yield* leave.send(lap);
    }
  }),
};
