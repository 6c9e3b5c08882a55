/** Scenarios about RWMutex, Cond, Once, Semaphore and Barrier. State that a lock guards is in channels, used without waiting. */
import {
  Barrier,
  chan,
  type Chan,
  Cond,
  go,
  gosched,
  goroutine,
  Mutex,
  Once,
  RWMutex,
  Semaphore,
  WaitGroup,
} from "gosched";
import { lcg } from "../random.js";
import { chores, must, type Scenario } from "./common.js";

const visitor = goroutine(function* visitor(
  led: Chan<number>,
  id: number,
  rw: RWMutex,
  readers: Chan<number>,
  writers: Chan<number>,
  rounds: number,
  seed: number,
) {
  let x = seed;
  for (let i = 0; i < rounds; i++) {
    x = lcg(x);
    if ((x >>> 16) % 4 === 0) {
      if ((x >>> 20) % 4 !== 0 || !rw.tryLock()) yield* rw.lock();
      must(writers.trySend(1) && readers.len === 0, "rwALot: a writer is not alone");
      if ((x >>> 22) % 2 === 0) yield* gosched();
      must(readers.len === 0 && writers.tryRecv() !== undefined, "rwALot: a writer is not alone");
      rw.unlock();
    } else {
      const l = rw.rLocker();
      if ((x >>> 20) % 4 !== 0 || !rw.tryRLock()) yield* l.lock();
      must(readers.trySend(1) && writers.len === 0, "rwALot: a reader beside a writer");
      if ((x >>> 22) % 2 === 0) yield* chores(x, 2);
      must(writers.len === 0 && readers.tryRecv() !== undefined, "rwALot: a reader beside a writer");
      if ((x >>> 24) % 2 === 0) l.unlock();
      else rw.rUnlock();
    }
    if ((x >>> 26) % 4 === 0) yield* gosched();
  }
  yield* led.send(id);
});

/** n goroutines read and write: a writer is alone, and all get their turn. */
export const rwALot: Scenario = {
  kind: "rwALot",
  pick: (r) => ({ n: r.size(30), a: r.between(1, 40), b: 0 }),
  count: (p) => p.n,
  body: goroutine(function* rwALot(led, base, n, a, _b, seed) {
    const rw = new RWMutex();
    const readers = chan<number>(n);
    const writers = chan<number>(1);
    for (let i = 0; i < n; i++) go(visitor, led, base + i, rw, readers, writers, a, (seed >>> 1) + i);
  }),
};

const producer = goroutine(function* producer(
  led: Chan<number>,
  id: number,
  items: number,
  buffer: Chan<number>,
  notEmpty: Cond,
  notFull: Cond,
  wg: WaitGroup,
) {
  const mu = notFull.l as Mutex;
  for (let i = 1; i <= items; i++) {
    yield* mu.lock();
    while (buffer.len === buffer.cap) yield* notFull.wait();
    must(buffer.trySend(i), "condALot: no room, under the lock");
    // Before or after: both are right.
    if (i % 2 === 0) notEmpty.signal();
    mu.unlock();
    if (i % 2 !== 0) notEmpty.signal();
    if (i % 5 === 0) yield* gosched();
  }
  wg.done();
  yield* led.send(id);
});

const consumer = goroutine(function* consumer(
  led: Chan<number>,
  id: number,
  buffer: Chan<number>,
  notEmpty: Cond,
  notFull: Cond,
  over: Chan<number>,
  sum: Chan<number>,
) {
  const mu = notFull.l as Mutex;
  for (;;) {
    yield* mu.lock();
    while (buffer.len === 0 && over.len === 0) yield* notEmpty.wait();
    const r = buffer.tryRecv();
    if (r?.ok) sum.trySend(sum.tryRecv()!.value! + r.value);
    mu.unlock();
    if (r === undefined) break;
    notFull.signal();
  }
  yield* led.send(id);
});

/** n producers and a consumers share a buffer under a mutex with two conditions: a signal that gets lost is a hang. */
export const condALot: Scenario = {
  kind: "condALot",
  pick: (r) => ({ n: r.size(12), a: r.size(12), b: r.between(1, 60) }),
  count: (p) => p.n + p.a,
  body: goroutine(function* condALot(led, base, n, a, b, seed) {
    const mu = new Mutex();
    const notEmpty = new Cond(mu);
    const notFull = new Cond(mu);
    const buffer = chan<number>(1 + (seed % 4));
    const over = chan<number>(1);
    const sum = chan<number>(1);
    const wg = new WaitGroup();
    yield* sum.send(0);
    wg.add(n);
    for (let i = 0; i < Math.max(n, a); i++) {
      if (i < a) go(consumer, led, base + n + i, buffer, notEmpty, notFull, over, sum);
      if (i < n) go(producer, led, base + i, b, buffer, notEmpty, notFull, wg);
    }
    yield* wg.wait();
    yield* mu.lock();
    over.trySend(1);
    while (buffer.len > 0) {
      // Consumers empty it; none of them may be asleep for good.
      notEmpty.broadcast();
      mu.unlock();
      yield* gosched();
      yield* mu.lock();
    }
    notEmpty.broadcast();
    const total = sum.tryRecv()!.value!;
    must(total === (n * b * (b + 1)) / 2, `condALot: consumed ${total}, not ${(n * b * (b + 1)) / 2}`);
    sum.trySend(total);
    mu.unlock();
  }),
};

const initialize = goroutine(function* initialize(ran: Chan<number>, seed: number) {
  yield* chores(seed, 3);
  must(ran.trySend(1), "onceALot: it ran twice");
  if (seed % 5 === 0) throw new RangeError("counts as done");
});

const user = goroutine(function* user(led: Chan<number>, id: number, once: Once, ran: Chan<number>, seed: number) {
  if (seed % 3 === 0) yield* gosched();
  try {
    yield* once.do(initialize, ran, seed);
  } catch (e) {
    must(e instanceof RangeError, `onceALot: ${String(e)}`);
  }
  must(ran.len === 1, "onceALot: passed before it had run");
  yield* led.send(id);
});

/** n goroutines for each of a Onces, now and then a thousand. */
export const onceALot: Scenario = {
  kind: "onceALot",
  pick: (r) => ({ n: r.below(20) === 0 ? 1000 : r.size(40), a: r.size(8), b: 0 }),
  count: (p) => p.n * p.a,
  body: goroutine(function* onceALot(led, base, n, a, _b, seed) {
    for (let k = 0; k < a; k++) {
      const once = new Once();
      const ran = chan<number>(1);
      for (let i = 0; i < n; i++) go(user, led, base + k * n + i, once, ran, (seed >>> 1) + i);
      if (k % 2 === 0) yield* gosched();
    }
  }),
};

const holder = goroutine(function* holder(
  led: Chan<number>,
  id: number,
  sem: Semaphore,
  held: Chan<number>,
  rounds: number,
  seed: number,
) {
  let x = seed;
  for (let i = 0; i < rounds; i++) {
    x = lcg(x);
    const n = 1 + ((x >>> 16) % held.cap);
    if ((x >>> 20) % 4 !== 0 || !sem.tryAcquire(n)) yield* sem.acquire(n);
    for (let k = 0; k < n; k++) must(held.trySend(1), "semaphoreALot: more is held than there is");
    if ((x >>> 24) % 2 === 0) yield* chores(x, 2);
    for (let k = 0; k < n; k++) must(held.tryRecv() !== undefined, "semaphoreALot: less is held than was acquired");
    sem.release(n);
  }
  yield* led.send(id);
});

/** n goroutines acquire a times from a semaphore of size b. */
export const semaphoreALot: Scenario = {
  kind: "semaphoreALot",
  pick: (r) => ({ n: r.size(30), a: r.between(1, 40), b: r.between(1, 8) }),
  count: (p) => p.n,
  body: goroutine(function* semaphoreALot(led, base, n, a, b, seed) {
    const sem = new Semaphore(b);
    const held = chan<number>(b);
    for (let i = 0; i < n; i++) go(holder, led, base + i, sem, held, a, (seed >>> 1) + i);
  }),
};

const runner = goroutine(function* runner(
  led: Chan<number>,
  id: number,
  barrier: Barrier,
  arrived: Chan<number>,
  laps: number,
  seed: number,
) {
  for (let lap = 0; lap < laps; lap++) {
    if ((seed + lap) % 3 === 0) yield* chores(seed + lap, 2);
    must(arrived.trySend(lap), "barrierALot: more have arrived than there are");
    if (yield* barrier.wait()) {
      must(arrived.len === arrived.cap, `barrierALot: lap ${lap} began with ${arrived.len} of ${arrived.cap}`);
      for (let r = arrived.tryRecv(); r !== undefined; r = arrived.tryRecv())
        must(r.value === lap, `barrierALot: arrived in lap ${r.value}, not ${lap}`);
    }
    yield* barrier.wait();
  }
  yield* led.send(id);
});

/** a laps of n goroutines, with a barrier at both ends. */
export const barrierALot: Scenario = {
  kind: "barrierALot",
  pick: (r) => ({ n: r.size(16), a: r.between(1, 40), b: 0 }),
  count: (p) => p.n,
  body: goroutine(function* barrierALot(led, base, n, a, _b, seed) {
    const barrier = new Barrier(n);
    const arrived = chan<number>(n);
    for (let i = 0; i < n; i++) go(runner, led, base + i, barrier, arrived, a, (seed >>> 1) + i);
    if (seed % 2 === 0) yield* gosched();
  }),
};
