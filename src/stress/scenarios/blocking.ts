/** Scenarios about what keeps a thread: system calls, promises, files, loops that do not stop by themselves; and about panics. */
import { fileURLToPath } from "node:url";
import {
  type Chan,
  chan,
  defer,
  fs,
  go,
  gosched,
  goroutine,
  panic,
  recover,
  runtime,
  sleep,
  syscall,
  wait,
  WaitGroup,
} from "gosched";
import { lcg } from "../random.js";
import { chores, must, type Scenario } from "./common.js";

/** Keeps the thread for so many milliseconds. */
function block(ms: number): number {
  const end = performance.now() + ms;
  while (performance.now() < end);
  return ms;
}

const caller = goroutine(function* caller(led: Chan<number>, id: number, rounds: number, seed: number) {
  let x = seed;
  const text = `caller ${id}`;
  for (let i = 0; i < rounds; i++) {
    x = lcg(x);
    const how = (x >>> 16) % 6;
    if (how === 0) must((yield* syscall.blocking(() => block(0.05))) === 0.05, "syscallALot: a wrong result");
    // Now and then long enough for sysmon to take the P away.
    else if (how === 1) must((yield* syscall(() => block(2))) === 2, "syscallALot: a wrong result");
    else if (how === 2) {
      let e: unknown;
      try {
        yield* syscall(() => {
          throw new RangeError(text);
        });
      } catch (thrown) {
        e = thrown;
      }
      must(e instanceof RangeError && e.message === text, `syscallALot: caught ${String(e)}`);
    } else must((yield* syscall(() => i)) === i, "syscallALot: a wrong result");
    if ((x >>> 24) % 3 === 0) yield* chores(x, 2);
  }
  must(text === `caller ${id}`, "syscallALot: a local has changed");
  yield* led.send(id);
});

/** n goroutines in system calls, short and long, that return and throw. */
export const syscallALot: Scenario = {
  kind: "syscallALot",
  pick: (r) => ({ n: r.size(12), a: r.between(1, 10), b: 0 }),
  count: (p) => p.n,
  body: goroutine(function* syscallALot(led, base, n, a, _b, seed) {
    for (let i = 0; i < n; i++) go(caller, led, base + i, a, seed + i);
  }),
};

/** A promise that settles at once, in a microtask, or after a while. */
function promise(how: number, v: number): Promise<number> {
  if (how === 0) return Promise.resolve(v);
  if (how === 1) return Promise.reject(new RangeError(String(v)));
  return new Promise((resolve) => setTimeout(() => resolve(v), how - 2));
}

const awaiter = goroutine(function* awaiter(led: Chan<number>, id: number, rounds: number, seed: number) {
  let x = seed;
  for (let i = 0; i < rounds; i++) {
    x = lcg(x);
    const how = (x >>> 16) % 4;
    let v: number;
    try {
      v = yield* wait(promise(how, i));
      must(how !== 1, "promiseALot: a rejected promise had a value");
    } catch (e) {
      must(how === 1 && e instanceof RangeError, `promiseALot: caught ${String(e)}`);
      v = i;
    }
    must(v === i, `promiseALot: the promise of ${i} gave ${v}`);
    if ((x >>> 24) % 2 === 0) yield* gosched();
  }
  yield* led.send(id);
});

/** n goroutines that wait for promises, on whatever thread they are. */
export const promiseALot: Scenario = {
  kind: "promiseALot",
  pick: (r) => ({ n: r.size(20), a: r.between(1, 8), b: 0 }),
  count: (p) => p.n,
  body: goroutine(function* promiseALot(led, base, n, a, _b, seed) {
    for (let i = 0; i < n; i++) go(awaiter, led, base + i, a, seed + i);
  }),
};

const reader = goroutine(function* reader(led: Chan<number>, id: number, rounds: number, seed: number) {
  // This module.
  const path = fileURLToPath(import.meta.url);
  const size = (yield* fs.stat(path)).size;
  for (let i = 0; i < rounds; i++) {
    if ((seed >>> (i % 24)) % 3 === 0) {
      let code: unknown;
      try {
        yield* fs.readFile(`${path}.none`);
      } catch (e) {
        code = (e as { code?: string }).code;
      }
      must(code === "ENOENT", `fileALot: a file that does not exist: ${String(code)}`);
    } else must((yield* fs.readFile(path)).length === size, "fileALot: a file of another size");
  }
  yield* led.send(id);
});

/** n goroutines that have the network poller read files. */
export const fileALot: Scenario = {
  kind: "fileALot",
  pick: (r) => ({ n: r.size(12), a: r.between(1, 6), b: 0 }),
  count: (p) => p.n,
  body: goroutine(function* fileALot(led, base, n, a, _b, seed) {
    for (let i = 0; i < n; i++) go(reader, led, base + i, a, seed + i);
  }),
};

/** Computes without ever stopping by itself. */
const hog = goroutine(function* hog(led: Chan<number>, id: number, rounds: number) {
  let s = 0;
  for (let i = 0; i < rounds * 1_000_000; i++) s = (s * 31 + i) | 0;
  must(s === hogged(rounds), `hogALot: ${s} is not the sum`);
  yield* led.send(id);
});
const sums = new Map<number, number>();
/** The same in a plain function, once for each thread. */
function hogged(rounds: number): number {
  let s = sums.get(rounds);
  if (s !== undefined) return s;
  s = 0;
  for (let i = 0; i < rounds * 1_000_000; i++) s = (s * 31 + i) | 0;
  sums.set(rounds, s);
  return s;
}

const light = goroutine(function* light(led: Chan<number>, id: number, rounds: number) {
  for (let i = 0; i < rounds; i++) yield* sleep(0.2);
  yield* led.send(id);
});

/** n goroutines that compute for longer than a slice, among a that only look at the clock now and then. */
export const hogALot: Scenario = {
  kind: "hogALot",
  pick: (r) => ({ n: r.between(1, 4), a: r.size(10), b: r.between(1, 12) }),
  count: (p) => p.n + p.a,
  body: goroutine(function* hogALot(led, base, n, a, b, _seed) {
    for (let i = 0; i < n; i++) go(hog, led, base + i, b);
    for (let i = 0; i < a; i++) go(light, led, base + n + i, 8);
  }),
};

const catchAll = goroutine(function* catchAll(id: number, out: Chan<string>) {
  yield* gosched();
  const e = recover();
  yield* out.send(e === undefined ? "none" : String(e));
  must(recover() === undefined, `panicALot: ${id} recovered twice`);
});

/** Panics at the bottom of some calls; deferred functions on the way replace the panic, or see it pass. */
const deeper = goroutine(function* deeper(
  id: number,
  depth: number,
  seed: number,
  seen: Chan<number>,
): Generator<any, number, any> {
  defer(see, seen, depth);
  if (depth === 0) {
    yield* gosched();
    if (seed % 3 === 0) runtime.goexit();
    panic(`panic ${id}`);
  }
  const r: number = yield* deeper(id, depth - 1, seed, seen);
  return r + 1;
});

const see = goroutine(function* see(seen: Chan<number>, depth: number) {
  if (depth % 2 === 0) yield* gosched();
  yield* seen.send(depth);
});

const protectedOne = goroutine(function* protectedOne(
  id: number,
  depth: number,
  seed: number,
  seen: Chan<number>,
  out: Chan<string>,
) {
  defer(catchAll, id, out);
  yield* deeper(id, depth, seed, seen);
  must(false, "panicALot: a goroutine went on after its panic");
});

/** The goroutine that is watched: it ends by Goexit, or goes on after the panic, and tells neither. */
const daring = goroutine(function* daring(
  id: number,
  depth: number,
  seed: number,
  seen: Chan<number>,
  out: Chan<string>,
  wg: WaitGroup,
) {
  defer(finished, wg);
  yield* protectedOne(id, depth, seed, seen, out);
  must(seed % 3 !== 0, "panicALot: a goroutine went on after Goexit");
});
const finished = goroutine(function* finished(wg: WaitGroup) {
  yield* gosched();
  wg.done();
});

const watcher = goroutine(function* watcher(
  led: Chan<number>,
  id: number,
  depth: number,
  rounds: number,
  seed: number,
) {
  for (let i = 0; i < rounds; i++) {
    const seen = chan<number>(depth + 1);
    const out = chan<string>(1);
    const wg = new WaitGroup();
    wg.add(1);
    go(daring, id, depth, (seed >>> 1) + i, seen, out, wg);
    yield* wg.wait();
    for (let d = 0; d <= depth; d++) {
      const r = seen.tryRecv();
      must(r?.value === d, `panicALot: deferred call ${String(r?.value)} came in place of ${d}`);
    }
    const want = ((seed >>> 1) + i) % 3 === 0 ? "none" : `panic ${id}`;
    const got = out.tryRecv()?.value;
    must(got === want, `panicALot: recovered ${String(got)}, not ${want}`);
  }
  yield* led.send(id);
});

/** Panics and Goexit through several calls whose deferred functions suspend. */
export const panicALot: Scenario = {
  kind: "panicALot",
  pick: (r) => ({ n: r.size(12), a: r.below(7), b: r.between(1, 6) }),
  count: (p) => p.n,
  body: goroutine(function* panicALot(led, base, n, a, b, seed) {
    for (let i = 0; i < n; i++) go(watcher, led, base + i, a, b, seed + i);
  }),
};
