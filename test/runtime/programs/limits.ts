/** Goroutine functions that go to extremes: depth, number, GOMAXPROCS that changes, locked threads. */
import { type Chan, chan, go, gomaxprocs, goroutine, gosched, Mutex, runtime, WaitGroup } from "gosched";

const deep = goroutine(function* deep(n: number): any {
  if (n === 0) {
    yield* gosched();
    return 0;
  }
  const below = yield* deep(n - 1);
  return below + 1;
});

/** Recursion that suspends at the bottom, and on the way back at every 1000th frame. */
const deepTurns = goroutine(function* deepTurns(n: number): any {
  if (n === 0) return "";
  const s: string = yield* deepTurns(n - 1);
  if (n % 1000 === 0) yield* gosched();
  return n % 100_000 === 0 ? `${s}${n / 100_000}` : s;
});

export const recursion = goroutine(function* recursion(n: number) {
  return [yield* deep(n), yield* deepTurns(n), yield* deep(10)];
});

const throwsDeep = goroutine(function* throwsDeep(n: number, left: Chan<number>): any {
  try {
    if (n === 0) {
      yield* gosched();
      throw new RangeError("bottom");
    }
    yield* throwsDeep(n - 1, left);
  } finally {
    if (n % 10 === 0) yield* gosched();
    yield* left.send((yield* left.recv())! + n);
  }
});

/** An exception from the bottom through n finally blocks that suspend themselves. */
export const finallies = goroutine(function* finallies(n: number) {
  const left = chan<number>(1);
  yield* left.send(0);
  try {
    yield* throwsDeep(n, left);
  } catch (e) {
    return [(e as Error).message, yield* left.recv()];
  }
  return "no exception";
});

/** goexit from the bottom: all finally blocks run. */
export const exitsDeep = goroutine(function* exitsDeep(n: number) {
  const left = chan<number>(1);
  yield* left.send(0);
  const done = chan<boolean>();
  go(exiting, n, left, done);
  yield* done.recv();
  return yield* left.recv();
});
const exiting = goroutine(function* exiting(n: number, left: Chan<number>, done: Chan<boolean>) {
  try {
    yield* exitAt(n, left);
  } finally {
    yield* done.send(true);
  }
});
const exitAt = goroutine(function* exitAt(n: number, left: Chan<number>): any {
  try {
    if (n === 0) runtime.goexit();
    yield* exitAt(n - 1, left);
  } finally {
    yield* left.send((yield* left.recv())! + 1);
  }
});

// ---------------------------------------------------------------- many

const sleeper = goroutine(function* sleeper(start: Chan<never>, done: Chan<number>, i: number) {
  yield* start.recv();
  yield* done.send(i);
});

/** n goroutines, all parked at once, woken by one close; each counted. */
export const crowd = goroutine(function* crowd(n: number) {
  // Those of an earlier crowd have been counted, but not all of them are gone.
  while (runtime.numGoroutine() > 1) yield* gosched();
  const start = chan<never>();
  const done = chan<number>(64);
  for (let i = 0; i < n; i++) go(sleeper, start, done, i);
  const alive = runtime.numGoroutine() - 1;
  start.close();
  let seen = 0;
  let sum = 0;
  const counts = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    const id = (yield* done.recv())!;
    if (counts[id]!++ === 0) seen++;
    sum += id;
  }
  return { alive, seen, sum };
});

// ---------------------------------------------------------------- GOMAXPROCS

const worker = goroutine(function* worker(jobs: Chan<number>, done: Chan<number>) {
  for (let j; (j = yield* jobs.recv()) !== undefined;) {
    let x = j;
    for (let k = 0; k < 200; k++) x = Math.imul(x, 48271) + 1;
    yield* gosched();
    yield* done.send(j);
  }
});
const feed = goroutine(function* feed(jobs: Chan<number>, n: number) {
  for (let i = 0; i < n; i++) yield* jobs.send(i);
  jobs.close();
});
const resizer = goroutine(function* resizer(seed: number, times: number, result: Chan<string>) {
  let x = seed | 1;
  let now = yield* gomaxprocs();
  let wrong = 0;
  for (let i = 0; i < times; i++) {
    x = Math.imul(x, 48271) & 0x7fffffff;
    const next = 1 + (x % 5);
    if ((yield* gomaxprocs(next)) !== now) wrong++;
    if (runtime.gomaxprocs() !== next) wrong++;
    now = next;
    for (let k = x % 7; k > 0; k--) yield* gosched();
  }
  yield* result.send(`${times} changes, ${wrong} wrong`);
});
/** Jobs go through workers while the number of Ps changes all the time; each job is counted. */
export const resized = goroutine(function* resized(seed: number, n: number, times: number) {
  const jobs = chan<number>(4);
  const done = chan<number>();
  const result = chan<string>(1);
  for (let i = 0; i < 10; i++) go(worker, jobs, done);
  go(feed, jobs, n);
  go(resizer, seed, times, result);
  const counts = new Uint8Array(n);
  for (let i = 0; i < n; i++) counts[(yield* done.recv())!]!++;
  const changes = yield* result.recv();
  return { once: counts.every((c) => c === 1), changes };
});
/** Two that change it at the same time: the world is stopped by one after the other. */
export const rivals = goroutine(function* rivals(times: number) {
  const wg = new WaitGroup();
  for (let i = 0; i < 3; i++) {
    wg.add(1);
    go(rival, i, times, wg);
  }
  yield* wg.wait();
  const n = runtime.gomaxprocs();
  return n >= 1 && n <= 4;
});
const rival = goroutine(function* rival(i: number, times: number, wg: WaitGroup) {
  for (let k = 0; k < times; k++) {
    yield* gomaxprocs(1 + ((i + k) % 4));
    yield* gosched();
  }
  wg.done();
});
export const setProcs = goroutine(function* setProcs(n: number) {
  return yield* gomaxprocs(n);
});

// ---------------------------------------------------------------- LockOSThread

const noise = goroutine(function* noise(stop: Chan<never>, wg: WaitGroup) {
  while (stop.tryRecv() === undefined) yield* gosched();
  wg.done();
});
const echo = goroutine(function* echo(inp: Chan<number>, out: Chan<number>) {
  for (let v; (v = yield* inp.recv()) !== undefined;) yield* out.send(v + 1);
});
/** Locked twice: it stays on its thread over all kinds of suspension, until it has unlocked twice. */
export const locked = goroutine(function* locked(turns: number) {
  const stop = chan<never>();
  const wg = new WaitGroup();
  const to = chan<number>();
  const from = chan<number>();
  const mu = new Mutex();
  for (let i = 0; i < 3; i++) {
    wg.add(1);
    go(noise, stop, wg);
  }
  go(echo, to, from);
  runtime.lockOSThread();
  runtime.lockOSThread();
  const home = runtime.threadId();
  let away = 0;
  let wrong = 0;
  for (let i = 0; i < turns; i++) {
    yield* to.send(i);
    if ((yield* from.recv()) !== i + 1) wrong++;
    if (runtime.threadId() !== home) away++;
    yield* gosched();
    if (runtime.threadId() !== home) away++;
    yield* mu.lock();
    mu.unlock();
    if (i === turns >> 1) runtime.unlockOSThread();
  }
  runtime.unlockOSThread();
  stop.close();
  to.close();
  yield* wg.wait();
  return { away, wrong };
});

const holder = goroutine(function* holder(i: number, ready: Chan<number>, quit: Chan<never>) {
  runtime.lockOSThread();
  const home = runtime.threadId();
  yield* ready.send(home);
  yield* quit.recv();
  yield* ready.send(runtime.threadId() === home ? i : -1);
});
/** Several locked goroutines have a thread each, though there are fewer Ps; they end locked. */
export const lockedMany = goroutine(function* lockedMany(n: number) {
  const ready = chan<number>();
  const quit = chan<never>();
  for (let i = 0; i < n; i++) go(holder, i, ready, quit);
  const homes = new Set<number>();
  for (let i = 0; i < n; i++) homes.add((yield* ready.recv())!);
  quit.close();
  let kept = 0;
  for (let i = 0; i < n; i++) if ((yield* ready.recv())! >= 0) kept++;
  return { threads: homes.size, kept };
});

/** A goroutine that lives on a thread because of what it holds, and another that locks that thread for itself. */
export const lockedAndPinned = goroutine(function* lockedAndPinned(turns: number) {
  const map = new Map<number, number>();
  const to = chan<number>();
  const from = chan<number>();
  const home = runtime.threadId();
  // Started here, so it begins on this thread, and locks it.
  go(lockedEcho, to, from);
  let away = 0;
  for (let i = 0; i < turns; i++) {
    yield* to.send(i);
    map.set(i, (yield* from.recv())!);
    if (runtime.threadId() !== home) away++;
  }
  to.close();
  return { away, answers: map.size };
});
const lockedEcho = goroutine(function* lockedEcho(inp: Chan<number>, out: Chan<number>) {
  runtime.lockOSThread();
  for (let v; (v = yield* inp.recv()) !== undefined;) yield* out.send(v + 1);
});
