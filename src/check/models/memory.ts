/** The allocator where Ps meet (arena/mcentral.ts, mcache.ts, mheap.ts), shared free lists, and grace periods. */
import type { Body } from "../machine.js";
import type { World } from "../world.js";
import { assert, coreModel, type CoreModel } from "./common.js";

const BYTES = 64;
const LARGE = 40_000;

/** Allocates and writes: two who had the same memory would race. */
function* allocates(w: World, i: number, bytes: number, n: number, got: number[]): Body<void> {
  const c = w.m(i);
  for (let k = 0; k < n; k++) {
    const a = (yield* c["mallocgc"](bytes, c["KIND_WORDS"])) as number;
    w.memory.set(a, i + 1);
    got.push(a);
  }
}

/** What this kind and size has in an mcache, M number i's. */
function cached(w: World, i: number): number[] {
  const list: number[] = [];
  for (let a = words(w)[listOf(w, i)]!; a !== 0; a = words(w)[a]!) list.push(a);
  return list;
}
const words = (w: World): Int32Array => w.memory.words;
/** Where that list is. */
function listOf(w: World, i: number): number {
  const a = w.now<number>(w.m(i)["mallocgc"](BYTES, w.host["KIND_WORDS"]));
  const c =
    (w.host["mcacheOf"](i) as number) + 2 * words(w)[(w.host["spanOf"](a) as number) + (w.host["SP_CLASS"] as number)]!;
  w.now(w.m(i)["mfree"](a, BYTES, w.host["KIND_WORDS"]));
  return c;
}

const distinct = (lists: number[][]): void => {
  const all = lists.flat();
  assert(new Set(all).size === all.length, `twice the same: ${lists.join(" | ")}`);
};

const refills: CoreModel = coreModel(
  "mcentral: two Ps refill one class",
  { procs: 2 },
  () => [[], []] as number[][],
  (got, w) => ({ a: allocates(w, 0, BYTES, 2, got[0]!), b: allocates(w, 1, BYTES, 2, got[1]!) }),
  (got, w) =>
    distinct([
      [...got[0]!, ...cached(w, 0)],
      [...got[1]!, ...cached(w, 1)],
    ]),
);

const givesBack: CoreModel = coreModel(
  "mcentral: one P gives back while another refills",
  { procs: 2 },
  (w) => {
    const got: number[][] = [[], []];
    w.now(allocates(w, 0, BYTES, 3, got[0]!));
    return got;
  },
  (got, w) => ({
    a: (function* () {
      const c = w.m(0);
      for (const a of got[0]!.splice(0, 2)) yield* c["mfree"](a, BYTES, c["KIND_WORDS"]) as Body;
      yield* c["flushMcache"](0) as Body;
    })(),
    b: allocates(w, 1, BYTES, 2, got[1]!),
  }),
  (got, w) =>
    distinct([
      [...got[0]!, ...cached(w, 0)],
      [...got[1]!, ...cached(w, 1)],
    ]),
);

const large: CoreModel = coreModel(
  "mheap: two Ps take pages, one gives them back",
  { procs: 2 },
  () => [[], []] as number[][],
  (got, w) => ({
    a: (function* () {
      yield* allocates(w, 0, LARGE, 2, got[0]!);
      yield* w.m(0)["mfree"](got[0]!.pop()!, LARGE, w.host["KIND_WORDS"]) as Body;
    })(),
    b: allocates(w, 1, LARGE, 2, got[1]!),
  }),
  (got) => {
    const starts = got.flat().sort((a, b) => a - b);
    for (const [i, a] of starts.entries())
      assert(i === 0 || a - starts[i - 1]! >= LARGE / 4, `${a} begins inside of ${starts[i - 1]}`);
  },
);

/** Of two frees of the two halves of a tiny block exactly one frees the block. */
const tiny: CoreModel = coreModel(
  "the tiny allocator: two Ps free the halves of a block",
  { procs: 2 },
  (w) => {
    const c = w.m(0);
    const a = w.now<number>(c["mallocgc"](8, c["KIND_NOSCAN"]));
    return [a, w.now<number>(c["mallocgc"](8, c["KIND_NOSCAN"]))];
  },
  (halves, w) => ({
    a: w.m(0)["mfree"](halves[0], 8, w.host["KIND_NOSCAN"]) as Body,
    b: w.m(1)["mfree"](halves[1], 8, w.host["KIND_NOSCAN"]) as Body,
  }),
  (halves, w) => {
    const block = halves[0]! & ~3;
    const lists = [0, 1].filter((i) =>
      w.host["onList"]((w.host["mcacheOf"](i) as number) + 2 * (w.host["TINY_SPAN_CLASS"] as number), block),
    );
    assert(lists.length === 1, `the block is free ${lists.length} times`);
  },
);

/** Lists of dead goroutines and of sudogs that Ps share. */
const sudogs: CoreModel = coreModel(
  "sudogs: one P gives its cache away, another takes from it",
  { procs: 2 },
  (w) => {
    const c = w.m(0);
    // Two are in the shared list, two in the cache.
    const mine = [0, 1, 2, 3].map(() => w.now<number>(c["acquireSudog"]()));
    for (const [i, s] of mine.entries()) {
      w.now(c["releaseSudog"](s));
      if (i === 1) w.now(c["sudogpurge"](w.p(0)));
    }
    return [] as number[];
  },
  (got, w) => ({
    a: (function* () {
      yield* w.m(0)["sudogpurge"](w.p(0)) as Body;
      got.push((yield* w.m(0)["acquireSudog"]()) as number);
    })(),
    b: (function* () {
      got.push((yield* w.m(1)["acquireSudog"]()) as number);
      got.push((yield* w.m(1)["acquireSudog"]()) as number);
    })(),
  }),
  (got) => distinct([got]),
);

const dead: CoreModel = coreModel(
  "dead goroutines: one P spills, another takes from what it spilt",
  { procs: 2 },
  (w) => {
    const c = w.m(0);
    const gs = [w.now<number>(c["gfget"](w.p(0))), w.now<number>(c["gfget"](w.p(0)))];
    for (const g of gs) w.now(c["gfput"](w.p(0), g));
    return [] as number[];
  },
  (got, w) => ({
    a: (function* () {
      yield* w.m(0)["spill"](w.p(0), 0) as Body;
      got.push((yield* w.m(0)["gfget"](w.p(0))) as number);
    })(),
    b: (function* () {
      got.push((yield* w.m(1)["gfget"](w.p(1))) as number);
      got.push((yield* w.m(1)["gfget"](w.p(1))) as number);
    })(),
  }),
  (got) => distinct([got]),
);

/** What was unlinked while a reader may be at it is not used again before the reader has finished. */
const grace: CoreModel = coreModel(
  "grace periods: a reader at what is unlinked, retired and used again",
  { procs: 2 },
  (w) => {
    const slot = w.token();
    const a = w.token();
    w.memory.words[slot] = a;
    w.memory.words[a + 1] = 7;
    // The goroutines are in their first turn: no section has begun in it.
    for (const i of [0, 1]) w.memory.words[w.p(i) + w.host["P_SWITCHES"]] = 1;
    return { slot, a, seen: 0, reused: 0 };
  },
  (s, w) => ({
    reader: (function* () {
      const c = w.m(1);
      yield* c["readBegin"]() as Body;
      const a = yield* w.memory.load(s.slot);
      // By racy: that a turn is over is read plainly (grace.ts says why that will do), so the language does not order this look with
      // what comes after, and the checker would call it a race in each order.
      s.seen = a === 0 ? 7 : yield* w.memory.racy(a + 1);
      // The turn ends as turns do: with an atomic operation, then the next switch.
      yield* w.memory.add(s.slot + 2, 1);
      w.memory.set(w.p(1) + w.host["P_SWITCHES"], 2);
      yield* w.memory.add(s.slot + 2, 1);
    })(),
    retirer: (function* () {
      const c = w.m(0);
      yield* w.memory.store(s.slot, 0);
      yield* c["retire"](s.a, BYTES, c["KIND_NOSCAN"]) as Body;
      for (let i = 0; i < 3; i++) yield* c["advance"]() as Body;
      const other = (yield* c["mallocgc"](BYTES, c["KIND_NOSCAN"])) as number;
      // A second epoch is noted in a node of its own, and then the first node may be free.
      yield* c["retire"](other, BYTES, c["KIND_NOSCAN"]) as Body;
      for (let i = 0; i < 2; i++) {
        const b = (yield* c["mallocgc"](BYTES, c["KIND_NOSCAN"])) as number;
        w.memory.set(b + 1, 8);
        if (b === s.a) s.reused++;
      }
    })(),
  }),
  (s) => {
    assert(s.seen === 7, `the reader has seen ${s.seen}`);
    assert(s.reused <= 1, "it was handed out twice");
  },
  { search: { preemptions: 4 } },
);

export const models: readonly CoreModel[] = [refills, givesBack, large, tiny, sudogs, dead, grace];
