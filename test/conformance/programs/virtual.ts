/** Programs for the virtual clock: with the real one they would take days. */
import {
  after,
  background,
  type Chan,
  chan,
  go,
  type GoFunc,
  goroutine,
  now,
  println,
  sleep,
  Ticker,
  Timer,
  wait,
  withTimeout,
} from "gosched";

const HOUR = 3_600_000;
const napper = goroutine(function* napper(out: Chan<string>, ms: number) {
  yield* sleep(ms);
  yield* out.send(`nap ${ms}`);
});
const naps = goroutine(function* naps(out: Chan<string>, start: number, seed: number) {
  for (let i = 0; i < 50; i++) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    yield* sleep(1 + (seed >>> 12) / 7);
    yield* out.send(`${seed} at ${now() - start}`);
  }
  out.close();
});

const scenarios: Record<string, GoFunc<[], void>> = {
  day: goroutine(function* day() {
    const t0 = now();
    for (let i = 0; i < 24; i++) yield* sleep(HOUR);
    println(now() - t0, new Date(now()).toISOString());
  }),

  /** D19 of the reference: timers of 30, 10 and 20, a ticker of 7. */
  order: goroutine(function* order() {
    const t0 = now();
    const out = chan<string>(100);
    for (const ms of [30, 10, 20]) go(napper, out, ms);
    const t = new Ticker(7);
    for (let i = 1; i <= 5; i++) {
      const at = (yield* t.c.recv())! - t0;
      const got: string[] = [];
      for (let r = out.tryRecv(); r !== undefined; r = out.tryRecv()) got.push(r.value!);
      println(`tick ${i} at ${at}:`, got.join());
    }
    // Nobody receives for a while: one tick is kept, the others are dropped, and the next one is in step.
    yield* sleep(100);
    println((yield* t.c.recv())! - t0, (yield* t.c.recv())! - t0, now() - t0);
    t.stop();
  }),

  /** Everything that happens, and when, by chance but for the seed. */
  random: goroutine(function* random() {
    const start = now();
    const out = chan<string>();
    go(naps, out, start, 12345);
    let sum = 0;
    for (let s = yield* out.recv(); s !== undefined; s = yield* out.recv())
      for (const c of s) sum = (Math.imul(sum, 31) + c.charCodeAt(0)) | 0;
    println(sum, now() - start);
  }),

  still: goroutine(function* still() {
    const t0 = now();
    let x = 0;
    for (let i = 0; i < 1e6; i++) x += i;
    println(now() === t0, x);
    yield* after(5).recv();
    println(now() - t0);
    const t = new Timer(0);
    yield* t.c.recv();
    println(now() - t0);
  }),

  timeout: goroutine(function* timeout() {
    const ctx = withTimeout(background(), HOUR);
    const t0 = now();
    yield* ctx.done().recv();
    println(ctx.err()!.message, now() - t0);
  }),

  /** What comes from outside comes first. */
  promise: goroutine(function* promise() {
    const out = chan<string>(2);
    const t0 = now();
    go(napper, out, 5);
    yield* wait(new Promise((resolve) => setTimeout(resolve, 50)));
    println(out.len, now() - t0);
    println(yield* out.recv(), now() - t0);
  }),

  dead: goroutine(function* dead() {
    new Timer(HOUR).stop();
    const t = new Timer(2 * HOUR);
    yield* t.c.recv();
    println("then nothing is left");
    yield* t.c.recv();
  }),
};

export const main = goroutine(function* main() {
  for (const name of process.argv.slice(2)) yield* scenarios[name]!();
});
