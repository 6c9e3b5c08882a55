/**
 * One mcentral for each span class: the spans that have room, shared by all Ps.
 *
 * It trades in batches. A P whose list is empty takes a batch, one whose list is too long gives a batch back, and
 * each is one lock for up to 64 objects.
 *
 *   refill    1. From the first span with room: objects that came back before ones never used, so that memory in use
 *                stays dense and untouched pages stay uncommitted.
 *             2. No span with room: a new one from mheap (mcentral's lock is held meanwhile; lock order in mheap.ts).
 *   giveBack  3. Each object returns to the free list of its own span, found through the page map, for only then can it be
 *                known that a span is all free.
 *             4. A span whose last object has come back leaves for mheap at once, as Go's sweeper does it. No spare is
 *                kept: the mcaches are the hysteresis.
 *
 * Invariant: a span is on the list exactly while SP_NALLOC < SP_NELEMS. Objects in mcaches count as allocated, so
 * a span in the list of some mcache is never given to mheap.
 *
 * Where Go differs: it moves whole spans between mcache and mcentral, because a Go mcache only ever allocates; what dies
 * is found by the sweeper, span by span. Here objects are freed one by one, by whichever P holds them last, and
 * that needs a way back for single objects: the one TCMalloc has, from which Go's allocator was derived.
 *
 * What if a thread stops right there? Inside the lock: others wait for this span class only (for all, if it is inside
 * mheap as well), and if it died the host ends the run. Between lock and list (end of refill, of giveBack): its mcache
 * is half updated, but nobody else reads that as anything but a statistic.
 */
import { I } from "./arena.js";
import { LINE, MCENTRALS, MCENTRAL_SIZE, NUM_KINDS, SPAN_SIZE } from "./layout.js";
import { lock, unlock } from "./lock.js";
import { allocSpan, freeSpan } from "./mheap.js";
import { spanBase } from "./mspan.js";
import {
  FREE_MARK,
  MH_PAGEMAP,
  PAGE_SHIFT,
  SP_CARVED,
  SP_ELEM,
  SP_FREELIST,
  SP_NALLOC,
  SP_NELEMS,
  SP_NEXT,
  SP_PREV,
  SPANS,
} from "./layout.js";
import { CLASS_TO_BATCH, CLASS_TO_PAGES } from "./sizeclasses.js";

// ---- layout of an mcentral; a line of its own each [its lock]
const MC_LOCK = 0;
const MC_SPANS = 1; // first span with room, through SP_NEXT

if (MCENTRAL_SIZE < LINE) throw new Error("mcentral: needs a cache line of its own");

function pushSpan(m: number, s: number): void {
  const head = I[m + MC_SPANS]!;
  I[s + SP_NEXT] = head;
  I[s + SP_PREV] = 0;
  if (head !== 0) I[head + SP_PREV] = s;
  I[m + MC_SPANS] = s;
}

function removeSpan(m: number, s: number): void {
  const next = I[s + SP_NEXT]!;
  const prev = I[s + SP_PREV]!;
  if (next !== 0) I[next + SP_PREV] = prev;
  if (prev !== 0) I[prev + SP_NEXT] = next;
  else I[m + MC_SPANS] = next;
}

/**
 * Fills the empty list at `c` (head, length) of an mcache with up to a batch. The caller owns that mcache.
 * Returns false if there is no memory; the list is empty still.
 */
export function refill(spanclass: number, c: number): boolean {
  const cls = Math.floor(spanclass / NUM_KINDS);
  const m = MCENTRALS + spanclass * MCENTRAL_SIZE;
  lock(m + MC_LOCK);
  let s = I[m + MC_SPANS]!;
  if (s === 0) {
    s = allocSpan(CLASS_TO_PAGES[cls]!, spanclass);
    if (s === 0) {
      unlock(m + MC_LOCK);
      return false;
    }
    pushSpan(m, s);
  }
  const batch = CLASS_TO_BATCH[cls]!;
  let n = 0;
  let head = 0;
  let last = 0; // tail of the chain so far
  let free = I[s + SP_FREELIST]!;
  if (free !== 0) {
    // Already chained and marked: cut the first ones off.
    head = free;
    do {
      last = free;
      free = I[free]!;
      n++;
    } while (free !== 0 && n < batch);
    I[s + SP_FREELIST] = free;
  }
  const carved = I[s + SP_CARVED]!;
  const carve = Math.min(batch - n, I[s + SP_NELEMS]! - carved);
  if (carve > 0) {
    const elem = I[s + SP_ELEM]!;
    let a = spanBase(s) + carved * elem;
    if (last === 0) head = a;
    else I[last] = a;
    for (let i = 0; i < carve; i++, a += elem) {
      I[a] = a + elem;
      I[a + 1] = FREE_MARK;
    }
    last = a - elem;
    n += carve;
    // After the marks: a walk over the objects (mspan.ts) then never takes them for allocated.
    I[s + SP_CARVED] = carved + carve;
  }
  I[last] = 0;
  I[s + SP_NALLOC]! += n;
  if (I[s + SP_NALLOC] === I[s + SP_NELEMS]) removeSpan(m, s);
  unlock(m + MC_LOCK);
  I[c] = head;
  I[c + 1] = n;
  return true;
}

/** Returns the first `n` objects of the list at `c` of an mcache that the caller owns; they are marked free already. */
export function giveBack(spanclass: number, c: number, n: number): void {
  const m = MCENTRALS + spanclass * MCENTRAL_SIZE;
  const map = I[MH_PAGEMAP]!;
  let a = I[c]!;
  I[c + 1]! -= n;
  lock(m + MC_LOCK);
  for (; n > 0; n--) {
    const next = I[a]!;
    const s = SPANS + I[map + (a >> PAGE_SHIFT)]! * SPAN_SIZE;
    I[a] = I[s + SP_FREELIST]!;
    I[s + SP_FREELIST] = a;
    const nalloc = I[s + SP_NALLOC]! - 1;
    I[s + SP_NALLOC] = nalloc;
    if (nalloc === 0) {
      if (I[s + SP_NELEMS] !== 1) removeSpan(m, s); // a span of one object was full until now
      freeSpan(s);
    } else if (nalloc === I[s + SP_NELEMS]! - 1) pushSpan(m, s);
    a = next;
  }
  unlock(m + MC_LOCK);
  I[c] = a;
}
