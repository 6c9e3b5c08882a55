/** The search for an order: histories that have one, and histories that have none. */
import { expect, test } from "vitest";
import {
  type ChanOp,
  chanModel,
  linearize,
  type MapOp,
  mapModel,
  type Model,
  type Operation,
  runqModel,
  type RunqOp,
} from "../../src/stress/linear.js";
import { Random } from "../../src/stress/random.js";

const at = <O>(call: number, ret: number, what: O): Operation<O> => ({ call, ret, what });
const send = (value: number): ChanOp => ({ op: "send", value, result: "ok" });
const recv = (value: number): ChanOp => ({ op: "recv", value, result: "ok" });
const load = (result: number): MapOp => ({ op: "load", value: 0, result });
const store = (value: number): MapOp => ({ op: "store", value, result: 0 });
const put = (...gs: number[]): RunqOp => ({ op: "put", gs });
const get = (...gs: number[]): RunqOp => ({ op: "get", gs });
const steal = (...gs: number[]): RunqOp => ({ op: "steal", gs });
const none = (op: "trySend" | "tryRecv", value?: number): ChanOp => ({
  op,
  result: "none",
  ...(value === undefined ? {} : { value }),
});
const closed = (op: "send" | "recv"): ChanOp => ({ op, result: "closed" });
const close: ChanOp = { op: "close", result: "ok" };

test.each<[string, number, Operation<ChanOp>[], boolean]>([
  ["one after the other", 2, [at(1, 2, send(1)), at(3, 4, send(2)), at(5, 6, recv(1)), at(7, 8, recv(2))], true],
  ["overtaken", 2, [at(1, 2, send(1)), at(3, 4, send(2)), at(5, 6, recv(2)), at(7, 8, recv(1))], false],
  ["two sends at a time", 2, [at(1, 4, send(1)), at(2, 3, send(2)), at(5, 6, recv(2)), at(7, 8, recv(1))], true],
  ["received before it was sent", 1, [at(1, 2, recv(1)), at(3, 4, send(1))], false],
  ["received twice", 1, [at(1, 2, send(1)), at(3, 6, recv(1)), at(4, 5, recv(1))], false],
  [
    "more than there is room for",
    1,
    [at(1, 2, send(1)), at(3, 4, send(2)), at(5, 6, recv(1)), at(7, 8, recv(2))],
    false,
  ],
  ["full, though there was room", 2, [at(1, 2, send(1)), at(3, 4, none("trySend", 2))], false],
  ["full, in the middle of the only send", 1, [at(1, 4, send(1)), at(2, 3, none("trySend", 2))], true],
  ["empty, though something was there", 1, [at(1, 2, send(1)), at(3, 4, none("tryRecv"))], false],
  ["a rendezvous", 0, [at(1, 3, send(1)), at(2, 4, recv(1))], true],
  ["no rendezvous: the send was over before", 0, [at(1, 2, send(1)), at(3, 4, recv(1))], false],
  ["two rendezvous, crossed", 0, [at(1, 3, send(1)), at(2, 4, recv(2)), at(5, 7, send(2)), at(6, 8, recv(1))], false],
  ["drained, then closed", 1, [at(1, 2, send(1)), at(3, 4, close), at(5, 6, recv(1)), at(7, 8, closed("recv"))], true],
  ["closed before it was drained", 1, [at(1, 2, send(1)), at(3, 4, close), at(5, 6, closed("recv"))], false],
  ["a panic before the close", 1, [at(1, 2, closed("send")), at(3, 4, close)], false],
  ["sent after the close", 1, [at(1, 2, close), at(3, 4, send(1))], false],
  ["a receiver that waits while the channel is closed", 0, [at(1, 4, closed("recv")), at(2, 3, close)], true],
])("channel: %s", (_, size, history, ok) => {
  expect(linearize(history, chanModel(size)) !== undefined).toBe(ok);
});

test.each<[string, Operation<MapOp>[], boolean]>([
  ["a load sees the store", [at(1, 2, store(1)), at(3, 4, load(1))], true],
  ["a stale load", [at(1, 2, store(1)), at(3, 4, store(2)), at(5, 6, load(1))], false],
  ["new, then old again", [at(1, 8, store(1)), at(2, 3, load(1)), at(4, 5, load(0))], false],
  [
    "lost update",
    [at(1, 2, { op: "swap", value: 1, result: 0 }), at(3, 4, { op: "swap", value: 2, result: 0 })],
    false,
  ],
  [
    "two that both stored first",
    [at(1, 4, { op: "loadOrStore", value: 1, result: 0 }), at(2, 3, { op: "loadOrStore", value: 2, result: 0 })],
    false,
  ],
  [
    "deleted twice",
    [
      at(1, 2, store(1)),
      at(3, 6, { op: "loadAndDelete", value: 0, result: 1 }),
      at(4, 5, { op: "loadAndDelete", value: 0, result: 1 }),
    ],
    false,
  ],
  [
    "compareAndSwap twice",
    [
      at(1, 2, store(1)),
      at(3, 6, { op: "compareAndSwap", old: 1, value: 2, result: 1 }),
      at(4, 5, { op: "compareAndSwap", old: 1, value: 3, result: 1 }),
    ],
    false,
  ],
  [
    "compareAndSwap fails though it matches",
    [at(1, 2, store(1)), at(3, 4, { op: "compareAndSwap", old: 1, value: 2, result: 0 })],
    false,
  ],
])("map: %s", (_, history, ok) => {
  expect(linearize(history, mapModel) !== undefined).toBe(ok);
});

test.each<[string, Operation<RunqOp>[], boolean]>([
  ["half is stolen", [at(1, 2, put(1, 2, 3, 4)), at(3, 4, steal(1, 2)), at(5, 6, get(3))], true],
  ["the wrong end is stolen", [at(1, 2, put(1, 2, 3, 4)), at(3, 4, steal(3, 4))], false],
  ["more than half is stolen", [at(1, 2, put(1, 2, 3, 4)), at(3, 4, steal(1, 2, 3))], false],
  ["owner and thief have the same one", [at(1, 2, put(1)), at(3, 6, steal(1)), at(4, 5, get(1))], false],
  ["empty, though there is one", [at(1, 2, put(1)), at(3, 4, get())], false],
])("run queue: %s", (_, history, ok) => {
  expect(linearize(history, runqModel) !== undefined).toBe(ok);
});

/** What really happened one by one, each at a random moment of a longer operation, is found; and its order is an order. */
test("histories made from an order have one", () => {
  for (let seed = 0; seed < 300; seed++) {
    const r = new Random(seed);
    const size = r.below(4);
    const model: Model<{ buffer: readonly number[]; closed: boolean }, ChanOp> = chanModel(size + 1);
    let s = model.init;
    const history: Operation<ChanOp>[] = [];
    for (let i = 0; i < 40; i++) {
      const o = r.pick([send(i), none("trySend", i), none("tryRecv"), recv(s.buffer[0] ?? -1)]);
      const next = model.step(s, o);
      if (next === undefined) continue;
      s = next;
      // Different fractions, so that no two times are the same.
      history.push(at(i - r.below(3) - i / 1000, i + r.below(3) + 0.5 + i / 1000, o));
    }
    const order = linearize(history, model);
    expect(order?.length, `seed ${seed}`).toBe(history.length);
    let t = model.init;
    for (const o of order!) t = model.step(t, o)!;
    expect(model.key(t)).toBeDefined();
  }
});
