import { describe, expect, test } from "vitest";
import { F, I } from "../../src/arena/arena.js";
import { H_WORDS, HOST_P, KIND_G, KIND_HCHAN, KIND_NOSCAN, KIND_WORDS, PAGE_WORDS } from "../../src/arena/layout.js";
import {
  flushMcache,
  forEachObject,
  free,
  isAllocated,
  mallocgc,
  memstats,
  mfree,
  objectInfo,
  OutOfMemory,
  setMcache,
} from "../../src/arena/malloc.js";
import { TINY_NELEMS } from "../../src/arena/mspan.js";
import { FREE_MARK } from "../../src/arena/layout.js";
import { CLASS_TO_LIMIT, PAGE_BYTES, sizeToClass } from "../../src/arena/sizeclasses.js";
import { expectEmpty, freshHeap, random } from "./model.js";

const cached = (p: number): number => memstats().mcaches.find((m) => m.p === p)?.objects ?? 0;

describe("tiny objects", () => {
  test("two share a block of 16 bytes, which is free when both are", () => {
    const start = freshHeap();
    const a = mallocgc(8, KIND_NOSCAN);
    const b = mallocgc(1, KIND_NOSCAN);
    const c = mallocgc(5, KIND_NOSCAN);
    expect(b).toBe(a + 2);
    expect(c & ~3).not.toBe(a & ~3);
    for (const x of [a, b, c]) {
      expect(objectInfo(x)).toMatchObject({ base: x, size: 8, kind: KIND_NOSCAN });
      expect(objectInfo(x + 1)).toMatchObject({ base: x, size: 8 });
      expect(isAllocated(x)).toBe(true);
    }
    mfree(a, 8, KIND_NOSCAN);
    expect([isAllocated(a), isAllocated(b)]).toEqual([false, true]);
    const before = cached(0);
    free(b);
    expect(cached(0)).toBe(before + 1);
    expect([isAllocated(a), isAllocated(b)]).toEqual([false, false]);
    mfree(c, 5, KIND_NOSCAN); // its other half is still the mcache's
    expect(cached(0)).toBe(before + 1);
    expectEmpty(start);
  });

  test("9 to 16 bytes fill a block of their own, in the same spans", () => {
    const start = freshHeap();
    const a = mallocgc(8, KIND_NOSCAN);
    const b = mallocgc(9, KIND_NOSCAN);
    const c = mallocgc(16, KIND_NOSCAN);
    expect(memstats().spans).toBe(1);
    expect(objectInfo(b + 3)).toMatchObject({ base: b, size: 16 });
    expect(objectInfo(c)).toMatchObject({ base: c, size: 16 });
    mfree(b, 9, KIND_NOSCAN);
    mfree(c, 16, KIND_NOSCAN);
    mfree(a, 8, KIND_NOSCAN);
    expectEmpty(start);
  });

  test("halves freed by two Ps: the block goes to the second", () => {
    const start = freshHeap();
    const a = mallocgc(4, KIND_NOSCAN);
    const b = mallocgc(4, KIND_NOSCAN);
    setMcache(1);
    mfree(b, 4, KIND_NOSCAN);
    expect(cached(1)).toBe(0);
    setMcache(HOST_P);
    mfree(a, 4, KIND_NOSCAN);
    expect(cached(HOST_P)).toBe(1);
    expectEmpty(start);
  });

  test("only objects without references are tiny", () => {
    freshHeap();
    const a = mallocgc(8, KIND_WORDS);
    expect(objectInfo(a)).toMatchObject({ size: 8, kind: KIND_WORDS });
    expect(memstats().classes.map((c) => [c.cls, c.kind])).toEqual([[1, KIND_WORDS]]);
  });

  test("a span of them fills up to the live bits", () => {
    const start = freshHeap();
    const all: number[] = [];
    for (let i = 0; i < 2 * TINY_NELEMS; i++) all.push(mallocgc(8, KIND_NOSCAN));
    expect(memstats().spans).toBe(1);
    expect(new Set(all).size).toBe(all.length);
    for (const a of all) F[a >> 1] = a;
    const found: number[] = [];
    forEachObject(KIND_NOSCAN, (a, bytes) => {
      expect([F[a >> 1], bytes]).toEqual([a, 8]);
      found.push(a);
    });
    expect(found).toEqual(all.sort((x, y) => x - y));
    for (const a of all) free(a);
    expectEmpty(start);
  });
});

describe("large objects", () => {
  test("come from the page heap, a page at a time, and go back", () => {
    const start = freshHeap();
    for (const bytes of [32769, 40960, 40961, 1 << 20, 5_000_001]) {
      const a = mallocgc(bytes, KIND_WORDS);
      const pages = Math.ceil(bytes / PAGE_BYTES);
      expect(a % PAGE_WORDS).toBe(0);
      expect(memstats().pagesInuse).toBe(pages);
      expect(memstats().large).toEqual({ objects: 1, bytes: pages * PAGE_BYTES });
      for (const at of [0, 1, bytes >> 3, (bytes >> 2) - 1])
        expect(objectInfo(a + at)).toMatchObject({ base: a, kind: KIND_WORDS, size: pages * PAGE_BYTES });
      expect(objectInfo(a + pages * PAGE_WORDS)).toBeUndefined();
      mfree(a, bytes, KIND_WORDS);
      expect(objectInfo(a)).toBeUndefined();
      expect(memstats()).toEqual(start);
    }
  });

  test("32768 bytes are small", () => {
    freshHeap();
    mallocgc(32768, KIND_WORDS);
    expect(memstats().large.objects).toBe(0);
    expect(memstats().classes[0]).toMatchObject({ cls: 66, size: 32768 });
  });
});

describe("several mcaches", () => {
  test("one P allocates, another frees: memory circulates and no list grows beyond its limit", () => {
    const start = freshHeap();
    for (const [bytes, kind] of [
      [64, KIND_WORDS],
      [320, KIND_G],
      [3000, KIND_NOSCAN],
      [8, KIND_NOSCAN],
    ] as const) {
      for (let round = 0; round < 100; round++) {
        setMcache(0);
        const batch = Array.from({ length: 100 }, () => mallocgc(bytes, kind));
        setMcache(1 + (round % 3));
        for (const a of batch) mfree(a, bytes, kind);
      }
      for (const { objects } of memstats().mcaches)
        expect(objects).toBeLessThanOrEqual(4 * CLASS_TO_LIMIT[sizeToClass(bytes)]!);
      // The 100 in flight and what five lists may hold, rounded up to spans, and a span in between.
      expect(memstats().heapInuse).toBeLessThan(
        (100 + 10 * CLASS_TO_LIMIT[sizeToClass(bytes)]!) * Math.max(16, bytes) * 2 + 65536,
      );
      for (let p = 0; p < 4; p++) flushMcache(p);
    }
    expectEmpty(start);
  });

  test("a flushed mcache keeps nothing, and objects in use keep their spans", () => {
    freshHeap();
    const a = mallocgc(100, KIND_HCHAN);
    const b = mallocgc(100, KIND_HCHAN);
    mfree(b, 100, KIND_HCHAN);
    expect(cached(0)).toBeGreaterThan(0);
    flushMcache(0);
    expect(cached(0)).toBe(0);
    expect(memstats().classes).toMatchObject([{ kind: KIND_HCHAN, spans: 1, allocated: 1 }]);
    expect([isAllocated(a), isAllocated(b)]).toEqual([true, false]);
  });

  test("without a P allocating and freeing throw and change nothing", () => {
    const start = freshHeap();
    const before = I.slice(0, 512);
    setMcache(-1);
    for (const bytes of [8, 64, 40000]) {
      expect(() => mallocgc(bytes, KIND_NOSCAN)).toThrow("without a P");
      expect(() => mfree(I[H_WORDS]! - PAGE_WORDS, bytes, KIND_NOSCAN)).toThrow("without a P");
    }
    expect(I.slice(0, 512)).toEqual(before);
    expectEmpty(start);
  });
});

describe("walk over objects", () => {
  test("finds the allocated ones of its kind, large ones too, and skips the free", () => {
    freshHeap();
    const rnd = random(5);
    const gs = Array.from({ length: 300 }, () => mallocgc(312, KIND_G));
    mallocgc(312, KIND_WORDS);
    const big = mallocgc(50_000, KIND_G);
    const dead = new Set(gs.filter(() => rnd(3) === 0));
    for (const g of dead) mfree(g, 312, KIND_G);
    const found: [number, number][] = [];
    forEachObject(KIND_G, (a, bytes) => found.push([a, bytes]));
    expect(found).toEqual([
      ...gs
        .filter((g) => !dead.has(g))
        .sort((a, b) => a - b)
        .map((g) => [g, 320]),
      [big, 7 * PAGE_BYTES],
    ]);
  });

  test("an object that is allocated but not yet filled in is seen with its first 8 bytes zero", () => {
    freshHeap();
    mfree(mallocgc(312, KIND_G), 312, KIND_G);
    const g = mallocgc(312, KIND_G);
    expect([I[g], I[g + 1], isAllocated(g)]).toEqual([0, 0, true]);
  });
});

describe("wrong use", () => {
  test("a second free throws, whatever the size", () => {
    freshHeap();
    for (const [bytes, kind] of [
      [64, KIND_WORDS],
      [64, KIND_NOSCAN],
      [4, KIND_NOSCAN],
      [32768, KIND_G],
    ] as const) {
      const a = mallocgc(bytes, kind);
      mallocgc(bytes, kind);
      mfree(a, bytes, kind);
      expect(() => mfree(a, bytes, kind), `${bytes} bytes`).toThrow("fatal error: free of free");
      expect(mallocgc(bytes, kind)).toBeGreaterThan(0);
    }
    const large = mallocgc(33_000, KIND_WORDS);
    mfree(large, 33_000, KIND_WORDS);
    expect(() => mfree(large, 33_000, KIND_WORDS)).toThrow("no object");
  });

  test("bytes that look like the mark of a free object do no harm", () => {
    const start = freshHeap();
    const a = mallocgc(64, KIND_NOSCAN);
    I[a + 1] = FREE_MARK;
    mfree(a, 64, KIND_NOSCAN);
    expect(mallocgc(64, KIND_NOSCAN)).toBe(a);
    mfree(a, 64, KIND_NOSCAN);
    expectEmpty(start);
  });

  test("addresses that are no object, sizes that are no size", () => {
    freshHeap();
    const a = mallocgc(64, KIND_WORDS);
    for (const bad of [0, 2, a + 2, I[H_WORDS]! - 2]) expect(() => free(bad)).toThrow("no object");
    expect(() => mfree(0, 64, KIND_WORDS)).toThrow("no object");
    for (const bad of [0, -1, 7, I[H_WORDS]!, NaN, 2 ** 40]) expect(objectInfo(bad)).toBeUndefined();
    for (const bad of [-100, NaN]) expect(() => mallocgc(bad, KIND_WORDS)).toThrow("bytes of kind");
    expect(() => mallocgc(64, 8)).toThrow("kind 8");
  });

  test("zero bytes are an object of their own", () => {
    freshHeap();
    expect(mallocgc(0, KIND_NOSCAN)).not.toBe(mallocgc(0, KIND_NOSCAN));
    expect(mallocgc(0, KIND_WORDS)).not.toBe(mallocgc(0, KIND_WORDS));
  });
});

describe("out of memory", () => {
  for (const [bytes, kind] of [
    [8, KIND_NOSCAN],
    [16, KIND_NOSCAN],
    [312, KIND_G],
    [20_000, KIND_WORDS],
    [100_000, KIND_WORDS],
  ] as const)
    test(`objects of ${bytes} bytes: the arena stays usable`, () => {
      const start = freshHeap(16 << 20);
      const all: number[] = [];
      const fill = (): unknown => {
        for (;;)
          try {
            all.push(mallocgc(bytes, kind));
          } catch (e) {
            return e;
          }
      };
      const e = fill() as OutOfMemory;
      expect(e).toBeInstanceOf(OutOfMemory);
      expect(e.message).toBe("out of memory");
      expect(e.before).toMatch(/^runtime: out of memory: cannot allocate \d+-byte block \(\d+ in use\)$/);
      const full = all.length;
      expect(full * Math.max(bytes, 8)).toBeGreaterThan(start.heapSys * 0.8);
      // Free some, on another P; the first gets them once that P has let go.
      setMcache(1);
      for (let i = 0; i < Math.ceil(full / 2); i++) mfree(all.pop()!, bytes, kind);
      flushMcache(1);
      setMcache(0);
      expect(fill()).toBeInstanceOf(OutOfMemory);
      expect(all.length).toBeGreaterThanOrEqual(full - 1);
      expect(new Set(all).size).toBe(all.length);
      while (all.length > 0) mfree(all.pop()!, bytes, kind);
      expectEmpty(start);
    });

  test("what the own mcache hoards is used before giving up", () => {
    const start = freshHeap(16 << 20);
    for (const bytes of [64, 312, 5000]) mfree(mallocgc(bytes, KIND_WORDS), bytes, KIND_WORDS);
    expect(memstats().pagesFree).toBeLessThan(start.pages);
    const whole = mallocgc(start.heapSys, KIND_WORDS);
    expect(memstats().pagesFree).toBe(0);
    expect(() => mallocgc(64, KIND_WORDS)).toThrow(OutOfMemory);
    mfree(whole, start.heapSys, KIND_WORDS);
    expectEmpty(start);
  });

  test("a small object gets the span that other lists of the own mcache complete", () => {
    const start = freshHeap(16 << 20);
    mfree(mallocgc(64, KIND_WORDS), 64, KIND_WORDS);
    const rest = memstats().largestRun * PAGE_BYTES;
    const large = mallocgc(rest, KIND_WORDS);
    expect(memstats().pagesFree).toBe(0);
    const g = mallocgc(312, KIND_G);
    expect(objectInfo(g)).toMatchObject({ kind: KIND_G, size: 320 });
    mfree(g, 312, KIND_G);
    mfree(large, rest, KIND_WORDS);
    expectEmpty(start);
  });

  test("more than there can be", () => {
    const { heapSys } = freshHeap(16 << 20);
    for (const bytes of [heapSys + 1, 2 ** 31, 2 ** 32, 2 ** 50, Infinity])
      expect(() => mallocgc(bytes, KIND_NOSCAN)).toThrow(OutOfMemory);
  });
});
