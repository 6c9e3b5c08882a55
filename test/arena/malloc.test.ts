import { describe, expect, test } from "vitest";
import { F, I } from "../../src/arena/arena.js";
import { H_HEAP, H_WORDS, KIND_NOSCAN } from "../../src/arena/layout.js";
import { mallocgc, mfree, free, setMcache, isAllocated, forEachObject } from "../../src/arena/malloc.js";
import { checkInfo, damaged, expectEmpty, freshHeap, type Obj, random, seeds, stamp } from "./model.js";

/** Sizes as programs have them: mostly small, some at the borders of classes, a few large. */
function size(rnd: (n: number) => number): number {
  switch (rnd(16)) {
    case 0:
      return rnd(17);
    case 1:
      return 1008 + rnd(32);
    case 2:
      return 32768 - 2 + rnd(5);
    case 3:
      return 32769 + rnd(100_000);
    case 4:
    case 5:
      return rnd(32769);
    default:
      return rnd(600);
  }
}

/** Words of an object that nobody else may have. */
const words = (o: Obj): number => Math.max(2, o.bytes >> 2);

describe("random allocation against a model", () => {
  for (const seed of seeds(1, 2, 3, 4))
    test(`seed ${seed}`, () => {
      const start = freshHeap();
      const rnd = random(seed);
      const live: Obj[] = [];
      const owner = new Int32Array(I.length); // word -> stamp of the object there, for overlaps
      let stamps = 0;
      const drop = (i: number): void => {
        const o = live[i]!;
        live[i] = live[live.length - 1]!;
        live.pop();
        expect(damaged(o)).toBe(-1);
        owner.fill(0, o.addr, o.addr + words(o));
        if (rnd(4) === 0) free(o.addr);
        else mfree(o.addr, o.bytes, o.kind);
      };
      for (let step = 0; step < 12_000; step++) {
        if (rnd(50) === 0) setMcache(rnd(5)); // the thread gets another P
        const grow = step % 3000 < 1800;
        if (rnd(100) < (grow ? 65 : 35) || live.length === 0) {
          const o: Obj = { addr: 0, bytes: size(rnd), kind: rnd(8), stamp: ++stamps };
          o.addr = mallocgc(o.bytes, o.kind);
          if (o.addr % 2 !== 0 || o.addr < I[H_HEAP]! || o.addr + (o.bytes >> 2) > I[H_WORDS]!)
            expect.fail(`bad address ${o.addr}`);
          if (F[o.addr >> 1] !== 0) expect.fail("the first 8 bytes are not zero");
          for (let w = 0; w < words(o); w++)
            if (owner[o.addr + w] !== 0) expect.fail(`${JSON.stringify(o)} overlaps number ${owner[o.addr + w]}`);
          owner.fill(o.stamp, o.addr, o.addr + words(o));
          stamp(o);
          checkInfo(o, 0);
          checkInfo(o, rnd(Math.max(2, Math.ceil(o.bytes / 4))));
          if (!isAllocated(o.addr)) expect.fail("not allocated");
          live.push(o);
        } else drop(rnd(live.length));
      }
      // Every object that the model knows is found by the walk, with its kind, and no other.
      for (let kind = 0; kind < 8; kind++) {
        const found: number[] = [];
        forEachObject(kind, (addr) => {
          if (!(kind === KIND_NOSCAN && owner[addr] === 0)) found.push(addr);
        });
        expect(found).toEqual(
          live
            .filter((o) => o.kind === kind)
            .map((o) => o.addr)
            .sort((a, b) => a - b),
        );
      }
      while (live.length > 0) drop(rnd(live.length));
      expectEmpty(start);
    });
});
