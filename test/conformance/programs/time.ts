/** Timers: each scenario prints its lines. What Go's rules say about them is in time.test.ts. */
import {
  after,
  afterFunc,
  type Chan,
  chan,
  go,
  type GoFunc,
  gomaxprocs,
  goroutine,
  gosched,
  now,
  println,
  sleep,
  tick,
  Ticker,
  Timer,
  WaitGroup,
} from "gosched";

const say = goroutine(function* say(out: Chan<string>, text: string) {
  yield* out.send(text);
});

const nap = goroutine(function* nap(out: Chan<number>, ms: number) {
  yield* sleep(ms);
  yield* out.send(ms);
});

const spin = goroutine(function* spin(stop: Chan<number>) {
  while (stop.len === 0) yield* gosched();
});

const sleeper = goroutine(function* sleeper(wg: WaitGroup, ms: number) {
  yield* sleep(ms);
  wg.done();
});

const scenarios: Record<string, GoFunc<[], void>> = {
  /** Far apart, because the machine may be busy. */
  order: goroutine(function* order() {
    const out = chan<number>(3);
    for (const ms of [900, 50, 400]) go(nap, out, ms);
    println(yield* out.recv(), yield* out.recv(), yield* out.recv());
  }),

  /** Nothing before its time, and zero or less at once. */
  early: goroutine(function* early() {
    let t0 = now();
    yield* sleep(0);
    yield* sleep(-5);
    yield* after(0).recv();
    yield* after(-1).recv();
    for (const ms of [0.1, 1, 3.7, 20]) {
      t0 = now();
      yield* sleep(ms);
      println(`sleep ${ms}`, now() - t0 >= ms);
      t0 = now();
      const t = yield* after(ms).recv();
      println(`after ${ms}`, t! - t0 >= ms);
    }
  }),

  stop: goroutine(function* stop() {
    const t = new Timer(3_600_000);
    println("running", t.stop(), "again", t.stop());
    const u = new Timer(1);
    yield* u.c.recv();
    println("fired", u.stop());
    const v = new Timer(1);
    while (v.c.len === 0) yield* sleep(1);
    println("fired, not received", v.stop(), v.c.len, v.c.cap);
  }),

  reset: goroutine(function* reset() {
    const t = new Timer(3_600_000);
    println("earlier", t.reset(1));
    yield* t.c.recv();
    println("fired", t.reset(3_600_000));
    println("later", t.reset(7_200_000));
    println("stopped", t.stop(), t.reset(1));
    yield* t.c.recv();
    // As in Go up to 1.22, the old value stays.
    t.reset(1);
    while (t.c.len === 0) yield* sleep(1);
    println("kept", t.reset(3_600_000), t.c.len, t.stop());
  }),

  afterFunc: goroutine(function* afterFuncs() {
    const out = chan<string>(1);
    const t = afterFunc(1, say, out, "once");
    println(yield* out.recv(), t.stop());
    println(t.reset(1), yield* out.recv());
    const u = afterFunc(3_600_000, say, out, "never");
    println(u.stop(), u.c.cap, u.c === afterFunc(0, say, out, "now").c, yield* out.recv());
  }),

  /** A receiver that is slow: one tick waits, the others are dropped. */
  ticker: goroutine(function* ticker() {
    const t = new Ticker(5);
    yield* sleep(100);
    while (t.c.len === 0) yield* sleep(1);
    println("waiting", t.c.len);
    yield* t.c.recv();
    const a = (yield* t.c.recv())!;
    const b = (yield* t.c.recv())!;
    println("apart", b > a);
    t.reset(1);
    yield* t.c.recv();
    t.stop();
    t.c.tryRecv();
    yield* sleep(20);
    println("stopped", t.c.len);
    const c = tick(1);
    yield* c.recv();
    yield* c.recv();
    println("tick", tick(0).cap, tick(-1).cap, c.cap);
  }),

  errors: goroutine(function* errors() {
    const t = new Ticker(1);
    const tries: Record<string, () => void> = {
      "new Ticker(0)": () => new Ticker(0),
      "new Ticker(-1)": () => new Ticker(-1),
      "reset(0)": () => t.reset(0),
      "new Timer(NaN)": () => new Timer(NaN),
      "after('5')": () => void after("5" as never),
      "afterFunc of nothing": () => void afterFunc(1, undefined as never),
      "afterFunc of a plain function": () => void afterFunc(1, (() => {}) as never),
      "afterFunc with a symbol": () => void afterFunc(1, say as never, Symbol("s") as never),
    };
    for (const [what, f] of Object.entries(tries)) {
      try {
        f();
        println(what, "no error");
      } catch (e) {
        println(`${what}: ${(e as Error).name}: ${(e as Error).message}`);
      }
    }
    try {
      yield* sleep(NaN);
    } catch (e) {
      println((e as Error).message);
    }
    t.stop();
  }),

  /** Handles travel. */
  handles: goroutine(function* handles() {
    const c = chan<{ t: Timer; k: Ticker }>(1);
    const t = new Timer(3_600_000);
    const k = new Ticker(3_600_000);
    yield* c.send({ t, k });
    const r = (yield* c.recv())!;
    println(r.t === t, r.k === k, r.t.stop(), t.stop());
    k.stop();
  }),

  /** A P that is never without work runs its timers all the same. */
  busy: goroutine(function* busy() {
    const stop = chan<number>(1);
    for (let i = 0; i < 8; i++) go(spin, stop);
    for (let i = 0; i < 20; i++) yield* sleep(1);
    yield* stop.send(1);
    println("slept 20 times");
  }),

  /** Timers of Ps that go move to others; sleepers on all of them wake up. */
  resize: goroutine(function* resize() {
    const wg = new WaitGroup();
    const n = yield* gomaxprocs(0);
    for (const procs of [4, 1, 3, 2, 1, 4, n]) {
      yield* gomaxprocs(procs);
      for (let i = 0; i < 50; i++) {
        wg.add(1);
        go(sleeper, wg, 1 + (i % 10) * 5);
      }
      yield* gosched();
      yield* sleep(2);
    }
    yield* wg.wait();
    println("all woke");
  }),
};

export const main = goroutine(function* main() {
  for (const name of process.argv.slice(2)) {
    println(`== ${name}`);
    yield* scenarios[name]!();
  }
});
