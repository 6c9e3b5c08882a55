/**
 * One mcache for each P (and one for the host thread): a free list for each span class, and the tiny allocator.
 *
 * Ownership: only the thread that holds the P touches its mcache, with plain accesses. The P changes hands through real
 * atomics (atomics.ts, a), so the next holder sees everything. Objects themselves have no home: what one P allocated
 * another may free, and it then lies in the list of the freeing P. A list that grows past its limit gives a batch to
 * mcentral, so a producer that only allocates and a consumer that only frees meet there once a batch.
 *
 * ```
 *  list, at spanclass * 2:   head (0: empty), length
 *  free object:              next free object, FREE_MARK, rest as the last user left it
 *  tiny, after the lists:    the unused half of the current tiny block, 0 if none
 * ```
 *
 * Tiny. Go packs pointer-free objects below 16 bytes into a block of 16 and frees the block when the collector finds
 * all of them dead. Here every address is even, so the unit is 8 bytes: objects of up to 8 bytes share a block of 16
 * in pairs, those of 9 to 15 fill one. With explicit free someone must know that the other half is dead as well, and the
 * halves may be freed by two Ps at once. Each span of that class has live bits, one for 8 bytes, in place of its last
 * objects:
 *
 *   1. A new block gets both bits in one atomic addition, though one half only is handed out: the other is the
 *      mcache's, which will hand it out next, without another atomic.
 *   2. Free subtracts the bit of its half. Additions to one word are in a total order, so of two frees exactly one sees
 *      the other bit clear: that one owns the block and frees it.
 *   3. flush gives the unused half back as if it had been freed.
 *
 * The bits also tell a block of two tiny objects (some bit set) from a whole object of 9 to 16 bytes (none).
 *
 * What if a thread stops right there? Its P, and with it the mcache, is stuck; no other P waits for it, since nothing
 * here is locked outside of mcentral and mheap. Between 1 and the return the block is lost, as any object would be.
 */
import { add } from "./atomics.js";
import { F, I } from "./arena.js";
import { LINE, MCACHES, MCACHE_SIZE, NUM_KINDS, NUM_SPAN_CLASSES } from "./layout.js";
import { giveBack, refill } from "./mcentral.js";
import { TINY_SPAN_CLASS, tinyLiveBit, tinyLiveWord } from "./mspan.js";
import { FREE_MARK } from "./layout.js";
import { CLASS_TO_BATCH, CLASS_TO_LIMIT } from "./sizeclasses.js";

/** Offset of the unused tiny half in an mcache [P]. */
const MCA_TINY = NUM_SPAN_CLASSES * 2;

if (MCA_TINY + LINE > MCACHE_SIZE) throw new Error("mcache: does not fit into the area that layout.ts reserves");

/** First word of the mcache of P number `pIndex`. */
export function mcacheOf(pIndex: number): number {
  return MCACHES + pIndex * MCACHE_SIZE;
}

/** Takes an object of a span class from the mcache at `m`; 0 if there is no memory. Its first 8 bytes are zero. */
export function nextFree(m: number, spanclass: number): number {
  const c = m + spanclass * 2;
  if (I[c] === 0 && !refill(spanclass, c)) {
    // Memory is out. What the other lists hoard may complete a span, which this class can then have.
    flush(m);
    if (!refill(spanclass, c)) return 0;
  }
  const v = I[c]!;
  I[c] = I[v]!;
  I[c + 1]!--;
  F[v >> 1] = 0;
  return v;
}

/** An object of up to 8 bytes (step 1); 0 if there is no memory. */
export function allocTiny(m: number): number {
  const half = I[m + MCA_TINY]!;
  if (half !== 0) {
    I[m + MCA_TINY] = 0;
    F[half >> 1] = 0;
    return half;
  }
  const block = nextFree(m, TINY_SPAN_CLASS);
  if (block === 0) return 0;
  add(tinyLiveWord(block), 3 * tinyLiveBit(block));
  I[m + MCA_TINY] = block + 2;
  return block;
}

/** Frees a tiny object (steps 2 and 3) into the mcache at `m`. */
export function freeTiny(m: number, addr: number): void {
  const word = tinyLiveWord(addr);
  const bit = tinyLiveBit(addr);
  const left = add(word, -bit);
  if (((left + bit) & bit) === 0) {
    add(word, bit);
    throw new Error(`fatal error: free of free tiny object at word ${addr}`);
  }
  const block = addr & ~3;
  if ((left & (3 * tinyLiveBit(block))) === 0) pushFree(m, TINY_SPAN_CLASS, block);
}

/** Puts a dead object on the list of the mcache at `m`; a list that is too long gives a batch to mcentral first. */
export function pushFree(m: number, spanclass: number, addr: number): void {
  const c = m + spanclass * 2;
  const cls = Math.floor(spanclass / NUM_KINDS);
  if (I[c + 1]! >= CLASS_TO_LIMIT[cls]!) giveBack(spanclass, c, CLASS_TO_BATCH[cls]!);
  I[addr] = I[c]!;
  I[addr + 1] = FREE_MARK;
  I[c] = addr;
  I[c + 1]!++;
}

/** Whether `addr` is in the list at `c`. */
export function onList(c: number, addr: number): boolean {
  for (let a = I[c]!; a !== 0; a = I[a]!) if (a === addr) return true;
  return false;
}

/** Empties the mcache at `m`, which the caller owns. */
export function flush(m: number): void {
  const half = I[m + MCA_TINY]!;
  if (half !== 0) {
    I[m + MCA_TINY] = 0;
    freeTiny(m, half);
  }
  for (let spanclass = NUM_KINDS; spanclass < NUM_SPAN_CLASSES; spanclass++) {
    const n = I[m + spanclass * 2 + 1]!;
    if (n > 0) giveBack(spanclass, m + spanclass * 2, n);
  }
}

/**
 * Empties the mcache of a P into the mcentrals. The caller owns that P: it holds it, or the world is stopped, or the P
 * is dead. Afterwards only objects in use keep spans from mheap.
 */
export function flushMcache(pIndex: number): void {
  flush(mcacheOf(pIndex));
}

/** Objects in the lists of an mcache, by span class: `fn(spanclass, objects)`. A racy read unless the caller owns it. */
export function forEachCached(pIndex: number, fn: (spanclass: number, objects: number) => void): void {
  const m = mcacheOf(pIndex);
  for (let spanclass = NUM_KINDS; spanclass < NUM_SPAN_CLASSES; spanclass++) {
    const n = I[m + spanclass * 2 + 1]!;
    if (n > 0) fn(spanclass, n);
  }
}

/** Whether the mcache holds the unused half of a tiny block. A racy read unless the caller owns it. */
export function cachesTiny(pIndex: number): boolean {
  return I[mcacheOf(pIndex) + MCA_TINY] !== 0;
}
