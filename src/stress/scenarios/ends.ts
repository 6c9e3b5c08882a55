/** Scenarios about exceptions, Goexit, threads of one's own, and pinned goroutines. */
import { chan, type Chan, go, gosched, goroutine, runtime } from "gosched";
import { lcg } from "../random.js";
import { chores, dive, must, type Scenario } from "./common.js";

const thrower = goroutine(function* thrower(depth: number, id: number): Generator<any, number, any> {
  yield* gosched();
  if (depth === 0) throw new RangeError(`thrown by ${id}`);
  try {
    return yield* thrower(depth - 1, id);
  } finally {
    // A suspension while the exception is on its way.
    if (depth % 2 === 0) yield* gosched();
  }
});

const catcher = goroutine(function* catcher(led: Chan<number>, id: number, rounds: number, depth: number) {
  let caught = 0;
  for (let i = 0; i < rounds; i++)
    try {
      yield* thrower(depth, id);
      must(false, "exceptions: nothing was thrown");
    } catch (e) {
      must(e instanceof RangeError && e.message === `thrown by ${id}`, `exceptions: ${id} caught ${String(e)}`);
      yield* gosched();
      caught++;
    }
  must(caught === rounds, `exceptions: ${caught} of ${rounds} caught`);
  yield* led.send(id);
});

export const exceptions: Scenario = {
  kind: "exceptions",
  pick: (r) => ({ n: r.size(12), a: r.between(1, 12), b: r.below(6) }),
  count: (p) => p.n,
  body: goroutine(function* exceptions(led, base, n, a, b, _seed) {
    for (let i = 0; i < n; i++) go(catcher, led, base + i, a, b);
  }),
};

const leaver = goroutine(function* leaver(led: Chan<number>, id: number, depth: number): Generator<any, void, any> {
  try {
    if (depth === 0) {
      yield* gosched();
      runtime.goexit();
    }
    yield* leaver(led, id, depth - 1);
    must(false, "exits: a goroutine went on after Goexit");
  } catch (e) {
    must(false, `exits: a catch clause saw Goexit: ${String(e)}`);
  } finally {
    // The outermost finally block is the last that it does.
    if (depth === id % 4) yield* led.send(id);
  }
});

/** Goroutines that end by Goexit from some calls deep; their finally blocks run, once. */
export const exits: Scenario = {
  kind: "exits",
  pick: (r) => ({ n: r.size(20), a: 0, b: 0 }),
  count: (p) => p.n,
  body: goroutine(function* exits(led, base, n, _a, _b, _seed) {
    for (let i = 0; i < n; i++) go(leaver, led, base + i, (base + i) % 4);
  }),
};

const loner = goroutine(function* loner(led: Chan<number>, id: number, rounds: number, seed: number) {
  const there = chan<number>(seed % 2);
  const back = chan<number>();
  go(partner, led, id + 1, there, back, seed);
  let x = seed;
  for (let i = 0; i < rounds; i++) {
    x = lcg(x);
    const nested = (x >>> 16) % 3;
    for (let k = 0; k <= nested; k++) runtime.lockOSThread();
    const thread = runtime.threadId();
    const steps = (x >>> 18) % 4;
    for (let k = 0; k < steps; k++) {
      if ((x >>> k) % 2 === 0) yield* gosched();
      else {
        yield* there.send(k);
        const v = yield* back.recv();
        must(v === k + 1, `lockALot: the answer to ${k} is ${v}`);
      }
      must(runtime.threadId() === thread, `lockALot: goroutine ${id} moved although it is locked to its thread`);
    }
    for (let k = 0; k <= nested; k++) {
      must(runtime.threadId() === thread, `lockALot: goroutine ${id} moved before it was unlocked`);
      runtime.unlockOSThread();
    }
    yield* chores(x, 1);
  }
  there.close();
  yield* led.send(id);
  // One in three ends while it is locked.
  if (id % 3 === 0) runtime.lockOSThread();
});

const partner = goroutine(function* partner(
  led: Chan<number>,
  id: number,
  inp: Chan<number>,
  out: Chan<number>,
  seed: number,
) {
  const lock = seed % 4 === 0;
  if (lock) runtime.lockOSThread();
  for (let v = yield* inp.recv(); v !== undefined; v = yield* inp.recv()) yield* out.send(v + 1);
  if (lock) runtime.unlockOSThread();
  yield* led.send(id);
});

/** Goroutines locked to their threads, which talk to others that are not, or are as well. */
export const lockALot: Scenario = {
  kind: "lockALot",
  pick: (r) => ({ n: r.between(1, 3), a: r.between(1, 12), b: 0 }),
  count: (p) => p.n * 2,
  body: goroutine(function* lockALot(led, base, n, a, _b, seed) {
    for (let i = 0; i < n; i++) go(loner, led, base + i * 2, a, (seed >>> 1) + i);
  }),
};

const pinned = goroutine(function* pinned(led: Chan<number>, id: number, rounds: number, seed: number) {
  let x = seed;
  for (let i = 0; i < rounds; i++) {
    x = lcg(x);
    const seen = new Map<string, number>([["id", id]]);
    const thread = runtime.threadId();
    const steps = (x >>> 16) % 5;
    for (let k = 0; k < steps; k++) {
      yield* gosched();
      seen.set("k", k);
      must(runtime.threadId() === thread, `pinALot: goroutine ${id} moved away from its Map`);
    }
    must(seen.get("id") === id && (steps === 0 || seen.get("k") === steps - 1), `pinALot: ${id} has another's Map`);
    // The Map is dead here: the goroutine may move.
    yield* chores(x, 2);
  }
  yield* led.send(id);
});

/** Goroutines that keep an object of their thread over suspensions, and are free to move in between. */
export const pinALot: Scenario = {
  kind: "pinALot",
  pick: (r) => ({ n: r.size(12), a: r.between(1, 12), b: 0 }),
  count: (p) => p.n,
  body: goroutine(function* pinALot(led, base, n, a, _b, seed) {
    for (let i = 0; i < n; i++) go(pinned, led, base + i, a, seed + i);
  }),
};

const diver = goroutine(function* diver(led: Chan<number>, id: number, depth: number) {
  const r = yield* dive(depth, id);
  must(r === id, `deep: dive of ${depth} gave ${r}`);
  yield* led.send(id);
});

/** Recursion: stacks grow, and shrink when the goroutine is dead and used again. */
export const deep: Scenario = {
  kind: "deep",
  pick: (r) => ({ n: r.size(10), a: r.below(5) === 0 ? r.between(100, 3000) : r.between(1, 100), b: 0 }),
  count: (p) => p.n,
  body: goroutine(function* deep(led, base, n, a, _b, _seed) {
    for (let i = 0; i < n; i++) go(diver, led, base + i, a);
  }),
};
