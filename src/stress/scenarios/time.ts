/** Scenarios about time: sleeping, timers that are stopped and reset while they fire, waits with a limit, contexts. */
import {
  after,
  afterFunc,
  background,
  Canceled,
  type Chan,
  chan,
  type Context,
  DeadlineExceeded,
  errgroup,
  go,
  gosched,
  goroutine,
  now,
  select,
  sleep,
  Ticker,
  Timer,
  WaitGroup,
  withCancel,
  withTimeout,
} from "gosched";
import { lcg } from "../random.js";
import { must, type Scenario } from "./common.js";

/** Up to 3 ms, in steps of 0.1: timers that fall due together, and apart. */
const short = (x: number): number => ((x >>> 16) % 31) / 10;

/** Clocks of two threads agree to a few microseconds (arena/monotonic.ts). */
const AGREE = 0.01;

const sleeper = goroutine(function* sleeper(led: Chan<number>, id: number, rounds: number, seed: number) {
  let x = seed;
  for (let i = 0; i < rounds; i++) {
    x = lcg(x);
    const begin = now();
    yield* sleep(short(x));
    const slept = now() - begin;
    must(slept >= short(x) - AGREE, `sleepALot: slept ${slept} ms, not ${short(x)}`);
  }
  yield* led.send(id);
});

/** n goroutines that sleep for short times. */
export const sleepALot: Scenario = {
  kind: "sleepALot",
  pick: (r) => ({ n: r.size(60), a: r.between(1, 12), b: 0 }),
  count: (p) => p.n,
  body: goroutine(function* sleepALot(led, base, n, a, _b, seed) {
    for (let i = 0; i < n; i++) go(sleeper, led, base + i, a, seed + i);
  }),
};

/** Sends one value after a while. */
const late = goroutine(function* late(ch: Chan<number>, v: number, ms: number) {
  yield* sleep(ms);
  yield* ch.send(v);
});

const patient = goroutine(function* patient(led: Chan<number>, id: number, rounds: number, seed: number) {
  let x = seed;
  for (let i = 0; i < rounds; i++) {
    x = lcg(x);
    const ch = chan<number>(1);
    go(late, ch, i, short(x));
    const r = yield* select({ value: ch, late: after(short(lcg(x))) });
    // Too late for the select is not lost.
    const v = r.case === "value" ? r.value : yield* ch.recv();
    must(v === i, `timedWaitALot: ${String(v)} arrived, not ${i}`);
  }
  yield* led.send(id);
});

/** Waits with a limit, which comes about as soon as what is waited for. */
export const timedWaitALot: Scenario = {
  kind: "timedWaitALot",
  pick: (r) => ({ n: r.size(30), a: r.between(1, 10), b: 0 }),
  count: (p) => p.n,
  body: goroutine(function* timedWaitALot(led, base, n, a, _b, seed) {
    for (let i = 0; i < n; i++) go(patient, led, base + i, a, seed + i);
  }),
};

const meddler = goroutine(function* meddler(
  t: Timer,
  stops: Chan<number>,
  rounds: number,
  seed: number,
  wg: WaitGroup,
) {
  let x = seed;
  let stopped = 0;
  for (let i = 0; i < rounds; i++) {
    x = lcg(x);
    // A timer that was running and is stopped, or begins anew, has not fired and will not for that time.
    if ((x >>> 20) % 2 === 0 ? t.stop() : t.reset(short(x))) stopped++;
    if ((x >>> 24) % 2 === 0) yield* gosched();
    else yield* sleep(short(lcg(x)) / 4);
  }
  yield* stops.send(stopped);
  wg.done();
});

/** Counts what a timer sends until it is told to stop. */
const listener = goroutine(function* listener(
  led: Chan<number>,
  id: number,
  t: Timer,
  stop: Chan<void>,
  out: Chan<number>,
) {
  let fired = 0;
  for (;;) {
    const r = yield* select({ fired: t.c, stop });
    if (r.case === "stop") break;
    fired++;
  }
  while (t.c.tryRecv() !== undefined) fired++;
  yield* out.send(fired);
  yield* led.send(id);
});

/** a goroutines stop and reset the same timer: it fires at most as often as it was started and not stopped. */
export const timerALot: Scenario = {
  kind: "timerALot",
  pick: (r) => ({ n: r.size(8), a: r.between(1, 4), b: r.between(1, 30) }),
  count: (p) => p.n,
  body: goroutine(function* timerALot(led, base, n, a, b, seed) {
    for (let i = 0; i < n; i++) {
      const t = new Timer(short(seed + i));
      const stop = chan<void>();
      const out = chan<number>(1);
      const stops = chan<number>(a);
      const wg = new WaitGroup();
      go(listener, led, base + i, t, stop, out);
      wg.add(a);
      for (let k = 0; k < a; k++) go(meddler, t, stops, b, seed + i * 7 + k, wg);
      yield* wg.wait();
      let cut = t.stop() ? 1 : 0;
      for (let k = 0; k < a; k++) cut += (yield* stops.recv()) as number;
      stop.close();
      const fired = (yield* out.recv()) as number;
      // Started once by new, and by each reset.
      must(
        fired + cut <= 1 + a * b,
        `timerALot: fired ${fired} times, cut short ${cut} times, of ${1 + a * b} at most`,
      );
      // Whatever it has been through, it fires if it is told to.
      t.reset(1);
      yield* t.c.recv();
    }
  }),
};

const called = goroutine(function* called(led: Chan<number>, id: number, wg: WaitGroup) {
  yield* led.send(id);
  wg.done();
});

/** afterFunc starts a goroutine each, unless it was stopped in time; tickers go on until they are stopped. */
export const callALot: Scenario = {
  kind: "callALot",
  keeps: true,
  pick: (r) => ({ n: r.size(40), a: r.between(1, 5), b: 0 }),
  count: (p) => p.n,
  body: goroutine(function* callALot(led, base, n, a, _b, seed) {
    const wg = new WaitGroup();
    wg.add(n);
    for (let i = 0; i < n; i++) {
      const t = afterFunc(short(lcg(seed + i)), called, led, base + i, wg);
      // Who is stopped in time is called by hand: once in any case.
      if (i % 3 === 0 && t.stop()) go(called, led, base + i, wg);
    }
    const begin = now();
    const ticker = new Ticker(0.5 + short(seed));
    for (let i = 0; i < a; i++) {
      const t = (yield* ticker.c.recv()) as number;
      // Two ticks may overtake each other, in Go too: who fires one has read the clock before it sends.
      must(t >= begin - AGREE && t <= now() + AGREE, `callALot: a tick of ${t - begin} ms after the start`);
    }
    ticker.stop();
    yield* wg.wait();
  }),
};

const follower = goroutine(function* follower(led: Chan<number>, id: number, ctx: Context, out: Chan<number>) {
  yield* ctx.done().recv();
  const e = ctx.err();
  yield* out.send(e === Canceled ? 1 : e === DeadlineExceeded ? 2 : 0);
  yield* led.send(id);
});

/** A tree of contexts, cancelled at its root or by its time: all who wait below hear of it, once, and why. */
export const contextALot: Scenario = {
  kind: "contextALot",
  pick: (r) => ({ n: r.size(60), a: r.between(1, 6), b: r.below(3) }),
  count: (p) => p.n,
  body: goroutine(function* contextALot(led, base, n, a, b, seed) {
    const root = b === 0 ? withTimeout(background(), short(seed)) : withCancel(background());
    const out = chan<number>(n);
    let ctx = root;
    for (let i = 0; i < n; i++) {
      // A child of the one before, or of the root.
      const parent = i % a === 0 ? root : ctx;
      ctx = i % 4 === 3 ? withTimeout(parent, 60_000) : withCancel(parent);
      go(follower, led, base + i, ctx, out);
      if ((seed >>> (i % 20)) % 5 === 0) yield* gosched();
      // Before all have begun to wait.
      if (b === 1 && i === n >> 1) root.cancel();
    }
    if (b !== 0) root.cancel();
    for (let i = 0; i < n; i++) {
      const why = yield* out.recv();
      must(why === (b === 0 ? 2 : 1), `contextALot: a context ended by reason ${why}`);
    }
    // Children whose time has not come must not stay in the heap.
    root.cancel();
  }),
};

const member = goroutine(function* member(led: Chan<number>, id: number, ctx: Context, fails: boolean) {
  yield* led.send(id);
  if (fails) {
    yield* gosched();
    throw new RangeError(`member ${id}`);
  }
  yield* ctx.done().recv();
});

/** Groups of goroutines of which one fails: the others hear of it, and wait throws its error. */
export const groupALot: Scenario = {
  kind: "groupALot",
  keeps: true,
  pick: (r) => ({ n: r.between(1, 12), a: r.between(1, 6), b: 0 }),
  count: (p) => p.n * p.a,
  body: goroutine(function* groupALot(led, base, n, a, _b, seed) {
    for (let i = 0; i < a; i++) {
      const { group, ctx } = errgroup.withContext(background());
      const bad = (seed >>> i) % n;
      for (let k = 0; k < n; k++) yield* group.go(member, led, base + i * n + k, ctx, k === bad);
      let e: unknown;
      try {
        yield* group.wait();
      } catch (x) {
        e = x;
      }
      const want = `member ${base + i * n + bad}`;
      must(e instanceof RangeError && e.message === want, `groupALot: wait threw ${String(e)}, not ${want}`);
    }
  }),
};
