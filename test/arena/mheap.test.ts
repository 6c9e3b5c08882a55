import { describe, expect, test } from "vitest";
import { attach, I } from "../../src/arena/arena.js";
import { H_HEAP, H_WORDS, KIND_WORDS, PAGE_WORDS } from "../../src/arena/layout.js";
import { mallocinit, memstats, spanOf } from "../../src/arena/malloc.js";
import { allocSpan, freeSpan } from "../../src/arena/mheap.js";
import { forEachSpan, spanBase } from "../../src/arena/mspan.js";
import { SPAN_FREE, SPAN_LARGE, SPAN_NONE, SP_NPAGES } from "../../src/arena/layout.js";
import { freshHeap, random, seeds } from "./model.js";

/** Lengths of the free runs in address order. Fails unless the runs tile the heap and no two free ones touch. */
function freeRuns(): number[] {
  const runs: number[] = [];
  let at = I[H_HEAP]!;
  let wasFree = false;
  forEachSpan((s, state, npages) => {
    if (state === SPAN_NONE || spanBase(s) !== at) expect.fail(`the run at ${at} is missing`);
    at += npages * PAGE_WORDS;
    if (state === SPAN_FREE) {
      if (wasFree) expect.fail(`two free runs touch at ${spanBase(s)}`);
      runs.push(npages);
    }
    wasFree = state === SPAN_FREE;
  });
  expect(at).toBe(I[H_WORDS]);
  return runs;
}

/** Lengths around the borders of the bins: exact up to 128 pages, ranges above. */
function length(rnd: (n: number) => number): number {
  switch (rnd(4)) {
    case 0:
      return 1 + rnd(3);
    case 1:
      return 120 + rnd(20);
    case 2:
      return 1 + rnd(600);
    default:
      return 1 + rnd(40);
  }
}

describe("page heap", () => {
  for (const seed of seeds(11, 12, 13))
    test(`random spans, seed ${seed}: best fit, coalescing, every page finds its span`, () => {
      const start = freshHeap();
      const rnd = random(seed);
      const live: { s: number; n: number }[] = [];
      let refused = 0;
      for (let step = 0; step < 3000; step++) {
        if (rnd(100) < (step % 1000 < 700 ? 70 : 20) || live.length === 0) {
          const n = length(rnd);
          const before = freeRuns();
          const fits = before.filter((r) => r >= n).sort((a, b) => a - b);
          const s = allocSpan(n, KIND_WORDS);
          if (s === 0) {
            refused++;
            expect(fits).toEqual([]);
            continue;
          }
          live.push({ s, n });
          expect(I[s + SP_NPAGES]).toBe(n);
          const base = spanBase(s);
          for (const page of [0, n - 1, rnd(n)]) expect(spanOf(base + page * PAGE_WORDS + rnd(PAGE_WORDS))).toBe(s);
          // Exactly the shortest run that suffices has shrunk.
          const want = [...before];
          want.splice(want.indexOf(fits[0]!), 1);
          if (fits[0]! > n) want.push(fits[0]! - n);
          expect(freeRuns().sort((a, b) => a - b)).toEqual(want.sort((a, b) => a - b));
        } else {
          const i = rnd(live.length);
          const { s } = live[i]!;
          live.splice(i, 1);
          const base = spanBase(s);
          freeSpan(s);
          expect(spanOf(base)).toBe(0);
          freeRuns();
        }
      }
      expect(refused).toBeGreaterThan(0); // the test has been at the limit
      for (const { s } of live) freeSpan(s);
      expect(memstats()).toEqual(start);
      expect(freeRuns()).toEqual([start.pages]);
    });

  test("pages are taken from low addresses, so that the rest stays uncommitted", () => {
    freshHeap();
    expect(spanBase(allocSpan(3, KIND_WORDS))).toBe(I[H_HEAP]);
    expect(spanBase(allocSpan(200, KIND_WORDS))).toBe(I[H_HEAP]! + 3 * PAGE_WORDS);
  });

  test("the whole heap is one large object; one page more is refused", () => {
    const { pages } = freshHeap();
    expect(allocSpan(pages + 1, KIND_WORDS)).toBe(0);
    const s = allocSpan(pages, KIND_WORDS);
    let seen = 0;
    forEachSpan((span, state) => {
      seen++;
      expect([span, state]).toEqual([s, SPAN_LARGE]);
    });
    expect(seen).toBe(1);
    expect(allocSpan(1, KIND_WORDS)).toBe(0);
    freeSpan(s);
    expect(freeRuns()).toEqual([pages]);
  });

  test("an arena too small to start is one clear error", () => {
    const words = 2 * 1024 * 1024;
    const header = new SharedArrayBuffer(words * 4);
    attach(header);
    I[H_WORDS] = words;
    I[H_HEAP] = words - 10 * PAGE_WORDS;
    expect(() => mallocinit()).toThrow(
      `arena: ${words * 4} bytes are too few to start; reserve at least ${(words + 246 * PAGE_WORDS) * 4} bytes`,
    );
  });

  test("mallocinit twice is an error", () => {
    freshHeap();
    expect(() => mallocinit()).toThrow("twice");
  });
});
