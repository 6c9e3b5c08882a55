/**
 * One goroutine, three frames deep, that goes through thousands of changes of thread and looks at every local after each
 * step. It talks to two helpers that are pinned to one thread each (they keep a Map), and goes on where the helper is that
 * it talked to. Then it keeps what cannot move: a crowd of others has both threads busy, but it stays.
 *
 * Arguments: how many moves each phase must see, the most steps it may take for them, the most tries to find two threads.
 * Prints one line of JSON for each phase.
 */
import { type Chan, chan, go, type GoFunc, goroutine, gosched, Mutex, println, runtime, WaitGroup } from "gosched";

const MOVES = Number(process.argv[2] ?? 1000);
const STEPS = Number(process.argv[3] ?? 200_000);
const TRIES = Number(process.argv[4] ?? 40_000);

/** Never alone in the queues: computes a little, yields, until the channel is closed. */
const crowd = goroutine(function* crowd(stop: Chan<never>, wg: WaitGroup) {
  let x = 1;
  while (stop.tryRecv() === undefined) {
    for (let i = 0; i < 500; i++) x = Math.imul(x, 48271) + 1;
    yield* gosched();
  }
  wg.done();
});

/** Answers on its own thread, which it tells first. */
const helper = goroutine(function* helper(hello: Chan<number>, inp: Chan<number>, out: Chan<number>) {
  const kept = new Map([["answers", 0]]);
  yield* hello.send(runtime.threadId());
  for (let n; (n = yield* inp.recv()) !== undefined;) {
    kept.set("answers", kept.get("answers")! + 1);
    yield* out.send(n + 0.5);
  }
});

/** The innermost frame: suspends in one of five ways; every seventh time by way of an exception. */
const hop = goroutine(function* hop(
  way: number,
  home: number,
  here: Chan<number>,
  there: Chan<number>,
  from: Chan<number>,
  mu: Mutex,
) {
  const half = way / 2;
  const name = `hop ${way}`;
  let cleaned = 0;
  try {
    switch (way % 5) {
      case 0:
        yield* gosched();
        break;
      case 1:
      case 2:
        yield* (runtime.threadId() === home ? there : here).send(way);
        if ((yield* from.recv()) !== way + 0.5) return "wrong echo";
        break;
      case 3:
        yield* mu.lock();
        yield* gosched();
        mu.unlock();
        break;
      default:
        for (const ch of [here, there]) {
          yield* ch.send(way);
          if ((yield* from.recv()) !== way + 0.5) return "wrong echo";
        }
    }
    if (way % 7 === 0) throw new RangeError(name);
  } catch (e) {
    yield* gosched();
    if ((e as Error).message !== name || way % 7 !== 0) return `caught ${String(e)} at ${name}`;
  } finally {
    cleaned++;
    yield* gosched();
    cleaned++;
  }
  return half * 2 === way && cleaned === 2 && name === `hop ${way}` ? "" : `locals of ${name}: ${half} ${cleaned}`;
});

const same = (what: string, got: unknown, want: unknown): string =>
  Object.is(got, want) ? "" : `${what}: ${String(got)}`;

/** The middle frame: a local of each kind, live over several calls. Returns the moves it saw, or what was wrong. */
const middle = goroutine(function* middle(
  i: number,
  home: number,
  here: Chan<number>,
  there: Chan<number>,
  from: Chan<number>,
  mu: Mutex,
  wg: WaitGroup,
): Generator<any, number | string, any> {
  const int = i | 0;
  const negative = -i - 1;
  const double = i + 0.125;
  const minusZero = -0;
  const nan = NaN;
  const infinite = i % 2 === 0 ? Infinity : -Infinity;
  const max = 2 ** 53 - 1 - i;
  const tiny = 5e-324;
  const min32 = -(2 ** 31);
  const over32 = 2 ** 31 + i;
  const big = BigInt(i) * 2n ** 70n - 1n;
  const yes = i % 3 === 0;
  const nothing = null;
  const missing = undefined;
  const empty = "";
  const short = `s${i % 100}`;
  const long = `${"long ".repeat(40)}${i}`;
  const latin = `\u00e9\u00ff${i}`;
  const unicode = `gopher \u{1f439} \u4e16\u754c ${i}`;
  const lone = `\ud800${i}`;
  const channel = there;
  const group = wg;
  const f: GoFunc<[number, number, Chan<number>, Chan<number>, Chan<number>, Mutex], string> = hop;
  const {
    a,
    b: [c, , d = 9],
    ...others
  } = { a: i, b: [i + 1, i + 2], e: i + 3 };
  const sum = others.e;
  let moves = 0;
  let bad = "";
  for (let k = 0; k < 3 && bad === ""; k++) {
    const before = runtime.threadId();
    bad = yield* f(i + k, home, here, channel, from, mu);
    if (runtime.threadId() !== before) moves++;
    bad ||=
      same("int", int, i) ||
      same("negative", negative, -i - 1) ||
      same("double", double, i + 0.125) ||
      same("-0", minusZero, -0) ||
      same("NaN", nan, NaN) ||
      same("infinity", infinite, i % 2 === 0 ? Infinity : -Infinity) ||
      same("2^53-1", max, Number.MAX_SAFE_INTEGER - i) ||
      same("denormal", tiny, Number.MIN_VALUE) ||
      same("-2^31", min32, -2147483648) ||
      same("2^31", over32, 2147483648 + i) ||
      same("bigint", big, (BigInt(i) << 70n) - 1n) ||
      same("boolean", yes, i % 3 === 0) ||
      same("null", nothing, null) ||
      same("undefined", missing, undefined) ||
      same("empty", empty, "") ||
      same("short", short, "s" + String(i % 100)) ||
      same("long", long, Array(40).fill("long ").join("") + String(i)) ||
      same("latin", latin, "\xe9\xff" + String(i)) ||
      same("unicode", unicode, ["gopher", String.fromCodePoint(0x1f439), "世界", i].join(" ")) ||
      same("lone", lone, String.fromCharCode(0xd800) + String(i)) ||
      same("channel", channel, there) ||
      same("wait group", group, wg) ||
      same("function", f, hop) ||
      same("destructured", [a, c, d, sum].join(), [i, i + 1, 9, i + 3].join());
  }
  return bad === "" ? moves : bad;
});

/** The outer frame: loops, labels and accumulators that live over all of it. */
const outer = goroutine(function* outer(
  home: number,
  here: Chan<number>,
  there: Chan<number>,
  from: Chan<number>,
  mu: Mutex,
  wg: WaitGroup,
) {
  let moves = 0;
  let steps = 0;
  let sum = 0;
  let text = "";
  let seen = 0;
  turns: for (let i = 0; ; i++) {
    let j = 0;
    do {
      const r = (yield* middle(i + j, home, here, there, from, mu, wg)) as number | string;
      if (typeof r === "string") return { phase: "portable", bad: r, moves, steps, threads: seen };
      moves += r;
      steps += 3;
      sum += i + j;
      seen |= 1 << runtime.threadId();
      j++;
      if (moves >= MOVES || steps >= STEPS) break turns;
    } while (j < 2);
    for (const part of ["a", "b"]) {
      yield* gosched();
      text = (text + part).slice(-8);
      if (part === "a") continue turns;
    }
  }
  // What the loops must have added up, computed again.
  let want = 0;
  for (let i = 0, left = steps / 3; left > 0; i++) for (let j = 0; j < 2 && left > 0; j++, left--) want += i + j;
  const bad = same("sum", sum, want) || (/^a*$/.test(text) ? "" : `text ${text}`);
  return { phase: "portable", bad, moves, steps, threads: seen };
});

class Box {
  constructor(readonly value: number) {}
}

/** The same with what cannot leave its thread live: it stays there, whatever the others do. */
const pinned = goroutine(function* pinned() {
  const home = runtime.threadId();
  const map = new Map([["k", 1]]);
  const box = new Box(7);
  let calls = 0;
  const closure = (): number => ++calls;
  const list = Array.from({ length: 1000 }, (_, i) => ({ i }));
  let away = 0;
  let bad = "";
  for (let i = 0; i < MOVES; i++) {
    map.set(`k${i % 50}`, i);
    yield* gosched();
    if (runtime.threadId() !== home) away++;
    if (map.get(`k${i % 50}`) !== i || box.value !== 7 || closure() !== i + 1 || list[i % 1000]!.i !== i % 1000)
      bad = `step ${i}`;
  }
  return { phase: "pinned", bad, moves: away, steps: MOVES, threads: 1 << home };
});

/** Pinned while an object lives, free again when it is dead. */
const released = goroutine(function* released(
  home: number,
  here: Chan<number>,
  there: Chan<number>,
  from: Chan<number>,
) {
  const first = runtime.threadId();
  let away = 0;
  {
    const set = new Set<number>();
    for (let i = 0; i < 100; i++) {
      set.add(i);
      yield* gosched();
      if (runtime.threadId() !== first) away++;
    }
    if (set.size !== 100) return { phase: "released", bad: "set", moves: 0, steps: 0, threads: 0 };
  }
  let moves = 0;
  let steps = 0;
  let seen = 0;
  while (moves < MOVES / 4 && steps < STEPS) {
    const before = runtime.threadId();
    yield* (before === home ? there : here).send(steps);
    yield* from.recv();
    if (runtime.threadId() !== before) moves++;
    seen |= 1 << runtime.threadId();
    steps++;
  }
  return { phase: "released", bad: away === 0 ? "" : `moved ${away} times while pinned`, moves, steps, threads: seen };
});

/** Two helpers on different threads: started until there are. Uncompiled, main cannot leave: then one helper must do. */
const onBoth = goroutine(function* onBoth(out: Chan<number>) {
  const hello = chan<number>();
  let here = chan<number>();
  let home = -1;
  let x = 1;
  for (let tries = 0; tries < TRIES; tries++) {
    const inp = chan<number>();
    go(helper, hello, inp, out);
    // Long enough for the other thread, once it is up, to steal the new one.
    for (let i = 0; i < 500_000; i++) x = Math.imul(x, 48271) + 1;
    const id = (yield* hello.recv())!;
    if (home < 0) {
      home = id;
      here = inp;
    } else if (id !== home) return { home, here, there: inp };
    else inp.close();
    yield* gosched();
  }
  return { home, here, there: here };
});

export const main = goroutine(function* main() {
  const stop = chan<never>();
  const from = chan<number>();
  const mu = new Mutex();
  const wg = new WaitGroup();
  const { home, here, there } = yield* onBoth(from);
  const result = chan<object>(1);
  go(function* () {
    yield* result.send(yield* outer(home, here, there, from, mu, wg));
  });
  println(JSON.stringify(yield* result.recv()));
  for (let i = 0; i < 3; i++) {
    wg.add(1);
    go(crowd, stop, wg);
  }
  go(function* () {
    yield* result.send(yield* pinned());
  });
  println(JSON.stringify(yield* result.recv()));
  go(function* () {
    yield* result.send(yield* released(home, here, there, from));
  });
  println(JSON.stringify(yield* result.recv()));
  stop.close();
  here.close();
  if (there !== here) there.close();
  yield* wg.wait();
  println("end");
});
