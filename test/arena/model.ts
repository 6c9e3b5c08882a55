/** Helpers of the allocator's tests: a seeded generator and a shadow model of what is allocated. */
import { expect } from "vitest";
import { attach, newArena } from "../../src/arena/arena.js";
import { I } from "../../src/arena/arena.js";
import { MAX_PROCS } from "../../src/arena/layout.js";
import { flushMcache, mallocinit, memstats, type MemStats, objectInfo, setMcache } from "../../src/arena/malloc.js";

/** mulberry32: small, seeded, good enough to shuffle tests. */
export function random(seed: number): (n: number) => number {
  let a = seed | 0;
  return (n) => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

/** Seeds of a random test: the given ones and a new one each run, or GOSCHED_SEED alone. Print it on failure. */
export function seeds(...fixed: number[]): number[] {
  const given = process.env["GOSCHED_SEED"];
  return given === undefined ? [...fixed, (Math.random() * 2 ** 31) | 0] : [Number(given)];
}

export function freshHeap(bytes = 64 << 20): MemStats {
  attach(newArena(bytes, 1, 0));
  mallocinit();
  setMcache(0);
  return memstats();
}

/** After everything was freed: all pages are back, in one run, and no list holds anything. */
export function expectEmpty(start: MemStats): void {
  for (let p = 0; p <= MAX_PROCS; p++) flushMcache(p);
  expect(memstats()).toEqual(start);
  expect(start.freeRuns).toBe(1);
  expect(start.pagesFree).toBe(start.pages);
}

export interface Obj {
  addr: number;
  bytes: number;
  kind: number;
  stamp: number;
}

/** Fills the words of an object (rounded down: what the caller may surely use) with a pattern of its own. */
export function stamp(o: Obj): void {
  const words = I; // a local: an imported binding is slow under the test runner
  for (let i = 0; i < o.bytes >> 2; i++) words[o.addr + i] = Math.imul(o.stamp, 0x9e3779b1) ^ i;
}
/** Index of the first word that is not as stamped, or -1. */
export function damaged(o: Obj): number {
  const words = I;
  for (let i = 0; i < o.bytes >> 2; i++) if (words[o.addr + i] !== (Math.imul(o.stamp, 0x9e3779b1) ^ i)) return i;
  return -1;
}

/** Throws unless the address leads back to what the object is. */
export function checkInfo(o: Obj, interior: number): void {
  const info = objectInfo(o.addr + interior);
  if (info === undefined || info.base !== o.addr || info.kind !== o.kind || info.size < o.bytes)
    throw new Error(`objectInfo(${o.addr}+${interior}) = ${JSON.stringify(info)}, want ${JSON.stringify(o)}`);
}
