/** The treap against a model: a Map from addresses to lists. Seeded, with the shape of the tree checked after each step. */
import { expect, test } from "vitest";
import { I } from "../../src/arena/arena.js";
import {
  KIND_SUDOG,
  LINE,
  SG_BYTES,
  SG_CHAN,
  SG_NEXT,
  SG_PARENT,
  SG_PREV,
  SG_TICKET,
  SG_WAITLINK,
  SG_WAITTAIL,
  SR_TREAP,
} from "../../src/arena/layout.js";
import { mallocgc } from "../../src/arena/malloc.js";
import { dequeue, dequeueall, queue } from "../../src/sync/treap.js";
import { Random } from "../../src/stress/random.js";
import { empty, words } from "./script.js";

const seed = Number(process.env["GOSCHED_SEED"] ?? Math.floor(Math.random() * 2 ** 32));

/** The tree as a Map; throws where it is no treap. Returns its depth too. */
function read(root: number): { waiting: Map<number, number[]>; depth: number } {
  const waiting = new Map<number, number[]>();
  const walk = (s: number, parent: number, lo: number, hi: number): number => {
    if (s === 0) return 0;
    const addr = I[s + SG_CHAN]!;
    if (I[s + SG_PARENT] !== parent) throw new Error("a wrong parent");
    if (parent !== 0 && I[parent + SG_TICKET]! > I[s + SG_TICKET]!) throw new Error("no heap");
    if (addr <= lo || addr >= hi) throw new Error("no search tree");
    const list: number[] = [];
    for (let x = s; x !== 0; x = I[x + SG_WAITLINK]!) list.push(x);
    if (I[s + SG_WAITTAIL] !== (list.length === 1 ? 0 : list.at(-1))) throw new Error("a wrong tail");
    waiting.set(addr, list);
    return 1 + Math.max(walk(I[s + SG_PREV]!, s, lo, addr), walk(I[s + SG_NEXT]!, s, addr, hi));
  };
  const depth = walk(I[root + SR_TREAP]!, 0, 0, Infinity);
  return { waiting, depth };
}

test.each([1, 2, 7, 60])(`queues of %i addresses agree with a model, seed ${seed}`, (addresses) => {
  empty(1);
  const r = new Random(seed + addresses);
  const root = words(LINE);
  const model = new Map<number, number[]>();
  const free: number[] = [];
  for (let step = 0; step < 1500; step++) {
    const addr = 1000 + 502 * r.below(addresses);
    const list = model.get(addr) ?? [];
    // Grows for a while, shrinks for a while.
    if (r.below(10) < (step % 500 < 250 ? 7 : 3)) {
      const s = free.pop() ?? mallocgc(SG_BYTES, KIND_SUDOG);
      // A sudog comes with whatever its last use left in it.
      for (const f of [SG_NEXT, SG_PREV, SG_PARENT, SG_TICKET, SG_WAITTAIL]) I[s + f] = r.below(1000);
      const lifo = r.below(3) === 0;
      queue(root, addr, s, lifo, r.below(2 ** 32) | 0);
      model.set(addr, lifo ? [s, ...list] : [...list, s]);
    } else if (r.below(8) === 0) {
      const all: number[] = [];
      for (let s = dequeueall(root, addr); s !== 0;) {
        all.push(s);
        const next = I[s + SG_WAITLINK]!;
        I[s + SG_WAITLINK] = 0;
        s = next;
      }
      expect(all).toEqual(list);
      free.push(...all);
      model.delete(addr);
    } else {
      const s = dequeue(root, addr);
      expect(s).toBe(list[0] ?? 0);
      if (s === 0) continue;
      expect([I[s + SG_TICKET], I[s + SG_WAITLINK]]).toEqual([0, 0]);
      free.push(s);
      if (list.length === 1) model.delete(addr);
      else model.set(addr, list.slice(1));
    }
    const { waiting } = read(root);
    if (waiting.size !== model.size) throw new Error(`${waiting.size} addresses, not ${model.size}`);
    for (const [a, l] of model)
      if (String(waiting.get(a)) !== String(l)) throw new Error(`${waiting.get(a)}, not ${l}`);
  }
});

test("addresses that come in order make no list: the depth stays a small multiple of the logarithm", () => {
  empty(1);
  const r = new Random(seed);
  const root = words(LINE);
  const n = 2000;
  for (let i = 0; i < n; i++) queue(root, 1000 + 502 * i, mallocgc(SG_BYTES, KIND_SUDOG), false, r.below(2 ** 32) | 0);
  const { waiting, depth } = read(root);
  expect(waiting.size).toBe(n);
  // Expected about 2 ln n = 15, a third more than that is rare; 60 has a probability below 1e-9 (Seidel and Aragon, theorem 3.1).
  expect(depth).toBeLessThan(60);
});
