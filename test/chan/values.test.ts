/** Values in slots: every kind there and back, moved out once, and nothing stays in the arena. */
import { beforeEach, describe, expect, test } from "vitest";
import { attach, F, I, newArena } from "../../src/arena/arena.js";
import "../../src/arena/clone.js";
import { HOST_P, KIND_NOSCAN } from "../../src/arena/layout.js";
import {
  flushMcache,
  isAllocated,
  mallocgc,
  mallocinit,
  memstats,
  type MemStats,
  setMcache,
} from "../../src/arena/malloc.js";
import { clear, decode, drop, encode, HANDLE_CHAN, handleAt, keep, move } from "../../src/arena/value.js";
import { type Chan } from "../../src/chan/chan.js";
import "../../src/chan/chan.js";
import { makechan } from "../../src/chan/hchan.js";
import { type FuncObject, register, setObject } from "../../src/stack/funcs.js";
import { setg, setm } from "../../src/stack/current.js";
import "../../src/stack/pack.js";
import { putRef } from "../../src/stack/pin.js";
import { GONE } from "../../src/arena/tags.js";
import { Random } from "../../src/stress/random.js";

let slot = 0;
let other = 0;
let start: MemStats;
beforeEach(() => {
  attach(newArena(32 << 20, 1, 0));
  mallocinit();
  setMcache(HOST_P);
  slot = mallocgc(64, KIND_NOSCAN) >> 1;
  other = slot + 4;
  start = used();
});
/** What is in use. How much was ever carved out of a span depends on what went through the caches. */
function used(): MemStats {
  flushMcache(HOST_P);
  const s = memstats();
  return { ...s, classes: s.classes.map((c) => ({ ...c, carved: 0 })) };
}
/** Nothing is allocated beyond what was at the start. */
function nothingLeft(): void {
  expect(used()).toEqual(start);
}
const round = (v: unknown): unknown => {
  encode(slot, v);
  move(other, slot);
  return decode(other);
};

const numbers = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  2 ** 31 - 1,
  -(2 ** 31),
  2 ** 31,
  2 ** 32,
  -(2 ** 31) - 1,
  2 ** 53,
  2 ** 53 - 1,
  -(2 ** 53),
  Number.MAX_VALUE,
  Number.MIN_VALUE,
  Number.EPSILON,
  Infinity,
  -Infinity,
  NaN,
  Math.PI,
  1e21,
  0.1 + 0.2,
];
test.each(numbers)("number %d", (n) => {
  expect(Object.is(round(n), n)).toBe(true);
  nothingLeft();
});

test("every NaN is the same NaN, and is no other value", () => {
  const view = new DataView(new ArrayBuffer(8));
  for (const hi of [0x7ff80000, 0x7ff90000, 0x7ffa0001, 0x7ffc0003, 0x7ffe0261, 0x7fff0000, 0xfff80000, 0xffff1234]) {
    view.setUint32(0, hi);
    view.setUint32(4, 0x1234);
    expect(round(view.getFloat64(0))).toBeNaN();
    expect(round(-view.getFloat64(0))).toBeNaN();
  }
  expect(round(Math.sqrt(-1))).toBeNaN();
});

test.each([undefined, null, true, false])("%s", (v) => {
  expect(round(v)).toBe(v);
  nothingLeft();
});

test("a cleared slot is undefined", () => {
  encode(slot, 17);
  clear(slot);
  expect(decode(slot)).toBeUndefined();
});

describe("strings", () => {
  const units = ["a", "\u0000", "\u007f", "\u0080", "\u00ff", "\u0100", "\u4e2d", "\ud83d\ude00", "\ud800", "\uffff"];
  test("of 0 to 6 units of every width: short ones take no memory", () => {
    for (let n = 0; n <= 6; n++)
      for (const a of units)
        for (const b of units) {
          const s = (a.repeat(n) + b).slice(0, n);
          const mixed = (b + a.repeat(n)).slice(0, n);
          for (const x of [s, mixed]) {
            encode(slot, x);
            const inline = n <= 5 && [...x].every((c) => c <= "\u00ff");
            expect(I[(slot << 1) + 1]! >>> 16 === 0x7ffe).toBe(inline);
            expect(decode(slot)).toBe(x);
          }
        }
    nothingLeft();
  });

  test.each([7, 23, 24, 25, 100, 255, 256, 4096, 40_000])("of %d units", (n) => {
    for (const u of units) {
      const s = u.repeat(n).slice(0, n);
      expect(round(s)).toBe(s);
      const late = `${"x".repeat(n - 1)}${u.slice(0, 1)}`;
      expect(round(late)).toBe(late);
    }
    nothingLeft();
  });
});

test("bigints", () => {
  for (const b of [0n, 1n, -1n, 2n ** 31n, -(2n ** 63n), 2n ** 64n, 10n ** 40n, -(10n ** 400n)])
    expect(round(b)).toBe(b);
  nothingLeft();
});

test("structured data keeps its shape, cycles and shared parts", () => {
  const shared = { n: 1 };
  const v: Record<string, unknown> = {
    list: [1, , 3, "four", 5n, undefined, null, NaN, -0], // eslint-disable-line no-sparse-arrays
    date: new Date(86_400_000),
    map: new Map<unknown, unknown>([
      ["k", shared],
      [shared, new Set([shared, 1])],
    ]),
    bytes: new Uint8Array([1, 2, 3]),
    error: new RangeError("far"),
    re: /x+/gi,
  };
  v["self"] = v;
  const got = round(v) as typeof v;
  expect(got).toEqual(v);
  expect(got["self"]).toBe(got);
  const map = got["map"] as Map<unknown, unknown>;
  expect(map.has(map.get("k"))).toBe(true);
  nothingLeft();
});

test("errors keep what they say beside their message, also inside of data", () => {
  const e = Object.assign(new Error("no such file", { cause: new RangeError("why") }), { code: "ENOENT", errno: -2 });
  e.name = "FileError";
  const got = round({ e, again: [e] }) as { e: typeof e; again: [typeof e] };
  expect(got.again[0]).toBe(got.e);
  for (const it of [round(e) as typeof e, got.e]) {
    expect(it).toBeInstanceOf(Error);
    expect({ ...it, name: it.name, message: it.message, stack: it.stack }).toEqual({
      code: "ENOENT",
      errno: -2,
      name: "FileError",
      message: "no such file",
      stack: e.stack,
    });
    expect(it.cause).toEqual(new RangeError("why"));
  }
  // A cause may be anything, also what cannot be cloned.
  expect((round(new Error("caused", { cause: { f: () => 1 } })) as Error).message).toBe("caused");
  expect((round(new Error("caused", { cause: 5 })) as Error).cause).toBe(5);
  nothingLeft();
});

describe("handles and goroutine functions inside of data", () => {
  const chan = (): Chan<unknown> => handleAt(HANDLE_CHAN, makechan(0)) as Chan<unknown>;
  const func = (): FuncObject => {
    const f = (): undefined => undefined;
    const id = register("test:f", "f", f, { params: 0, rest: false, file: "", lines: [] });
    const o = Object.assign(() => {}, { $id: id << 12, $c: f, $key: "test:f" }) as unknown as FuncObject;
    setObject(id, o);
    return o;
  };

  test("alone they are the same object again", () => {
    const [c, f] = [chan(), func()];
    expect(round(c)).toBe(c);
    expect(round(f)).toBe(f);
    expect((round(handleAt(HANDLE_CHAN, 0)) as Chan<unknown>).addr).toBe(0);
  });

  test("in objects, arrays, Maps (keys as well), Sets, and in cycles", () => {
    const [c, d, f] = [chan(), chan(), func()];
    interface Node {
      c: unknown;
      list: unknown[];
      map: Map<unknown, unknown>;
      set: Set<unknown>;
      self?: Node;
      date: Date;
    }
    const v: Node = {
      c,
      list: [d, f, { deep: { c } }, 1, "two"],
      map: new Map<unknown, unknown>([
        [c, d],
        ["f", f],
      ]),
      set: new Set<unknown>([c, 7]),
      date: new Date(5),
    };
    v.self = v;
    v.map.set("self", v);
    const got = round(v) as Node;
    expect(got).not.toBe(v);
    expect(got.c).toBe(c);
    expect(got.list[0]).toBe(d);
    expect(got.list[1]).toBe(f);
    expect((got.list[2] as { deep: { c: unknown } }).deep.c).toBe(c);
    expect(got.list.slice(3)).toEqual([1, "two"]);
    expect(got.map.get(c)).toBe(d);
    expect(got.map.get("f")).toBe(f);
    expect(got.map.get("self")).toBe(got);
    expect(got.self).toBe(got);
    expect(got.set.has(c) && got.set.has(7)).toBe(true);
    expect(got.date).toEqual(new Date(5));
    // The sender's data are as they were.
    expect(v.list[0]).toBe(d);
    expect(v.map.get(c)).toBe(d);
  });
});

test("what cannot cross threads is a TypeError that names it, and leaves the slot alone", () => {
  encode(slot, 42);
  const bad: [unknown, string][] = [
    [function named() {}, "function named"],
    [() => {}, "function (anonymous)"],
    [Symbol("s"), "Symbol(s)"],
    [{ f() {} }, "Object"],
    [new WeakMap(), "WeakMap"],
    [Promise.resolve(), "Promise"],
  ];
  for (const [v, name] of bad) {
    expect(() => encode(slot, v)).toThrow(TypeError);
    expect(() => encode(slot, v)).toThrow(name);
    expect(decode(slot)).toBe(42);
  }
  nothingLeft();
});

test("a blob has one owner: moved out once, or dropped, and then it is free", () => {
  const long = "a string that needs memory of its own";
  encode(slot, long);
  const blob = I[slot << 1]!;
  expect(isAllocated(blob)).toBe(true);
  move(other, slot);
  expect(decode(other)).toBe(long);
  expect(isAllocated(blob)).toBe(false);
  encode(slot, { some: "data" });
  drop(slot);
  for (const v of [1, 0.5, true, "short", undefined]) {
    encode(slot, v);
    drop(slot);
  }
  nothingLeft();
});

test("integers come back as integers that need no double", () => {
  const r = new Random(2);
  for (let i = 0; i < 2000; i++) {
    const n = r.below(2 ** 32) | 0;
    expect(round(n)).toBe(n);
    expect(round(n / 2)).toBe(n / 2);
  }
  expect(F.length).toBeGreaterThan(0);
  nothingLeft();
});

describe("a slot that is kept", () => {
  const high = (): number => I[(slot << 1) + 1]!;

  test("gives what it does not own any number of times", () => {
    const c = handleAt(HANDLE_CHAN, makechan(0));
    for (const v of [0, -1, 2 ** 31 - 1, 1.5, -0, NaN, 2 ** 60, undefined, null, true, false, "", "short", c]) {
      encode(slot, v);
      for (let i = 0; i < 3; i++) expect(keep(slot)).toBe(v);
      expect(decode(slot)).toBe(v);
    }
  });

  test("gives what it owns once, frees it, and says that it is gone", () => {
    for (const v of ["a string that is longer than a slot", "\u0400".repeat(100), 12345678901234567890n]) {
      encode(slot, v);
      expect(high()).not.toBe(GONE);
      expect(keep(slot)).toBe(v);
      expect(high()).toBe(GONE);
      nothingLeft();
      encode(slot, v);
      expect(high()).not.toBe(GONE);
      drop(slot);
    }
  });

  test("gives an object of this thread once", () => {
    const v = new Map([[1, 2]]);
    const g = mallocgc(256, KIND_NOSCAN);
    for (let i = 0; i < 64; i++) I[g + i] = 0;
    setm(0, 0);
    setg(g);
    try {
      putRef(slot, v);
      expect(keep(slot)).toBe(v);
      expect(high()).toBe(GONE);
    } finally {
      setg(0);
      setm(0, -1);
    }
  });
});
