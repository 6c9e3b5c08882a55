/** Grace periods: when what was unlinked is freed. One thread plays all Ms (test/sched/world.ts). */
import { beforeEach, describe, expect, test } from "vitest";
import { I } from "../../src/arena/arena.js";
import {
  KIND_NOSCAN,
  KIND_WORDS,
  MAX_PROCS,
  P_EPOCH,
  P_RETIRED,
  P_STATUS,
  P_SWITCHES,
  S_EPOCH,
  S_EPOCHLOCK,
} from "../../src/arena/layout.js";
import { flushMcache, isAllocated, mallocgc, memstats } from "../../src/arena/malloc.js";
import { pload, pstore } from "../../src/arena/atomics.js";
import { readBegin, retire, retirepurge } from "../../src/sched/grace.js";
import { allp } from "../../src/sched/p.js";
import { Pidle, Prunning } from "../../src/sched/status.js";
import { interleave } from "../sched/interleave.js";
import { as, token, world } from "../sched/world.js";
import { setg } from "../../src/stack/current.js";

/** The goroutine on P number i ends and another one begins. */
const turn = (i: number): void => {
  const p = allp(i);
  I[p + P_SWITCHES] = (I[p + P_SWITCHES]! + 1) | 0;
};
const object = (): number => mallocgc(64, KIND_WORDS);
/** M number i does nothing but retire objects, a section for each, until nothing more can be freed without the others. */
const churn = (i: number, n = 400): void =>
  as(i, () => {
    for (let k = 0; k < n; k++) {
      readBegin();
      retire(mallocgc(128, KIND_WORDS), 128, KIND_WORDS);
    }
  });

beforeEach(() => {
  world(3);
  setg(token());
  for (let i = 0; i < 3; i++) turn(i);
});

describe("an object that a reader may look at", () => {
  /** P1 is in a section that began before the object was retired. */
  function retiredUnder(): number {
    as(1, readBegin);
    const a = object();
    as(0, () => {
      readBegin();
      retire(a, 64, KIND_WORDS);
    });
    churn(0);
    expect(isAllocated(a)).toBe(true);
    return a;
  }

  test("is not freed however much else is retired", () => {
    const a = retiredUnder();
    churn(2);
    churn(0, 2000);
    expect(isAllocated(a)).toBe(true);
  });

  test.each([
    ["begins another section", () => as(1, readBegin)],
    ["runs another goroutine", () => turn(1)],
    ["is idle", () => void (I[allp(1) + P_STATUS] = Pidle)],
  ])("is freed after its P %s", (_, end) => {
    const a = retiredUnder();
    end();
    churn(0);
    // Sections that have begun since do not matter, nor does one that goes on.
    expect(isAllocated(a)).toBe(false);
  });

  test("is not freed when only some other P goes on", () => {
    const a = retiredUnder();
    turn(2);
    as(2, readBegin);
    churn(0);
    expect(isAllocated(a)).toBe(true);
  });
});

test("a P that has been in no section of its turn delays nobody", () => {
  turn(1);
  turn(2);
  const a = object();
  retire(a, 64, KIND_WORDS);
  churn(0);
  expect(isAllocated(a)).toBe(false);
});

test("a goroutine that reads and writes without end frees what it retires", () => {
  turn(0);
  const first = memstats().heapInuse;
  churn(0, 20_000);
  expect(memstats().heapInuse).toBeLessThan(first + 200_000);
});

test("epochs wrap", () => {
  I[S_EPOCH] = 0x7fffffff;
  const a = object();
  retire(a, 64, KIND_WORDS);
  churn(0);
  expect(isAllocated(a)).toBe(false);
  expect(I[S_EPOCH]).toBeLessThan(0);
  for (let i = 0; i < 3; i++) expect(I[allp(i) + P_STATUS]).toBe(Prunning);
});

test("a turn whose number comes round again still announces its sections", () => {
  as(1, readBegin);
  I[allp(1) + P_SWITCHES] = -1;
  churn(0);
  as(1, readBegin);
  expect(I[allp(1) + P_EPOCH]).toBe(I[S_EPOCH]);
});

test("large objects are looked after at once, a busy epoch lock is not waited for", () => {
  I[S_EPOCHLOCK] = 1;
  const a = mallocgc(100_000, KIND_NOSCAN);
  retire(a, 100_000, KIND_NOSCAN);
  churn(0);
  expect(isAllocated(a)).toBe(true);
  I[S_EPOCHLOCK] = 0;
  churn(0);
  expect(isAllocated(a)).toBe(false);
});

test("with one P, and with the world stopped, all is freed at once", () => {
  world(1);
  setg(token());
  const a = object();
  readBegin();
  retire(a, 64, KIND_WORDS);
  expect(isAllocated(a)).toBe(false);

  world(2);
  const start = memstats();
  as(1, () => {
    for (let i = 0; i < 100; i++) retire(object(), 64, KIND_WORDS);
  });
  retirepurge(allp(1));
  expect(I[allp(1) + P_RETIRED]).toBe(0);
  for (let p = 0; p <= MAX_PROCS; p++) flushMcache(p);
  expect(memstats()).toEqual(start);
});

/**
 * The theorem of grace.ts in all orders with one stop: a reader finds an object through a word and looks at it as long as it
 * likes; a writer replaces it and does its utmost to get it freed.
 */
test("whoever found an object finds it unharmed", () => {
  const WORD = 1234;
  let word = 0;
  let a = 0;
  let found = 0;
  const setup = (): void => {
    world(2);
    setg(token());
    turn(0);
    turn(1);
    word = object();
    a = object();
    I[a + 2] = WORD;
    I[word] = a;
    found = 0;
  };
  const read = (): void =>
    as(1, () => {
      readBegin();
      found = pload(word);
      // The rest of the section is plain: whatever happens up to its end happens "now".
      pload(word + 2);
      if (found !== 0) expect([isAllocated(found), I[found + 2]]).toEqual([true, WORD]);
    });
  const write = (): void => {
    as(0, () => {
      readBegin();
      pstore(word, 0);
      retire(a, 64, KIND_WORDS);
    });
    churn(0, 200);
  };
  let seen = 0;
  const checked = interleave(setup, read, write, () => {
    if (found !== 0) seen++;
    // Nobody reads any more.
    turn(1);
    churn(0, 200);
    expect(isAllocated(a)).toBe(false);
  });
  expect(checked.orders).toBeGreaterThan(3);
  expect(seen).toBeGreaterThan(0);
  expect(seen).toBeLessThan(checked.orders);
  const swapped = interleave(setup, write, read, () => undefined);
  expect(swapped.orders).toBeGreaterThan(50);
});
