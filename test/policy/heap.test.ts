/** The heap that policies are made of, against a sorted list. */
import { beforeEach, expect, it } from "vitest";
import { POLICY } from "../../src/arena/layout.js";
import { heap, heapField, layout } from "../../src/policy/kit.js";
import { world } from "../sched/world.js";

const { h } = layout.shared({ h: heapField });

beforeEach(() => world(2));

it("lies where the policy's words are", () => {
  expect(h).toBe(POLICY);
});

it("the smallest key first, and of equal ones the first that came; it grows", () => {
  // Few keys, so that many are equal. The numbers stand for goroutines: the heap does not look at them.
  for (let seed = 1; seed <= 20; seed++) {
    let x = seed;
    const random = (): number => (x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d) ^ 0x9e3779b9) >>> 8;
    const list: { key: number; g: number }[] = [];
    let next = 1;
    for (let i = 0; i < 600; i++) {
      if (random() % 3 !== 0 || i < 150) {
        const key = (random() % 10) / 4 - 1;
        heap.push(h, next, key);
        list.push({ key, g: next++ });
        expect(heap.size(h)).toBe(list.length);
        continue;
      }
      const least = Math.min(...list.map((e) => e.key));
      const at = list.findIndex((e) => e.key === least);
      expect(heap.pop(h), `seed ${seed}, step ${i}`).toBe(at < 0 ? 0 : list.splice(at, 1)[0]!.g);
    }
    const sorted = list.map((e, i) => ({ ...e, i })).sort((a, b) => a.key - b.key || a.i - b.i);
    expect(sorted.map(() => heap.pop(h))).toEqual(sorted.map((e) => e.g));
    expect(heap.pop(h)).toBe(0);
  }
});
