/**
 * Spans: runs of pages, in use or free. From any address to what lies there.
 *
 * ```
 *  SPANS + page * SPAN_SIZE   one struct a page, used at the first page of a run only
 *  page map                   one word a page: the first page of its run
 * ```
 *
 * The page numbers count from word 0 of the arena, so `addr >> 11` is the page without a subtraction. The span table
 * stands before the page map: its base is then a constant, and only the map's depends on the size of the arena.
 *
 * Invariants (under mheap's lock):
 *   1. SP_STATE is not NONE exactly at the first page of every run.
 *   2. The map is right at the first and the last page of every run (boundary tags, mheap.ts), and at every page of
 *      a span in use. In the middle of a free run it is stale.
 *
 * Readers without the lock. `spanOf`, `objectInfo`, `forEachObject` may run while other threads allocate. Whoever
 * holds a live object sees its span right: the fields were written before the object was handed out and stay until it
 * is freed. For anything else the answer may be out of date, but never out of bounds: a map entry is always the number
 * of some page, and every field that becomes an address is checked against the run before use.
 *
 * Free objects carry FREE_MARK in their second word (and a link in the first), so whether an object is allocated
 * needs no bitmap, which two Ps would have to update with atomics. No value has that pattern as its high half (a
 * signalling NaN without a tag), nor do the structs have it in their second word; bytes of a KIND_NOSCAN object may, so
 * for these "free" is a guess that is wrong once in 2^32.
 */
import {
  PAGE_SHIFT,
  SPANS,
  SP_NPAGES,
  SP_STATE,
  SP_CLASS,
  SP_NELEMS,
  SP_ELEM,
  SP_CARVED,
  SPAN_NONE,
  SPAN_INUSE,
  SPAN_LARGE,
  MH_PAGEMAP,
  FREE_MARK,
  TINY_BYTES,
} from "./layout.js";
import { I } from "./arena.js";
import { H_HEAP, H_WORDS, KIND_NOSCAN, NUM_KINDS, PAGE_WORDS, SPAN_SIZE } from "./layout.js";
import { CLASS_TO_SIZE, makeSpanClass, PAGE_BYTES } from "./sizeclasses.js";

export const TINY_SPAN_CLASS = makeSpanClass(2, KIND_NOSCAN);
/** The live bits of a tiny span, one for each 8 bytes, take the place of its last objects. */
export const TINY_LIVE_WORDS = PAGE_WORDS / 2 / 32;
export const TINY_NELEMS = (PAGE_WORDS - TINY_LIVE_WORDS) / 4;

export interface ObjectInfo {
  kind: number;
  /** Bytes that the object may use: its class, not what was asked for. */
  size: number;
  /** First word of the object. */
  base: number;
  /** The span struct. */
  span: number;
}

export function spanBase(s: number): number {
  return ((s - SPANS) / SPAN_SIZE) << PAGE_SHIFT;
}

/** The span struct of the span in use that contains `addr`, or 0. */
export function spanOf(addr: number): number {
  if (!(addr >= I[H_HEAP]! && addr < I[H_WORDS]!)) return 0;
  const page = addr >> PAGE_SHIFT;
  const first = I[I[MH_PAGEMAP]! + page]!;
  const s = SPANS + first * SPAN_SIZE;
  if (I[s + SP_STATE]! < SPAN_INUSE || page < first || page - first >= I[s + SP_NPAGES]!) return 0;
  return s;
}

/** Word that holds the live bit of a tiny object; a tiny span is one page. */
export function tinyLiveWord(addr: number): number {
  return (addr | (PAGE_WORDS - 1)) + 1 - TINY_LIVE_WORDS + ((addr & (PAGE_WORDS - 1)) >> 6);
}
/** The bit of a tiny object within `tinyLiveWord`. */
export function tinyLiveBit(addr: number): number {
  return 1 << ((addr >> 1) & 31);
}
/** The live bits of both halves of the block that starts at `block`; 0: no tiny objects live there. */
function tinyLive(block: number): number {
  return I[tinyLiveWord(block)]! & (3 * tinyLiveBit(block));
}

/**
 * Type and place of the object that contains `addr`, interior addresses included; undefined if there never was one.
 * Free objects of a span in use are found as well: `isAllocated` tells.
 */
export function objectInfo(addr: number): ObjectInfo | undefined {
  const s = spanOf(addr);
  if (s === 0) return undefined;
  const start = spanBase(s);
  const elem = I[s + SP_ELEM]!;
  const index = Math.floor((addr - start) / elem);
  // A span that is being reused may show the old object size for a moment: these bounds hold whatever it shows.
  if (!(index < I[s + SP_CARVED]! && index < I[s + SP_NELEMS]!)) return undefined;
  const spanclass = I[s + SP_CLASS]!;
  const kind = spanclass % NUM_KINDS;
  const base = start + index * elem;
  if (spanclass === TINY_SPAN_CLASS && tinyLive(base) !== 0)
    return { kind, size: TINY_BYTES, base: base + ((addr - base) & 2), span: s };
  return { kind, size: elem * 4, base, span: s };
}

/**
 * Whether the object that contains `addr` is allocated. Exact for every kind except KIND_NOSCAN (see the top), as long
 * as nobody allocates or frees it meanwhile. The unused half of a P's current tiny block counts as allocated.
 */
export function isAllocated(addr: number): boolean {
  const o = objectInfo(addr);
  if (o === undefined) return false;
  if (I[o.span + SP_STATE] === SPAN_LARGE) return true;
  if (o.size === TINY_BYTES && I[o.span + SP_CLASS] === TINY_SPAN_CLASS)
    return (I[tinyLiveWord(o.base)]! & tinyLiveBit(o.base)) !== 0;
  return I[o.base + 1] !== FREE_MARK;
}

/**
 * Calls `fn(address, bytes)` for every allocated object of a kind, in address order. Any thread, also while others
 * allocate: objects that come or go meanwhile may be missed or seen half made, and `fn` must cope with both.
 * No lock is held, so `fn` may allocate.
 */
export function forEachObject(kind: number, fn: (addr: number, bytes: number) => void): void {
  forEachSpan((s, state, npages) => {
    const spanclass = I[s + SP_CLASS]!;
    if (state < SPAN_INUSE || spanclass % NUM_KINDS !== kind) return;
    const start = spanBase(s);
    const elem = I[s + SP_ELEM]!;
    if (state === SPAN_LARGE) {
      fn(start, elem * 4);
      return;
    }
    // Bounded by the run and by a size from the table, neither of which can change under us.
    const bytes = CLASS_TO_SIZE[Math.floor(spanclass / NUM_KINDS)]!;
    const fit = Math.floor((npages * PAGE_BYTES) / bytes);
    const end = Math.min(I[s + SP_CARVED]!, I[s + SP_NELEMS]!, fit);
    for (let i = 0; i < end; i++) {
      const addr = start + i * (bytes >> 2);
      const live = spanclass === TINY_SPAN_CLASS ? tinyLive(addr) : 0;
      if (live !== 0) {
        if ((live & tinyLiveBit(addr)) !== 0) fn(addr, TINY_BYTES);
        if ((live & tinyLiveBit(addr + 2)) !== 0) fn(addr + 2, TINY_BYTES);
      } else if (I[addr + 1] !== FREE_MARK) fn(addr, bytes);
    }
  });
}

/**
 * Calls `fn` for each run, free ones included, in address order. A run that splits or merges under the walk is
 * stepped through a page at a time until the next first page comes.
 */
export function forEachSpan(fn: (span: number, state: number, npages: number) => void): void {
  const end = I[H_WORDS]! >> PAGE_SHIFT;
  for (let page = I[H_HEAP]! >> PAGE_SHIFT; page < end;) {
    const s = SPANS + page * SPAN_SIZE;
    const state = I[s + SP_STATE]!;
    const npages = I[s + SP_NPAGES]!;
    if (state !== SPAN_NONE) fn(s, state, npages);
    page += state !== SPAN_NONE && npages > 0 ? npages : 1;
  }
}
