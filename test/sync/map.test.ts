/** SyncMap: against a JavaScript Map, promotion as Go counts it, who frees what, and all orders with one stop. */
import { describe, expect, test } from "vitest";
import { I } from "../../src/arena/arena.js";
import {
  MAP_EXPUNGED,
  ME_CELL,
  MT_COUNT,
  SM_AMENDED,
  SM_DIRTY,
  SM_EXPUNGED,
  SM_MISSES,
  SM_READ,
} from "../../src/arena/layout.js";
import { type Chan, chan, type MapKey, SyncMap } from "../../src/index.js";
import { setg } from "../../src/stack/current.js";
import { prepare } from "../../src/sync/mapkey.js";
import { each, newtable } from "../../src/sync/maptable.js";
import { random, seeds } from "../arena/model.js";
import { interleave } from "../sched/interleave.js";
import { KINDS, make, numberOf } from "../../src/stress/values.js";
import { asM, fresh, inUse } from "./world.js";

const amended = (m: SyncMap<never, never>): boolean => (I[m.addr + SM_READ]! & SM_AMENDED) !== 0;
const any = (m: unknown): SyncMap<never, never> => m as SyncMap<never, never>;
/** Entries in a table. */
const count = (t: number): number => (t === 0 ? 0 : I[t + MT_COUNT]!);
const readCount = (m: unknown): number => count(I[any(m).addr + SM_READ]! & ~SM_AMENDED);
const dirtyCount = (m: unknown): number => count(I[any(m).addr + SM_DIRTY]!);

/** What must hold between two operations. */
function check(m: SyncMap<never, never>): void {
  const read = I[m.addr + SM_READ]! & ~SM_AMENDED;
  const dirty = I[m.addr + SM_DIRTY]!;
  if (amended(m) !== (dirty !== 0)) throw new Error("amended without a dirty table, or the reverse");
  const inDirty = new Set<number>();
  if (dirty !== 0)
    each(dirty, (e) => {
      if (I[e + ME_CELL] === MAP_EXPUNGED) throw new Error("expunged, and in dirty");
      inDirty.add(e);
    });
  if (dirty !== 0 && inDirty.size !== count(dirty)) throw new Error("a wrong count");
  let expunged = 0;
  if (read !== 0)
    each(read, (e) => {
      if (I[e + ME_CELL] === MAP_EXPUNGED) expunged++;
      else if (dirty !== 0 && !inDirty.has(e)) throw new Error("in read, not expunged, and not in dirty");
    });
  if (expunged > 0 && I[m.addr + SM_EXPUNGED] === 0) throw new Error("expunged, and not in the list");
}

const KEYS: (() => MapKey)[] = [
  () => 0,
  () => 7,
  () => -1,
  () => 2 ** 31,
  () => 0.5,
  () => NaN,
  () => Infinity,
  () => "",
  () => "a",
  () => "7",
  () => "\u4e2d",
  () => "a key that needs a blob",
  () => "a key that needs a bloc",
  () => "\u4e2d\u6587 as long as the other",
  () => true,
  () => false,
];

describe.each([1, 2])("procs %i", (n) => {
  for (const seed of seeds(1, 2, 3))
    test(`behaves as a Map and leaves nothing behind: seed ${seed}`, () => {
      fresh(n);
      const chans = Array.from({ length: 4 }, () => chan<number>());
      const m = new SyncMap<MapKey, unknown>();
      const start = inUse(n);
      const model = new Map<MapKey, number>();
      const rnd = random(seed);
      const keys: MapKey[] = [...KEYS.map((k) => k()), ...chans, ...Array.from({ length: 40 }, (_, i) => i * 8)];
      const kind = rnd(KINDS);
      const num = (v: unknown): number | undefined => (v === undefined ? undefined : numberOf(kind, v));
      for (let i = 0; i < 4000; i++) {
        const k = keys[rnd(1 + rnd(keys.length))]!;
        const old = model.get(k);
        switch (rnd(9)) {
          case 0:
            m.store(k, make(kind, i));
            model.set(k, i);
            break;
          case 1: {
            const r = m.loadOrStore(k, make(kind, i));
            expect([num(r.value), r.loaded]).toEqual([old ?? i, old !== undefined]);
            model.set(k, old ?? i);
            break;
          }
          case 2:
            expect(num(m.loadAndDelete(k))).toBe(old);
            model.delete(k);
            break;
          case 3:
            expect(m.delete(k)).toBe(model.delete(k));
            break;
          case 4:
            expect(num(m.swap(k, make(kind, i)))).toBe(old);
            model.set(k, i);
            break;
          case 5: {
            const was = make(kind, rnd(2) === 0 ? (old ?? 0) : i + 1);
            if (typeof was === "object") break;
            const same = old !== undefined && numberOf(kind, was) === old;
            expect(m.compareAndSwap(k, was, make(kind, i))).toBe(same);
            if (same) model.set(k, i);
            break;
          }
          case 6:
            expect(m.has(k)).toBe(old !== undefined);
            break;
          default:
            expect(num(m.load(k))).toBe(old);
        }
        check(any(m));
        if (rnd(500) === 0) {
          const seen = new Map<MapKey, number>();
          m.range((key, v) => {
            expect(seen.has(key)).toBe(false);
            seen.set(key, numberOf(kind, v));
            return true;
          });
          expect(seen).toEqual(model);
          check(any(m));
        }
        if (rnd(1500) === 0) {
          m.clear();
          model.clear();
          check(any(m));
          expect(inUse(n)).toEqual(start);
        }
      }
      m.clear();
      expect(inUse(n)).toEqual(start);
    });

  test("promotion: as many misses as dirty has entries; the next new key copies what is not deleted", () => {
    fresh(n);
    const m = new SyncMap<number, number>();
    for (let i = 0; i < 10; i++) m.store(i, i);
    expect([readCount(m), dirtyCount(m), amended(any(m))]).toEqual([0, 10, true]);
    for (let i = 0; i < 9; i++) m.load(i);
    expect([I[m.addr + SM_MISSES], dirtyCount(m)]).toEqual([9, 10]);
    m.load(99); // a key that is nowhere is a miss as well
    expect([readCount(m), dirtyCount(m), amended(any(m)), I[m.addr + SM_MISSES]]).toEqual([10, 0, false, 0]);
    // Known keys need no lock, and change nothing but their entries.
    for (let i = 0; i < 10; i++) m.store(i, -i);
    m.delete(3);
    m.delete(4);
    expect([readCount(m), dirtyCount(m)]).toEqual([10, 0]);
    m.store(10, 10);
    expect([readCount(m), dirtyCount(m), amended(any(m))]).toEqual([10, 9, true]);
    // An expunged key comes back through the lock, into dirty.
    m.store(3, 33);
    expect([dirtyCount(m), m.load(3), m.load(4)]).toEqual([10, 33, undefined]);
    const before = inUse(n);
    m.range(() => false);
    expect([readCount(m), dirtyCount(m)]).toEqual([10, 0]);
    // The entry of key 4 and the old table are gone.
    expect(inUse(n)["32/7"]).toBe(before["32/7"]! - 1);
  });

  test("range: stops, is not disturbed by what f does, sees a snapshot", () => {
    fresh(n);
    const m = new SyncMap<number, string>();
    for (let i = 0; i < 20; i++) m.store(i, `value number ${i}`);
    let calls = 0;
    m.range(() => ++calls < 3);
    expect(calls).toBe(3);
    const seen: number[] = [];
    m.range((k, v) => {
      seen.push(k);
      expect(v).toBe(`value number ${k}`);
      m.clear();
      m.store(k + 100, "x");
      return true;
    });
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  test("bad keys and values: named, and nothing is kept", () => {
    fresh(n);
    const m = new SyncMap<never, unknown>();
    const start = inUse(n);
    const bad: [unknown, string][] = [
      [undefined, "undefined"],
      [null, "null"],
      [1n, "a bigint"],
      [Symbol("s"), "a symbol"],
      [{}, "a value of type Object"],
      [[1], "a value of type Array"],
      [function f() {}, "function f"],
    ];
    for (const [k, name] of bad) {
      const key = k as never;
      const text = `${name} cannot be a key; use a string, a number, a boolean or a handle`;
      expect(() => m.load(key)).toThrow(`SyncMap.load: ${text}`);
      expect(() => m.store(key, "a value that needs a blob")).toThrow(`SyncMap.store: ${text}`);
      expect(() => m.loadOrStore(key, 1)).toThrow(`SyncMap.loadOrStore: ${text}`);
      expect(() => m.delete(key)).toThrow(`SyncMap.delete: ${text}`);
    }
    const k = 1 as never;
    expect(() => m.store(k, { f: () => 1 })).toThrow("cannot cross threads");
    expect(() => m.loadOrStore(k, Symbol("s"))).toThrow("Symbol(s) cannot cross threads");
    expect(() => m.compareAndSwap(k, {}, 1)).toThrow("SyncMap.compareAndSwap: a value of type Object is copied");
    expect(m.has(k)).toBe(false);
    m.clear();
    expect(inUse(n)).toEqual(start);
    setg(0);
    expect(() => m.load(k)).toThrow("SyncMap.load: not inside a goroutine");
    expect(() => new SyncMap()).toThrow("new SyncMap: not inside a goroutine");
  });

  test("a value whose getter uses a map does not disturb the operation", () => {
    fresh(n);
    const m = new SyncMap<string, unknown>();
    const value = {
      get x() {
        m.store("the other key, a long one", 1);
        return 5;
      },
    };
    m.store("this key, which is long too", value);
    expect([m.load("this key, which is long too"), m.load("the other key, a long one")]).toEqual([{ x: 5 }, 1]);
  });
});

test("keys with equal hashes are told apart", () => {
  fresh(1);
  const m = new SyncMap<number, number>();
  // Multiples of 2^17 share the lowest 17 bits of the product; the table has few slots.
  for (let i = 0; i < 64; i++) m.store(i * 2 ** 17, i);
  for (let i = 0; i < 64; i += 2) m.delete(i * 2 ** 17);
  for (let i = 0; i < 64; i++) expect(m.load(i * 2 ** 17)).toBe(i % 2 === 0 ? undefined : i);
});

test("a table is at most half full", () => {
  fresh(1);
  for (const n of [0, 1, 4, 5, 100, 1000]) expect(I[newtable(n) + 2]! + 1).toBeGreaterThanOrEqual(Math.max(8, 2 * n));
});

describe("all orders with one stop", () => {
  const LONG = "a value that is long enough for a blob";
  type State = "in read" | "in dirty" | "deleted in read" | "expunged" | "absent, amended" | "absent";
  let m: SyncMap<string, string>;
  const KEY = "a key that is long enough for a blob";

  /** Whether the last order came to its end. One that did not has left locks behind, and the next one needs a new world. */
  let ended = false;
  /** Made in this world. */
  let maps = 0;
  function setup(state: State): void {
    if (!ended) {
      fresh(2);
      maps = 0;
    }
    ended = false;
    m = new SyncMap();
    const promoteAll = (): void => m.range(() => false);
    if (state === "in dirty") m.store("other", "o");
    if (state === "in read" || state === "in dirty" || state === "deleted in read" || state === "expunged")
      m.store(KEY, LONG);
    if (state === "in read" || state === "deleted in read" || state === "expunged") promoteAll();
    if (state === "deleted in read" || state === "expunged") m.delete(KEY);
    if (state === "expunged" || state === "absent, amended") m.store("other", "o");
    check(any(m));
  }
  const states: State[] = ["in read", "in dirty", "deleted in read", "expunged", "absent, amended", "absent"];

  /**
   * A thread has the key that it looks up in variables of its own (mapkey.ts). Here one thread plays both: who ends in the
   * middle of the other puts the other's key back.
   */
  const keyOf = (op: string): string => (op === "newKey" ? "new key" : op === "misses" ? "nowhere" : KEY);

  /** Operations, and what they do to the value of one key, as a function: state before -> state after and result. */
  type Model = (v: string | undefined) => [after: string | undefined, result: unknown];
  const ops: Record<string, [run: () => unknown, model: Model]> = {
    load: [() => m.load(KEY), (v) => [v, v]],
    store: [() => m.store(KEY, "S"), () => ["S", undefined]],
    swap: [() => m.swap(KEY, "W"), (v) => ["W", v]],
    loadOrStore: [() => m.loadOrStore(KEY, "L").value, (v) => [v ?? "L", v ?? "L"]],
    loadAndDelete: [() => m.loadAndDelete(KEY), (v) => [undefined, v]],
    compareAndSwap: [() => m.compareAndSwap(KEY, LONG, "C"), (v) => (v === LONG ? ["C", true] : [v, false])],
    clear: [() => m.clear(), () => [undefined, undefined]],
    range: [
      () => {
        let r: unknown;
        m.range((k, v) => {
          if (k === KEY) r = v;
          return true;
        });
        return r;
      },
      (v) => [v, v],
    ],
    // Does nothing to the key, and copies or promotes the tables under the other's feet.
    newKey: [() => m.store("new key", "n"), (v) => [v, undefined]],
    misses: [
      () => {
        for (let i = 0; i < 4; i++) m.load("nowhere");
      },
      (v) => [v, undefined],
    ],
  };

  test.each(Object.keys(ops))(
    "%s against each operation, in each state of the key: linearisable, and nothing is lost",
    (a) => {
      let orders = 0;
      for (const b of Object.keys(ops)) {
        for (const state of states) {
          const results: { a?: unknown; b?: unknown } = {};
          const run = (name: string, as: "a" | "b", i: number) =>
            asM(i, () => {
              results[as] = ops[name]![0]();
            });
          const initial = state === "in read" || state === "in dirty" ? LONG : undefined;
          const e = interleave(
            () => setup(state),
            run(a, "a", 1),
            () => {
              run(b, "b", 0)();
              prepare(keyOf(a), "test");
            },
            (slept, at) => {
              if (slept) throw new Error("asleep");
              const [v1, ra1] = ops[a]![1](initial);
              const [ab, rb1] = ops[b]![1](v1);
              const [v2, rb2] = ops[b]![1](initial);
              const [ba, ra2] = ops[a]![1](v2);
              const end = m.load(KEY);
              const is = JSON.stringify([results.a, results.b, end]);
              const may = [JSON.stringify([ra1, rb1, ab]), JSON.stringify([ra2, rb2, ba])];
              expect(may, `${a} against ${b}, ${state}, ${at}`).toContain(is);
              check(any(m));
              m.clear();
              maps++;
              ended = true;
            },
          );
          orders += e.orders;
        }
        // All that is left of so many orders in one world: the maps themselves, and the token that is the goroutine.
        if (ended) expect(inUse(2), `${a} against ${b}`).toEqual({ "32/7": maps, "64/0": 1 });
      }
      expect(orders).toBeGreaterThan(150);
    },
  );
});

test("handles as keys and values keep their identity", () => {
  fresh(2);
  const m = new SyncMap<Chan<number>, Chan<number>>();
  const [a, b] = [chan<number>(), chan<number>()];
  m.store(a, b);
  expect([m.load(a) === b, m.load(b)]).toEqual([true, undefined]);
});
