/** atomic cells: values, ranges, texts, who frees what. One thread plays all Ms (test/sched/world.ts). */
import { describe, expect, test } from "vitest";
import { I } from "../../src/arena/arena.js";
import { atomic, chan, Mutex } from "../../src/index.js";
import { GoPanic } from "../../src/stack/fatal.js";
import { setg } from "../../src/stack/current.js";
import { KINDS, make, numberOf } from "../../src/stress/values.js";
import { Asleep, interleave } from "../sched/interleave.js";
import { asM, fresh, inUse } from "./world.js";

const procs = [1, 2];

describe.each(procs)("numbers, procs %i", (n) => {
  test("Int32", () => {
    fresh(n);
    const a = new atomic.Int32();
    expect(a.load()).toBe(0);
    a.store(7);
    expect([a.add(3), a.add(-20), a.swap(5), a.load()]).toEqual([10, -10, -10, 5]);
    expect([a.compareAndSwap(4, 9), a.compareAndSwap(5, 9), a.load()]).toEqual([false, true, 9]);
    a.store(2 ** 31 - 1);
    expect(a.add(1)).toBe(-(2 ** 31));
    for (const bad of [1.5, NaN, 2 ** 31, -(2 ** 31) - 1])
      for (const op of [() => a.store(bad), () => a.add(bad), () => a.swap(bad), () => a.compareAndSwap(bad, 0)])
        expect(op).toThrow(new RegExp(`^atomic.Int32.\\w+: ${bad} is not an integer from -2147483648 to 2147483647$`));
    expect(() => a.store("1" as never)).toThrow(TypeError);
    expect(() => a.store(1n as never)).toThrow("atomic.Int32.store: 1n is not an integer");
    expect(a.load()).toBe(-(2 ** 31));
  });

  test("Uint32", () => {
    fresh(n);
    const a = new atomic.Uint32();
    expect([a.add(-1), a.load(), a.add(2), a.swap(2 ** 32 - 1), a.load()]).toEqual([
      2 ** 32 - 1,
      2 ** 32 - 1,
      1,
      1,
      2 ** 32 - 1,
    ]);
    expect([a.compareAndSwap(0, 1), a.compareAndSwap(2 ** 32 - 1, 2 ** 31), a.load()]).toEqual([false, true, 2 ** 31]);
    for (const bad of [-1, 0.5, 2 ** 32]) expect(() => a.store(bad)).toThrow("is not an integer from 0 to 4294967295");
    expect(() => a.add(2 ** 32)).toThrow(RangeError);
  });

  test("Int64 and Uint64", () => {
    fresh(n);
    const a = new atomic.Int64();
    const top = 2n ** 63n - 1n;
    expect([a.add(top), a.load(), a.add(1n), a.load()]).toEqual([top, top, -(2n ** 63n), -(2n ** 63n)]);
    expect([a.swap(-3n), a.compareAndSwap(3n, 0n), a.compareAndSwap(-3n, 1n << 40n), a.load()]).toEqual([
      -(2n ** 63n),
      false,
      true,
      1n << 40n,
    ]);
    expect(() => a.store(2n ** 63n)).toThrow("9223372036854775808n is not a bigint of 64 bits with sign");
    expect(() => a.add(1 as never)).toThrow("atomic.Int64.add: 1 is not a bigint");
    const u = new atomic.Uint64();
    expect([u.add(-1n), u.add(2n), u.swap(2n ** 64n - 1n), u.load()]).toEqual([2n ** 64n - 1n, 1n, 1n, 2n ** 64n - 1n]);
    expect([u.compareAndSwap(2n ** 64n - 1n, 5n), u.load()]).toEqual([true, 5n]);
    expect(() => u.store(-1n)).toThrow("-1n is not a bigint of 64 bits without sign");
  });

  test("Bool", () => {
    fresh(n);
    const a = new atomic.Bool();
    expect([a.load(), a.swap(true), a.swap(true), a.compareAndSwap(false, true)]).toEqual([false, false, true, false]);
    expect([a.compareAndSwap(true, false), a.load()]).toEqual([true, false]);
    a.store(true);
    expect(a.load()).toBe(true);
  });
});

describe.each(procs)("Value, procs %i", (n) => {
  test.each(Array.from({ length: KINDS - 1 }, (_, kind) => kind))("values of kind %i in and out, and freed", (kind) => {
    fresh(n);
    const a = new atomic.Value<unknown>();
    const start = inUse(n);
    const first = make(kind, 0);
    a.store(first);
    for (let i = 1; i < 300; i++) {
      expect(numberOf(kind, a.load())).toBe(i - 1);
      expect(numberOf(kind, a.load())).toBe(i - 1);
      if (i % 2 === 0) expect(numberOf(kind, a.swap(make(kind, i)))).toBe(i - 1);
      else a.store(make(kind, i));
    }
    // Only the last value is left: its cell, and perhaps its blob.
    const count = (r: Record<string, number>): number => Object.values(r).reduce((a, b) => a + b, 0);
    expect(count(inUse(n)) - count(start)).toBeLessThanOrEqual(2);
  });

  test("compareAndSwap goes by value", () => {
    fresh(n);
    const a = new atomic.Value<string>();
    expect(a.compareAndSwap("a", "b")).toBe(false);
    expect(a.compareAndSwap(undefined, "a string that is long enough for a blob")).toBe(true);
    expect(a.compareAndSwap(undefined, "b")).toBe(false);
    expect(a.compareAndSwap("a string that is long enough for a blo", "b")).toBe(false);
    expect(a.compareAndSwap("a string that is long enough for a blob", "b")).toBe(true);
    expect(a.load()).toBe("b");
    const ch = chan<number>(1);
    const p = new atomic.Value<unknown>();
    p.store(ch);
    expect([p.compareAndSwap(chan(1), ch), p.compareAndSwap(ch, chan(2)), p.load() === ch]).toEqual([
      false,
      true,
      false,
    ]);
  });

  test("Go's panics, and the value stays", () => {
    fresh(n);
    const a = new atomic.Value<unknown>();
    const texts = (v: unknown): string[] =>
      [() => a.store(v), () => a.swap(v), () => a.compareAndSwap(undefined, v)].map((f) => {
        try {
          f();
        } catch (e) {
          if (e instanceof GoPanic) return e.message;
        }
        return "no panic";
      });
    const nil = ["store", "swap", "compare and swap"].map((w) => `sync/atomic: ${w} of nil value into Value`);
    expect(texts(undefined)).toEqual(nil);
    expect(texts(null)).toEqual(nil);
    expect(a.load()).toBeUndefined();
    a.store("x");
    const before = inUse(n);
    const other = ["store", "swap", "compare and swap"].map(
      (w) => `sync/atomic: ${w} of inconsistently typed value into Value`,
    );
    for (const v of [1, 1.5, true, 10n ** 30n, { a: 1 }, chan()]) expect(texts(v)).toEqual(other);
    expect(() => a.compareAndSwap(1, "y")).toThrow("sync/atomic: compare and swap of inconsistently typed values");
    expect(a.load()).toBe("x");
    // The channels that were made above stay; nothing else does.
    expect(inUse(n)).toEqual({ ...before, "64/3": 1 });
    for (const v of ["long ".repeat(50), "\u4e2d"]) a.store(v);
    expect(a.load()).toBe("\u4e2d");
  });

  test("what cannot cross threads, what cannot be compared", () => {
    fresh(n);
    const a = new atomic.Value<unknown>();
    expect(() => a.store(() => 1)).toThrow(/^function .* cannot cross threads/);
    expect(() => a.store(Symbol("s"))).toThrow("Symbol(s) cannot cross threads");
    expect(a.load()).toBeUndefined();
    a.store({ n: 1 });
    expect(() => a.compareAndSwap({ n: 1 }, { n: 2 })).toThrow(
      "atomic.Value.compareAndSwap: a value of type Object is copied and equals no other",
    );
  });

  test("Pointer", () => {
    fresh(n);
    const a = new atomic.Pointer<Mutex>();
    const start = inUse(n);
    const [x, y] = [new Mutex(), new Mutex()];
    expect([a.load(), a.compareAndSwap(x, y), a.compareAndSwap(undefined, x)]).toEqual([undefined, false, true]);
    expect(a.load()).toBe(x);
    expect(a.swap(y)).toBe(x);
    expect([a.compareAndSwap(x, undefined), a.compareAndSwap(y, undefined), a.load()]).toEqual([
      false,
      true,
      undefined,
    ]);
    a.store(x);
    a.store(undefined);
    expect(() => a.store("x" as never)).toThrow("atomic.Pointer.store: string is no shared object");
    expect(() => a.store(null as never)).toThrow("null is no shared object");
    expect(inUse(n)).toEqual({ ...start, "64/7": 2 });
  });
});

test("outside of a goroutine", () => {
  fresh(2);
  const [a, v] = [new atomic.Int32(), new atomic.Value<number>()];
  setg(0);
  expect(() => a.load()).toThrow("atomic.Int32.load: not inside a goroutine");
  expect(() => v.store(1)).toThrow("atomic.Value.store: not inside a goroutine");
  expect(() => new atomic.Bool()).toThrow("new atomic.Bool: not inside a goroutine");
});

describe("all orders with one stop", () => {
  const long = (c: string): string => c.repeat(40);
  let v: atomic.Value<string>;
  let got: unknown[];
  const setup = (): void => {
    fresh(2);
    v = new atomic.Value<string>();
    v.store(long("a"));
    got = [];
  };

  test("load against store, store, store: a whole value", () => {
    const e = interleave(
      setup,
      asM(1, () => void got.push(v.load())),
      asM(0, () => {
        for (let i = 0; i < 100; i++) v.store(long("b"));
      }),
      () => expect([long("a"), long("b")]).toContain(got[0]),
    );
    expect(e.orders).toBeGreaterThan(2);
  });

  test("two first stores of different types: one panics, and the other's value is there", () => {
    const kinds = (): string[] => got as string[];
    const store = (w: () => atomic.Value<unknown>, x: unknown) => (): void => {
      try {
        w().store(x);
        got.push(typeof x);
      } catch (e) {
        if (e instanceof Asleep) throw e;
        got.push((e as Error).message);
      }
    };
    let w: atomic.Value<unknown>;
    const e = interleave(
      () => {
        fresh(2);
        w = new atomic.Value<unknown>();
        got = [];
      },
      asM(
        1,
        store(() => w, 1),
      ),
      asM(
        0,
        store(() => w, "one"),
      ),
      () => {
        expect(kinds().filter((k) => k.startsWith("sync/atomic: store of inconsistently"))).toHaveLength(1);
        expect(kinds()).toContain(typeof w.load());
      },
    );
    expect(e.orders).toBeGreaterThan(2);
  });

  test("compareAndSwap against the same: one wins", () => {
    const cas = (to: string) => (): void => void got.push(v.compareAndSwap(long("a"), to));
    interleave(setup, asM(1, cas("x")), asM(0, cas("y")), () => expect(got.sort()).toEqual([false, true]));
  });

  test("compareAndSwap against a store of an equal value in another cell: it succeeds", () => {
    interleave(
      setup,
      asM(1, () => void got.push(v.compareAndSwap(long("a"), "x"))),
      asM(0, () => v.store(long("a"))),
      (_, at) => {
        expect(got).toEqual([true]);
        expect(["x", long("a")], at).toContain(v.load());
      },
    );
  });

  test("swap against swap: each value is taken out once", () => {
    const swap = (to: string) => (): void => void got.push(v.swap(to));
    interleave(setup, asM(1, swap("x")), asM(0, swap("y")), () => {
      expect([...got, v.load()].sort()).toEqual([long("a"), "x", "y"].sort());
    });
  });
});

test("a cell is where it says: 64-bit words do not overlap the kind", () => {
  fresh(1);
  const a = new atomic.Int64();
  a.store(-1n);
  expect(I.slice(a.addr, a.addr + 4)).toEqual(Int32Array.of(a.kind, 0, -1, -1));
});
