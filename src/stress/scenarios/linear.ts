/** Scenarios that record what their goroutines did and when, and look whether it can have happened one by one (linear.ts). */
import { atomic, chan, type Chan, go, GoPanic, gosched, goroutine, select, SyncMap } from "gosched";
import {
  type ChanOp,
  chanModel,
  linearize,
  type MapOp,
  mapModel,
  type Model,
  type Operation,
  showHistory,
} from "../linear.js";
import { lcg } from "../random.js";
import { must, type Scenario } from "./common.js";

/** What a goroutine has done, as text: an array would pin it to its thread. */
function parse<O>(logs: string): Operation<O>[] {
  return JSON.parse(`[${logs.slice(0, -1)}]`) as Operation<O>[];
}
function record(call: number, ret: number, what: object): string {
  return `${JSON.stringify({ call, ret, what })},`;
}

function check<S, O>(kind: string, history: Operation<O>[], model: Model<S, O>): void {
  must(linearize(history, model) !== undefined, `${kind}: no order explains this history:\n${showHistory(history)}`);
}

/** A send of `v`, by one of three ways. */
const sender = goroutine(function* sender(ch: Chan<number>, clock: atomic.Int32, v: number, way: number) {
  let result: ChanOp["result"] = "ok";
  const call = clock.add(1);
  try {
    if (way === 0) result = ch.trySend(v) ? "ok" : "none";
    else if (way === 1) yield* select({ put: ch.onSend(v) });
    else yield* ch.send(v);
  } catch (e) {
    must(e instanceof GoPanic, `linearChan: a send failed with ${String(e)}`);
    result = "closed";
  }
  return record(call, clock.add(1), { op: way === 0 ? "trySend" : "send", value: v, result });
});

const receiver = goroutine(function* receiver(ch: Chan<number>, clock: atomic.Int32, way: number) {
  const call = clock.add(1);
  let ok = true;
  let value: number | undefined;
  let none = false;
  if (way === 0) {
    const r = ch.tryRecv();
    none = r === undefined;
    ok = r?.ok === true;
    value = r?.value;
  } else if (way === 1) {
    const r = yield* select({ got: ch });
    ok = r.ok;
    value = r.value;
  } else {
    const r = yield* ch.recvOk();
    ok = r.ok;
    value = r.value;
  }
  const result = none ? "none" : ok ? "ok" : "closed";
  return record(call, clock.add(1), { op: way === 0 ? "tryRecv" : "recv", ...(ok ? { value } : {}), result });
});

const chanUser = goroutine(function* chanUser(
  led: Chan<number>,
  id: number,
  ch: Chan<number>,
  clock: atomic.Int32,
  out: Chan<string>,
  rounds: number,
  seed: number,
) {
  let log = "";
  let x = seed;
  for (let i = 0; i < rounds; i++) {
    x = lcg(x);
    const way = (x >>> 20) % 5;
    if ((x >>> 16) % 2 === 0) log += yield* sender(ch, clock, id * 16 + i, way);
    else log += yield* receiver(ch, clock, way);
    if ((x >>> 24) % 3 === 0) yield* gosched();
  }
  yield* out.send(log);
  yield* led.send(id);
});

/** n goroutines send and receive on one channel, by all ways, and in the end it is closed. */
export const linearChan: Scenario = {
  kind: "linearChan",
  pick: (r) => ({ n: r.between(2, 5), a: r.between(1, 9), b: r.below(4) }),
  count: (p) => p.n,
  body: goroutine(function* linearChan(led, base, n, a, b, seed) {
    const ch = chan<number>(b);
    const clock = new atomic.Int32();
    const out = chan<string>(n);
    for (let i = 0; i < n; i++) go(chanUser, led, base + i, ch, clock, out, a, seed + i);
    // Some of them wait for ever without this.
    for (let i = (seed >>> 4) % 40; i > 0; i--) yield* gosched();
    const call = clock.add(1);
    ch.close();
    let logs = record(call, clock.add(1), { op: "close", result: "ok" });
    for (let i = 0; i < n; i++) logs += yield* out.recv();
    check("linearChan", parse<ChanOp>(logs), chanModel(b));
    for (let r = ch.tryRecv(); r?.ok === true; r = ch.tryRecv());
  }),
};

/** Operation `i` of a goroutine on one key. */
function mapOp(m: SyncMap<number, number>, key: number, clock: atomic.Int32, v: number, x: number): string {
  const what = (x >>> 16) % 8;
  const old = 1 + ((x >>> 20) % 48);
  const call = clock.add(1);
  let o: MapOp;
  if (what === 0) {
    m.store(key, v);
    o = { op: "store", value: v, result: 0 };
  } else if (what === 1) o = { op: "swap", value: v, result: m.swap(key, v) ?? 0 };
  else if (what === 2) {
    const r = m.loadOrStore(key, v);
    o = { op: "loadOrStore", value: v, result: r.loaded ? r.value : 0 };
  } else if (what === 3) o = { op: "loadAndDelete", value: 0, result: m.loadAndDelete(key) ?? 0 };
  else if (what === 4) o = { op: "compareAndSwap", old, value: v, result: m.compareAndSwap(key, old, v) ? 1 : 0 };
  else o = { op: "load", value: 0, result: m.load(key) ?? 0 };
  return record(call, clock.add(1), { ...o, key });
}

const mapUser = goroutine(function* mapUser(
  led: Chan<number>,
  id: number,
  me: number,
  m: SyncMap<number, number>,
  clock: atomic.Int32,
  out: Chan<string>,
  rounds: number,
  seed: number,
) {
  let log = "";
  let x = seed;
  for (let i = 0; i < rounds; i++) {
    x = lcg(x);
    // The same few values again and again, so that compareAndSwap now and then finds its own.
    log += mapOp(m, (x >>> 28) % 2, clock, 1 + me * 12 + (i % 12), x);
    // Others wait for their turn: without it a goroutine would do all it has to at once.
    if ((x >>> 12) % 3 === 0) yield* gosched();
  }
  yield* out.send(log);
  yield* led.send(id);
});

/** n goroutines use two keys of one map. */
export const linearMap: Scenario = {
  kind: "linearMap",
  keeps: true,
  pick: (r) => ({ n: r.between(2, 4), a: r.between(1, 24), b: 0 }),
  count: (p) => p.n,
  body: goroutine(function* linearMap(led, base, n, a, _b, seed) {
    const m = new SyncMap<number, number>();
    const clock = new atomic.Int32();
    const out = chan<string>(n);
    for (let i = 0; i < n; i++) go(mapUser, led, base + i, i, m, clock, out, a, seed + i);
    let logs = "";
    for (let i = 0; i < n; i++) logs += yield* out.recv();
    const all = parse<MapOp & { key: number }>(logs);
    for (const key of [0, 1])
      check(
        "linearMap",
        all.filter((o) => o.what.key === key),
        mapModel,
      );
  }),
};
