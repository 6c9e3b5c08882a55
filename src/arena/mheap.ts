/**
 * The page heap: runs of 8 KiB pages, split on allocation and merged on release.
 *
 * Goal: best fit in constant time for the usual sizes, and memory that does not crumble: no two neighbouring runs are
 * ever both free.
 *
 *   Free runs lie in bins by length: one bin for each length up to 128 pages (1 MiB), above that eight for each power
 *   of two. A bitmap of the bins that are not empty finds the next one in a few instructions.
 *
 *   allocSpan  1. The bin of the length itself, then the next bin that is not empty. An exact bin is best fit by
 *                 construction; in a bin of a range the shortest run that suffices is searched. That search is linear
 *                 in the runs of one bin; runs above 1 MiB are few (Go has a radix tree here because its heap can
 *                 have millions of them: 512 GiB, ours at most 4).
 *              2. Split: the front is taken, the rest goes back to its bin. So the heap grows from low addresses, and
 *                 pages never used stay uncommitted and zero.
 *   freeSpan   3. Boundary tags: the page map entry of the page before leads to the first page of the run there, the
 *                 span struct of the page behind is that of the next run. Free ones are merged.
 *
 * One lock for all of it. LOCK ORDER: mcentral, then mheap; never two mcentrals; nothing else is locked under them, and
 * no user code runs and nothing is thrown while they are held. The lock is the real one also when GOMAXPROCS is 1,
 * because the host thread allocates.
 *
 * Where Go differs: its heap grows by 64 MB arenas from the operating system and a scavenger gives memory back. Here
 * the reservation is fixed, and JavaScript has no call that gives pages of a SharedArrayBuffer back, so RSS stays
 * at the maximum ever used.
 *
 * What if a thread stops right there? Inside the lock: everyone else waits, and if it died the host ends the run
 * (lock.ts). Between allocSpan and its use: a span that nobody knows; it is lost, nothing else is harmed.
 */
import { F, I } from "./arena.js";
import { lock, unlock } from "./lock.js";
import { H_HEAP, H_WORDS, LINE, MHEAP, MHEAP_SIZE, NUM_KINDS, PAGE_WORDS, SPAN_SIZE } from "./layout.js";
import { TINY_LIVE_WORDS, TINY_NELEMS, TINY_SPAN_CLASS, spanBase } from "./mspan.js";
import {
  MH_PAGEMAP,
  PAGE_SHIFT,
  SP_CARVED,
  SP_CLASS,
  SP_ELEM,
  SP_FREELIST,
  SP_NALLOC,
  SP_NELEMS,
  SP_NEXT,
  SP_NPAGES,
  SP_PREV,
  SP_STATE,
  SPAN_FREE,
  SPAN_INUSE,
  SPAN_LARGE,
  SPAN_NONE,
  SPANS,
} from "./layout.js";
import { CLASS_TO_PAGES, CLASS_TO_SIZE, PAGE_BYTES } from "./sizeclasses.js";

// ---- layout of the MHEAP area; all [mheap lock] except the constants
const MH_LOCK = MHEAP;
//    MH_PAGEMAP = MHEAP + 1 is in mspan.ts; constant
const MH_INUSE = MHEAP + 2; //  pages in spans in use; read racily for messages
const MH_PAGES = MHEAP + 3; //  pages of the heap; constant
const MH_BITMAP = MHEAP + LINE; //     a bit for each bin: not empty
const MH_BINS = MHEAP + 2 * LINE; //   first span struct of each bin, 0 if empty

const EXACT = 128;
/** Bins for lengths below 2^20: 128 exact ones, then 8 for each power of two from 2^7 on. */
const NUM_BINS = EXACT + 13 * 8;
const BITMAP_WORDS = Math.ceil(NUM_BINS / 32);
/** 2 MiB: below that not even one span of each usual kind fits. */
const MIN_HEAP_PAGES = 256;

if (2 * LINE + NUM_BINS > MHEAP_SIZE)
  throw new Error("mheap: the bins do not fit into the area that layout.ts reserves");

/** Formats the heap of a fresh arena. Once, before any other thread knows the arena. */
export function mheapinit(): void {
  const words = I[H_WORDS]!;
  const first = I[H_HEAP]! >> PAGE_SHIFT;
  const pages = words >> PAGE_SHIFT;
  if (pages - first < MIN_HEAP_PAGES)
    throw new RangeError(
      `arena: ${words * 4} bytes are too few to start; reserve at least ${(first + MIN_HEAP_PAGES) * PAGE_BYTES} bytes`,
    );
  if (I[MH_PAGEMAP] !== 0) throw new Error("arena: mallocinit was called twice on the same arena");
  I[MH_PAGEMAP] = SPANS + pages * SPAN_SIZE;
  I[MH_PAGES] = pages - first;
  insertRun(first, pages - first);
}

/** The bin of runs of `npages`. */
function binOf(npages: number): number {
  if (npages <= EXACT) return npages - 1;
  const log = 31 - Math.clz32(npages);
  return EXACT + (log - 7) * 8 + ((npages >> (log - 3)) & 7);
}

/** First bin from `bin` on that is not empty, or NUM_BINS. */
function nextBin(bin: number): number {
  let w = bin >> 5;
  if (w >= BITMAP_WORDS) return NUM_BINS;
  let bits = I[MH_BITMAP + w]! & (-1 << (bin & 31));
  while (bits === 0) {
    if (++w === BITMAP_WORDS) return NUM_BINS;
    bits = I[MH_BITMAP + w]!;
  }
  return w * 32 + 31 - Math.clz32(bits & -bits);
}

/** Makes a free run of the pages, tags its boundaries and puts it into its bin. */
function insertRun(page: number, npages: number): void {
  const s = SPANS + page * SPAN_SIZE;
  const map = I[MH_PAGEMAP]!;
  I[map + page] = page;
  I[map + page + npages - 1] = page;
  I[s + SP_NPAGES] = npages;
  I[s + SP_STATE] = SPAN_FREE;
  const bin = binOf(npages);
  const head = I[MH_BINS + bin]!;
  I[s + SP_NEXT] = head;
  I[s + SP_PREV] = 0;
  if (head !== 0) I[head + SP_PREV] = s;
  else I[MH_BITMAP + (bin >> 5)]! |= 1 << (bin & 31);
  I[MH_BINS + bin] = s;
}

/** Takes a free run out of its bin; it is the caller's then, its state still FREE. */
function removeRun(s: number): void {
  const next = I[s + SP_NEXT]!;
  const prev = I[s + SP_PREV]!;
  if (next !== 0) I[next + SP_PREV] = prev;
  if (prev !== 0) I[prev + SP_NEXT] = next;
  else {
    const bin = binOf(I[s + SP_NPAGES]!);
    I[MH_BINS + bin] = next;
    if (next === 0) I[MH_BITMAP + (bin >> 5)]! &= ~(1 << (bin & 31));
  }
}

/** The shortest run of a bin that has `npages`, or 0. */
function shortest(bin: number, npages: number): number {
  let best = 0;
  for (let s = I[MH_BINS + bin]!; s !== 0; s = I[s + SP_NEXT]!) {
    const n = I[s + SP_NPAGES]!;
    if (n === npages) return s;
    if (n > npages && (best === 0 || n < I[best + SP_NPAGES]!)) best = s;
  }
  return best;
}

/** Steps 1 and 2. Returns the span struct of a run of exactly `npages`, or 0. */
function takeRun(npages: number): number {
  let bin = binOf(npages);
  let s = shortest(bin, npages);
  if (s === 0) {
    bin = nextBin(bin + 1);
    if (bin === NUM_BINS) return 0;
    s = bin < EXACT ? I[MH_BINS + bin]! : shortest(bin, npages);
  }
  removeRun(s);
  const rest = I[s + SP_NPAGES]! - npages;
  if (rest > 0) insertRun((s - SPANS) / SPAN_SIZE + npages, rest);
  return s;
}

/**
 * A span for objects of a span class, or for one large object of `npages` if the class is 0.
 * Returns its struct, or 0 when no run is long enough. Nothing in it is zeroed.
 */
export function allocSpan(npages: number, spanclass: number): number {
  if (npages > I[MH_PAGES]!) return 0;
  lock(MH_LOCK);
  const s = takeRun(npages);
  if (s === 0) {
    unlock(MH_LOCK);
    return 0;
  }
  I[MH_INUSE]! += npages;
  const page = (s - SPANS) / SPAN_SIZE;
  const map = I[MH_PAGEMAP]!;
  I[map + page + npages - 1] = page;
  I[s + SP_NPAGES] = npages;
  initSpan(s, npages, spanclass);
  unlock(MH_LOCK);
  // Invariant 2 of mspan.ts for the pages in the middle. Outside of the lock: they are ours alone, and the neighbours
  // read the boundaries only.
  for (let i = 1; i < npages - 1; i++) I[map + page + i] = page;
  return s;
}

/** Everything before the state: who finds the span without the lock (mspan.ts) goes by the state. */
function initSpan(s: number, npages: number, spanclass: number): void {
  const cls = Math.floor(spanclass / NUM_KINDS);
  I[s + SP_CLASS] = spanclass;
  I[s + SP_FREELIST] = 0;
  if (cls === 0) {
    I[s + SP_ELEM] = npages * PAGE_WORDS;
    I[s + SP_NELEMS] = 1;
    I[s + SP_NALLOC] = 1;
    I[s + SP_CARVED] = 1;
    I[s + SP_STATE] = SPAN_LARGE;
    return;
  }
  const tiny = spanclass === TINY_SPAN_CLASS;
  const size = CLASS_TO_SIZE[cls]!;
  I[s + SP_ELEM] = size >> 2;
  I[s + SP_NELEMS] = tiny ? TINY_NELEMS : Math.floor((CLASS_TO_PAGES[cls]! * PAGE_BYTES) / size);
  I[s + SP_NALLOC] = 0;
  I[s + SP_CARVED] = 0;
  if (tiny) {
    const live = spanBase(s) + PAGE_WORDS - TINY_LIVE_WORDS;
    for (let i = 0; i < TINY_LIVE_WORDS; i += 2) F[(live + i) >> 1] = 0;
  }
  I[s + SP_STATE] = SPAN_INUSE;
}

/** Gives the pages of a span back (step 3). The caller owns every object in it. */
export function freeSpan(s: number): void {
  lock(MH_LOCK);
  const map = I[MH_PAGEMAP]!;
  let page = (s - SPANS) / SPAN_SIZE;
  let npages = I[s + SP_NPAGES]!;
  I[MH_INUSE]! -= npages;
  I[s + SP_STATE] = SPAN_NONE;
  if (page > I[H_HEAP]! >> PAGE_SHIFT) {
    const before = SPANS + I[map + page - 1]! * SPAN_SIZE;
    if (I[before + SP_STATE] === SPAN_FREE) {
      removeRun(before);
      I[before + SP_STATE] = SPAN_NONE;
      page -= I[before + SP_NPAGES]!;
      npages += I[before + SP_NPAGES]!;
    }
  }
  if (page + npages < I[H_WORDS]! >> PAGE_SHIFT) {
    const behind = SPANS + (page + npages) * SPAN_SIZE;
    if (I[behind + SP_STATE] === SPAN_FREE) {
      removeRun(behind);
      I[behind + SP_STATE] = SPAN_NONE;
      npages += I[behind + SP_NPAGES]!;
    }
  }
  insertRun(page, npages);
  unlock(MH_LOCK);
}

/** Bytes in spans in use. A racy read: for messages and statistics. */
export function heapInuse(): number {
  return I[MH_INUSE]! * PAGE_BYTES;
}
/** Bytes of the heap. */
export function heapSys(): number {
  return I[MH_PAGES]! * PAGE_BYTES;
}
