/**
 * Programs whose output is the same whatever the scheduler does, each under its name: compiled and uncompiled runs must
 * agree on all of it. They use what the language offers inside a generator, with suspensions in between.
 */
import { Chan, chan, go, type GoFunc, goroutine, gosched, Mutex, println, runtime, WaitGroup } from "gosched";

const say = (...values: unknown[]): void => println("  ", ...values);

// ---------------------------------------------------------------- pipelines and pools

const generate = goroutine(function* generate(out: Chan<number>, n: number) {
  for (let i = 1; i <= n; i++) yield* out.send(i);
  out.close();
});
const square = goroutine(function* square(inp: Chan<number>, out: Chan<number>) {
  for (let v; (v = yield* inp.recv()) !== undefined;) yield* out.send(v * v);
  out.close();
});
const pipeline = goroutine(function* pipeline() {
  const a = chan<number>();
  const b = chan<number>(7);
  go(generate, a, 300);
  go(square, a, b);
  let sum = 0;
  for (let v; (v = yield* b.recv()) !== undefined;) sum += v;
  say(sum);
});

const count = goroutine(function* count(out: Chan<number>) {
  for (let n = 2; ; n++) yield* out.send(n);
});
const filter = goroutine(function* filter(inp: Chan<number>, out: Chan<number>, p: number) {
  for (;;) {
    const n = (yield* inp.recv())!;
    if (n % p !== 0) yield* out.send(n);
  }
});
const sieve = goroutine(function* sieve() {
  let ch = chan<number>();
  go(count, ch);
  const primes: number[] = [];
  for (let i = 0; i < 30; i++) {
    const p = (yield* ch.recv())!;
    primes.push(p);
    const next = chan<number>();
    go(filter, ch, next, p);
    ch = next;
  }
  say(primes.join(" "));
});

const worker = goroutine(function* worker(jobs: Chan<number>, results: Chan<[number, number]>, wg: WaitGroup) {
  for (let j; (j = yield* jobs.recv()) !== undefined;) yield* results.send([j, j ** 3]);
  wg.done();
});
const closeAfter = goroutine(function* closeAfter(wg: WaitGroup, ch: Chan<any>) {
  yield* wg.wait();
  ch.close();
});
const pool = goroutine(function* pool() {
  const jobs = chan<number>(3);
  const results = chan<[number, number]>();
  const wg = new WaitGroup();
  for (let i = 0; i < 5; i++) {
    wg.add(1);
    go(worker, jobs, results, wg);
  }
  go(generate, jobs, 100);
  go(closeAfter, wg, results);
  const all: [number, number][] = [];
  for (let r; (r = yield* results.recv()) !== undefined;) all.push(r);
  all.sort((x, y) => x[0] - y[0]);
  say(all.length, all.at(-1), JSON.stringify(all).length);
});

const fib = goroutine(function* fib(n: number): Generator<any, number, any> {
  if (n < 2) return n;
  if (n % 5 === 0) yield* gosched();
  return (yield* fib(n - 1)) + (yield* fib(n - 2));
});
const fork = goroutine(function* fork(n: number, out: Chan<number>) {
  if (n < 8) yield* out.send(yield* fib(n));
  else {
    const parts = chan<number>();
    go(fork, n - 1, parts);
    go(fork, n - 2, parts);
    yield* out.send((yield* parts.recv())! + (yield* parts.recv())!);
  }
});
const forkJoin = goroutine(function* forkJoin() {
  const out = chan<number>();
  go(fork, 14, out);
  say(yield* out.recv(), yield* fib(14));
});

// ---------------------------------------------------------------- exceptions

const fails = goroutine(function* fails(depth: number): any {
  try {
    if (depth === 0) {
      yield* gosched();
      throw new RangeError("deep");
    }
    return yield* fails(depth - 1);
  } catch (e) {
    if (depth === 3) throw new Error("wrapped", { cause: e });
    throw e;
  } finally {
    yield* gosched();
    if (depth % 2 === 1) say("finally", depth);
  }
});
const overrides = goroutine(function* overrides(how: number) {
  for (const x of [1, 2]) {
    try {
      yield* gosched();
      if (how === 0) return "try";
      if (how === 1) throw new Error("lost");
      if (how === 2) continue;
    } finally {
      yield* gosched();
      // eslint-disable-next-line no-unsafe-finally -- the point of it
      if (x === 1) return `finally ${how}`;
    }
  }
  return "end";
});
const exceptions = goroutine(function* exceptions() {
  try {
    yield* fails(5);
  } catch (e) {
    say((e as Error).message, ((e as Error).cause as Error).message, (e as Error).cause instanceof RangeError);
  }
  for (let how = 0; how < 4; how++) say(yield* overrides(how));
  const ch = chan<number>();
  ch.close();
  for (const f of [() => ch.close(), () => ch.trySend(1), () => chan(-1), () => new WaitGroup().done()]) {
    try {
      f();
    } catch (e) {
      say((e as Error).name, (e as Error).message);
    }
  }
  try {
    yield* ch.send(1);
  } catch (e) {
    say((e as Error).message);
  }
  for (const v of ["text", 0, null, undefined, 1n]) {
    try {
      yield* rethrow(v);
    } catch (e) {
      say("caught", e);
    }
  }
});
const rethrow = goroutine(function* rethrow(v: unknown) {
  try {
    yield* gosched();
    throw v;
  } catch (e) {
    yield* gosched();
    throw e;
  }
});

const exits = goroutine(function* exits(log: Chan<string>) {
  try {
    try {
      yield* gosched();
      runtime.goexit();
    } finally {
      // No catch clause here: compiled ones let goexit pass, uncompiled ones cannot.
      yield* log.send("inner finally");
    }
  } finally {
    yield* log.send("outer finally");
    log.close();
  }
});
const goexit = goroutine(function* goexit() {
  const log = chan<string>();
  go(exits, log);
  for (let l; (l = yield* log.recv()) !== undefined;) say(l);
});

// ---------------------------------------------------------------- the language around suspensions

const id = goroutine(function* id(x: any): Generator<any, any, any> {
  yield* gosched();
  return x;
});
const defaults = goroutine(function* defaults(a: number, b = a + 1, ...rest: number[]) {
  yield* gosched();
  return [a, b, rest.length, ...rest];
});
const sendDefaults = goroutine(function* sendDefaults(out: Chan<unknown>, a?: string, b = "dflt", ...rest: unknown[]) {
  yield* out.send([a, b, rest.length]);
});
function* plain(n: number): Generator<any, string, any> {
  for (let i = 0; i < n; i++) yield* gosched();
  return `plain ${n}`;
}
class Counter {
  n = 0;
  constructor(readonly step: number) {}
  *next(): Generator<any, number, any> {
    yield* gosched();
    return (this.n += this.step);
  }
}
const language = goroutine(function* language() {
  const order: string[] = [];
  const t = (s: string): string => (order.push(s), s);
  const o = { [t("k1")]: yield* id(t("v1")), [t("k2")]: t("v2"), ...(yield* id({ k3: 3 })) };
  say(o, order.join());
  const [a = yield* id(1), [b, ...c] = yield* id([2, 3, 4])] = [] as any[];
  say(a, b, c);
  say(`t ${yield* id(1)} ${(yield* id("x")) + (yield* id("y"))}`, (yield* id(null)) ?? "none", (yield* id(0)) || 7);
  const missing = undefined as Chan<number> | undefined;
  say(yield* id(missing?.len), (yield* id({ p: { q: 5 } })).p?.q);
  let x = 1;
  x += (yield* id(10)) * x++;
  say(x);
  say(yield* defaults(1), yield* defaults(1, 5), yield* defaults(1, undefined, 8, 9));
  say(yield* plain(3));
  const counter = new Counter(5);
  yield* counter.next();
  say(yield* counter.next(), counter.n);
  const object = {
    *twice(v: number): Generator<any, number, any> {
      yield* gosched();
      return v * 2;
    },
  };
  say(yield* object.twice(21));
  const key = "twice";
  say(yield* object[key](4));
  for (const [k, v] of new Map([["a", 1], ["b", 2]])) say(k, yield* id(v)); // prettier-ignore
  for (const ch of "a\u{1f439}b") say(ch, yield* id(ch.length));
  for (const i in { p: 1, q: 2 }) say(i, yield* id(i));
  outer: for (let i = 0; i < 3; i++) {
    switch (yield* id(i)) {
      case 0:
        continue outer;
      // @ts-expect-error -- falls through
      case 1:
        say("one");
      // falls through
      case 2:
        say("two");
        break;
      default:
        say("never");
    }
    do {
      yield* gosched();
      if (i === 2) break outer;
    } while (yield* id(false));
  }
  const fs: (() => number)[] = [];
  for (let i = 0; i < 3; i++) {
    yield* gosched();
    fs.push(() => i * i);
  }
  say(fs.map((f) => f()));
  const f: GoFunc<[number], any> = fib;
  say(yield* (yield* id(f))(10));
  say(typeof (yield* id(Symbol.iterator)), yield* id(/re/g), yield* id(new Date(0)));
  const out = chan<unknown>();
  go(sendDefaults, out);
  say(yield* out.recv());
  go(sendDefaults, out, "a", "b", 1, 2);
  say(yield* out.recv());
  const mine = 5;
  const text = `captured ${mine}`;
  go(function* () {
    yield* out.send([mine, text, yield* fib(7)]);
    go(function* () {
      yield* out.send(`nested ${mine}`);
    });
  });
  say(yield* out.recv());
  say(yield* out.recv());
});

// ---------------------------------------------------------------- mutex, nil, handles, numbers

const critical = goroutine(function* critical(mu: Mutex, cell: Chan<number>, n: number, wg: WaitGroup) {
  for (let i = 0; i < n; i++) {
    yield* mu.lock();
    try {
      const v = (yield* cell.recv())!;
      yield* gosched();
      yield* cell.send(v + 1);
    } finally {
      mu.unlock();
    }
  }
  wg.done();
});
const mutex = goroutine(function* mutex() {
  const mu = new Mutex();
  const cell = chan<number>(1);
  yield* cell.send(0);
  const wg = new WaitGroup();
  wg.add(8);
  for (let i = 0; i < 8; i++) go(critical, mu, cell, 25, wg);
  yield* wg.wait();
  say(yield* cell.recv(), mu.tryLock(), mu.tryLock());
});

const values = goroutine(function* values() {
  const ch = chan<any>(1);
  const list = [
    -0,
    NaN,
    2 ** 53 - 1,
    -(2 ** 31),
    5e-324,
    10n ** 40n,
    -1n,
    true,
    null,
    "",
    "abc",
    "\u00e9",
    "\u{1f439}",
  ];
  for (const v of [...list, "x".repeat(500).length, [1, { a: [2] }], new Map([[1, new Set(["s"])]])]) {
    yield* ch.send(v);
    const w = yield* ch.recv();
    const kept = yield* id(w);
    say(Object.is(v, w), kept);
  }
  yield* ch.send(ch);
  say((yield* ch.recv()) === ch, Chan.nil() === Chan.nil());
  yield* ch.send({ to: ch, f: id });
  const m = yield* ch.recv();
  say(m.to === ch, yield* m.f("called"));
});

const deep = goroutine(function* deep(n: number): any {
  if (n === 0) {
    yield* gosched();
    return 0;
  }
  return 1 + (yield* deep(n - 1));
});
const recursion = goroutine(function* recursion() {
  say(yield* deep(2000));
});

const programs = { pipeline, sieve, pool, forkJoin, exceptions, goexit, language, mutex, values, recursion };

export const main = goroutine(function* main() {
  for (const [name, f] of Object.entries(programs)) {
    println(name);
    yield* f();
  }
  println("end");
});
