/** Scenarios whose ends race: timers that fire while they are stopped, trees of contexts cancelled while they grow, waiters that give up. */
import {
  afterFunc,
  atomic,
  background,
  type CancelContext,
  chan,
  type Chan,
  type Context,
  errgroup,
  go,
  gosched,
  goroutine,
  Semaphore,
  singleflight,
  type Timer,
  withCancel,
  withTimeout,
  WaitGroup,
} from "gosched";
import { lcg } from "../random.js";
import { chores, must, type Scenario } from "./common.js";

const fires = goroutine(function* fires(fired: Chan<number>) {
  yield* fired.send(1);
});

/** Stops the timer and starts it again, a times. Sends how many times it was started more often than caught in time. */
const meddler = goroutine(function* meddler(
  led: Chan<number>,
  id: number,
  t: Timer,
  rounds: number,
  seed: number,
  out: Chan<number>,
) {
  let x = seed;
  let armed = 0;
  for (let i = 0; i < rounds; i++) {
    x = lcg(x);
    if ((x >>> 16) % 3 === 0) armed -= t.stop() ? 1 : 0;
    else armed += t.reset(((x >>> 20) % 8) / 32) ? 0 : 1;
    if ((x >>> 24) % 2 === 0) yield* chores(x, 1);
  }
  yield* out.send(armed);
  yield* led.send(id);
});

/** stop and reset against firing: n goroutines meddle with a timer. It fires once for each time that it was started and not caught. */
export const timerRace: Scenario = {
  kind: "timerRace",
  pick: (r) => ({ n: r.size(12), a: r.between(1, 60), b: 0 }),
  count: (p) => p.n,
  // What an afterFunc is called with stays in its timer.
  keeps: true,
  body: goroutine(function* timerRace(led, base, n, a, _b, seed) {
    const fired = chan<number>(8);
    const out = chan<number>(n);
    const t = afterFunc(0.1, fires, fired);
    for (let i = 0; i < n; i++) go(meddler, led, base + i, t, a, (seed >>> 1) + i, out);
    let expected = 1;
    let seen = 0;
    for (let told = 0; told < n;) {
      // Who fires may wait for room.
      if (fired.tryRecv() !== undefined) seen++;
      const r = out.tryRecv();
      if (r?.ok) {
        told++;
        expected += r.value;
      } else yield* gosched();
    }
    if (t.stop()) expected--;
    for (; seen < expected; seen++) yield* fired.recv();
    yield* chores(seed, 4);
    must(fired.len === 0 && !t.stop(), `timerRace: fired more than ${expected} times`);
  }),
};

const watcher = goroutine(function* watcher(led: Chan<number>, id: number, ctx: Context) {
  yield* ctx.done().recv();
  must(ctx.err() !== undefined, "cancelTree: the channel is closed, and there is no error");
  yield* led.send(id);
});

/** Grows a tree below ctx, `depth` deep, some of it with a timeout, and cancels parts of it from the leaves on. */
const grow = goroutine(function* grow(
  led: Chan<number>,
  base: number,
  n: number,
  ctx: Context,
  depth: number,
  seed: number,
): Generator<any, void, any> {
  if (n === 0) return;
  const left = (n - 1) >> 1;
  const child: CancelContext = seed % 4 === 0 ? withTimeout(ctx, (seed % 32) / 16) : withCancel(ctx);
  go(watcher, led, base, depth % 2 === 0 ? child : withCancel(child));
  if (seed % 3 === 0) yield* gosched();
  go(grow, led, base + 1, left, child, depth + 1, lcg(seed));
  yield* grow(led, base + 1 + left, n - 1 - left, child, depth + 1, lcg(seed + 1));
  if (seed % 2 === 0) {
    child.cancel(seed % 5 === 0 ? new RangeError("cause") : undefined);
    must(child.err() !== undefined, "cancelTree: cancelled, and it has no error");
  }
});

/** A tree of contexts is cancelled from several places while it grows: everyone who waits for one of them ends. */
export const cancelTree: Scenario = {
  kind: "cancelTree",
  pick: (r) => ({ n: r.size(120), a: 0, b: r.below(3) }),
  count: (p) => p.n,
  // A cause stays in its context.
  keeps: true,
  body: goroutine(function* cancelTree(led, base, n, _a, b, seed) {
    const root = b === 0 ? withTimeout(background(), 1) : withCancel(background());
    const below = withCancel(root);
    yield* grow(led, base, n, below, 0, seed >>> 1);
    if (b === 1) yield* chores(seed, 4);
    root.cancel();
    must(below.err() !== undefined, "cancelTree: the root is cancelled, and what is below it is not");
  }),
};

const task = goroutine(function* task(
  led: Chan<number>,
  id: number,
  ctx: Context,
  sem: Semaphore,
  held: atomic.Int32,
  seed: number,
) {
  try {
    const want = 1 + (seed % 3);
    yield* sem.acquire(want, seed % 5 === 0 ? withTimeout(ctx, 0.05) : ctx);
    must(held.add(want) <= 3, "taskALot: more is held than there is");
    if (seed % 2 === 0) yield* chores(seed, 2);
    held.add(-want);
    sem.release(want);
    if (seed % 7 === 0) throw new RangeError("task");
  } finally {
    yield* led.send(id);
  }
});

const shared = goroutine(function* shared(runs: atomic.Int32, seed: number) {
  const run = runs.add(1);
  yield* chores(seed, 2);
  return run;
});

const caller = goroutine(function* caller(
  led: Chan<number>,
  id: number,
  flights: singleflight.Group,
  runs: atomic.Int32,
  wg: WaitGroup,
  seed: number,
) {
  const before = runs.load();
  const r = yield* flights.do("key", shared, runs, seed);
  // The run that was under way, or one that began after.
  must(r.value >= before && r.value <= runs.load(), `taskALot: result of run ${r.value}, after ${before} had begun`);
  wg.done();
  yield* led.send(id);
});

/** n tasks of a group share a semaphore until one of them fails; a callers want the same result. */
export const taskALot: Scenario = {
  kind: "taskALot",
  pick: (r) => ({ n: r.size(40), a: r.size(20), b: r.below(6) }),
  count: (p) => p.n + p.a,
  // The first error stays in its group.
  keeps: true,
  body: goroutine(function* taskALot(led, base, n, a, b, seed) {
    const { group, ctx } = errgroup.withContext(background());
    if (b > 0) group.setLimit(b);
    const sem = new Semaphore(3);
    const held = new atomic.Int32();
    const flights = new singleflight.Group();
    const runs = new atomic.Int32();
    const wg = new WaitGroup();
    wg.add(a);
    for (let i = 0; i < a; i++) go(caller, led, base + n + i, flights, runs, wg, (seed >>> 1) + i);
    for (let i = 0; i < n; i++) yield* group.go(task, led, base + i, ctx, sem, held, (seed >>> 1) + i);
    let failed = "";
    try {
      yield* group.wait();
    } catch (e) {
      failed = (e as Error).message;
    }
    must(["", "task", "context canceled", "context deadline exceeded"].includes(failed), `taskALot: ${failed}`);
    must(ctx.err() !== undefined, "taskALot: waited for, and the context lives on");
    must(held.load() === 0 && sem.tryAcquire(3), "taskALot: something is still held");
    yield* wg.wait();
    must(a === 0 || (runs.load() >= 1 && runs.load() <= a), `taskALot: ${runs.load()} runs for ${a} callers`);
  }),
};
