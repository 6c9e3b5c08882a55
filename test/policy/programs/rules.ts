/** What must hold under every policy: each function returns "ok", or what is wrong. */
import { atomic, chan, type Chan, go, gomaxprocs, goroutine, gosched, Mutex, runtime, sleep, WaitGroup } from "gosched";

export const resize = goroutine(function* resize(procs: number) {
  yield* gomaxprocs(procs);
});

const report = goroutine(function* report(id: number, out: Chan<number>) {
  if (id % 3 === 0) yield* gosched();
  yield* out.send(id);
});

/** Every goroutine runs exactly once. */
export const once = goroutine(function* once(n: number) {
  const out = chan<number>(8);
  for (let i = 0; i < n; i++) go(report, i, out);
  const seen: number[] = [];
  for (let i = 0; i < n; i++) seen.push((yield* out.recv())!);
  seen.sort((a, b) => a - b);
  const wrong = seen.findIndex((id, i) => id !== i);
  return wrong < 0 && out.len === 0 ? "ok" : `goroutine ${wrong} ran not at all or twice`;
});

const node = goroutine(function* node(depth: number, leaves: atomic.Int32, wg: WaitGroup) {
  if (depth === 0) leaves.add(1);
  else {
    wg.add(2);
    go(node, depth - 1, leaves, wg);
    go(node, depth - 1, leaves, wg);
  }
  wg.done();
});

/** A tree of goroutines, whose parents do not wait. */
export const tree = goroutine(function* tree(depth: number) {
  const leaves = new atomic.Int32();
  const wg = new WaitGroup();
  wg.add(1);
  go(node, depth, leaves, wg);
  yield* wg.wait();
  return leaves.load() === 2 ** depth ? "ok" : `${leaves.load()} leaves`;
});

const pong = goroutine(function* pong(ping: Chan<number>, back: Chan<number>) {
  for (let n; (n = yield* ping.recv()) !== undefined;) yield* back.send(n + 1);
  back.close();
});

/** Pairs that wake each other, and values in order. */
export const pairs = goroutine(function* pairs(rounds: number) {
  const ping = chan<number>();
  const back = chan<number>();
  go(pong, ping, back);
  let n = 0;
  for (let i = 0; i < rounds; i++) {
    yield* ping.send(n);
    n = (yield* back.recv())!;
  }
  ping.close();
  const last = yield* back.recv();
  return n === rounds && last === undefined ? "ok" : `${n} rounds`;
});

const adder = goroutine(function* adder(rounds: number, mu: Mutex, cell: atomic.Int32, wg: WaitGroup) {
  for (let i = 0; i < rounds; i++) {
    yield* mu.lock();
    const v = cell.load();
    if (i % 16 === 0) yield* gosched();
    cell.store(v + 1);
    mu.unlock();
  }
  wg.done();
});

/** A mutex excludes, also across a yield, and everybody gets it. */
export const mutex = goroutine(function* mutex(workers: number, rounds: number) {
  const mu = new Mutex();
  const cell = new atomic.Int32();
  const wg = new WaitGroup();
  wg.add(workers);
  for (let i = 0; i < workers; i++) go(adder, rounds, mu, cell, wg);
  yield* wg.wait();
  return cell.load() === workers * rounds ? "ok" : `${cell.load()} of ${workers * rounds}`;
});

const sleeper = goroutine(function* sleeper(ms: number, out: Chan<number>) {
  yield* sleep(ms);
  yield* out.send(ms);
});

/** Timers fire. */
export const timers = goroutine(function* timers(n: number) {
  const out = chan<number>();
  for (let i = 0; i < n; i++) go(sleeper, i % 4, out);
  let sum = 0;
  for (let i = 0; i < n; i++) sum += (yield* out.recv())!;
  return sum === (n / 4) * 6 ? "ok" : `the sum is ${sum}`;
});

const spinner = goroutine(function* spinner(stop: atomic.Int32, wg: WaitGroup) {
  while (stop.load() === 0) yield* gosched();
  wg.done();
});
const stopper = goroutine(function* stopper(stop: atomic.Int32, turns: number) {
  for (let i = 0; i < turns; i++) yield* gosched();
  stop.store(1);
});

/** Goroutines that only yield do not keep the others from running. */
export const yields = goroutine(function* yields(n: number) {
  const stop = new atomic.Int32();
  const wg = new WaitGroup();
  wg.add(n);
  for (let i = 0; i < n; i++) go(spinner, stop, wg);
  go(stopper, stop, 50);
  yield* wg.wait();
  return "ok";
});

const polling = goroutine(function* polling(stop: atomic.Int32, turns: atomic.Int32, wg: WaitGroup) {
  while (stop.load() === 0) {
    turns.add(1);
    yield* gosched();
  }
  wg.done();
});

/** GOMAXPROCS changes while goroutines poll: none of them is left behind where nobody looks. */
export const resizing = goroutine(function* resizing(n: number) {
  const before = runtime.gomaxprocs();
  const stop = new atomic.Int32();
  const wg = new WaitGroup();
  wg.add(n);
  const turns = Array.from({ length: n }, () => new atomic.Int32());
  for (const t of turns) go(polling, stop, t, wg);
  for (const procs of [3, 1, 2, 1, 4, 2, 1]) {
    yield* gomaxprocs(procs);
    const seen = turns.map((t) => t.load());
    // One that does not go on is named by the checked mode.
    for (let i = 0; i < n; i++) while (turns[i]!.load() === seen[i]) yield* gosched();
  }
  stop.store(1);
  yield* gomaxprocs(before);
  yield* wg.wait();
  return "ok";
});

const echo = goroutine(function* echo(ping: Chan<number>, back: Chan<number>) {
  for (let n; (n = yield* ping.recv()) !== undefined;) yield* back.send(n);
});
const restless = goroutine(function* restless(stop: atomic.Int32, wg: WaitGroup) {
  const ping = chan<number>();
  const back = chan<number>();
  go(echo, ping, back);
  while (stop.load() === 0) {
    yield* ping.send(1);
    yield* back.recv();
  }
  ping.close();
  wg.done();
});
const patient = goroutine(function* patient(turns: number, wg: WaitGroup) {
  for (let i = 0; i < turns; i++) yield* gosched();
  wg.done();
});

/** Pairs that wake each other for ever do not keep those from running that give way. */
export const restlessPairs = goroutine(function* restlessPairs(n: number) {
  const stop = new atomic.Int32();
  const pairs = new WaitGroup();
  const others = new WaitGroup();
  pairs.add(n);
  others.add(n);
  for (let i = 0; i < n; i++) {
    go(restless, stop, pairs);
    go(patient, 5, others);
  }
  yield* others.wait();
  stop.store(1);
  yield* pairs.wait();
  return "ok";
});

const hog = goroutine(function* hog(stop: atomic.Int32, wg: WaitGroup) {
  let x = 1;
  while (stop.load() === 0) x = (x * 69069 + 1) | 0;
  wg.done();
  return x;
});

/** Goroutines that compute without stopping are preempted: more of them than Ps, and one that ends them. */
export const hogs = goroutine(function* hogs() {
  const n = runtime.gomaxprocs() + 1;
  const stop = new atomic.Int32();
  const wg = new WaitGroup();
  wg.add(n);
  for (let i = 0; i < n; i++) go(hog, stop, wg);
  go(stopper, stop, 2);
  yield* wg.wait();
  return "ok";
});

const pinned = goroutine(function* pinned(id: number, out: Chan<number>) {
  const own = new Map([[id, runtime.threadId()]]);
  let moved = 0;
  for (let i = 0; i < 5; i++) {
    yield* gosched();
    if (own.get(id) !== runtime.threadId()) moved++;
  }
  yield* out.send(moved);
});

/** Goroutines that are bound to their threads run there. */
export const bound = goroutine(function* bound(n: number) {
  const out = chan<number>();
  for (let i = 0; i < n; i++) go(pinned, i, out);
  let moved = 0;
  for (let i = 0; i < n; i++) moved += (yield* out.recv())!;
  return moved === 0 ? "ok" : `moved ${moved} times`;
});

/** Hints are taken. */
export const hints = goroutine(function* hints(n: number) {
  const out = chan<number>();
  for (let i = 0; i < n; i++) go.with({ priority: i % 5, weight: 1 + i, deadline: 10 * i }, report, i, out);
  let sum = 0;
  for (let i = 0; i < n; i++) sum += (yield* out.recv())!;
  return sum === (n * (n - 1)) / 2 ? "ok" : `the sum is ${sum}`;
});
