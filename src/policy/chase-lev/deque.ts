/**
 * The deque of Chase and Lev (SPAA 2005), with sequentially consistent atomics as JavaScript has them.
 *
 *   top                    bottom           indices run freely in 32 bits and wrap; slot = index & mask
 *    | g  g  g  g  g  g  g  |               thieves take at top, the owner puts and takes at bottom
 *
 *   push    1. write the slot (plain: nobody looks beyond bottom)     owner
 *           2. store bottom + 1
 *   pop     3. store bottom - 1: no thief goes beyond it now          owner
 *           4. load top; beyond it: empty, bottom back
 *           5. more than one left: the slot is ours without a race
 *           6. the last one: CAS top -> top + 1 decides between us and a thief; bottom back
 *   steal   7. load top, then bottom; empty: nothing                  any holder of a P
 *           8. read the slot, CAS top -> top + 1; failed: somebody was faster
 *
 * 3 and 4 against 7 and 8: if the thief's 7 sees the old bottom, it has loaded top before the owner's 4 or its CAS comes first; in
 * both cases the two meet at CAS, of which one wins. If it sees the new one, it does not go there.
 *
 * A full array is replaced by one of twice the size; a thief may still read the old one, whose slots stay as they were, so it
 * is freed after a grace period (sched/grace.ts). What if a thread stops right there? A thief before its CAS: others go on. The
 * owner between 1 and 2: its goroutine is late.
 *
 * Atomics: push 2, pop 2 (3 for the last one), steal 4 with the array.
 */
import { I } from "../../arena/arena.js";
import { pcas, pload, pstore, racy } from "../../arena/atomics.js";
import { KIND_POLICY } from "../../arena/layout.js";
import { mallocgc } from "../../arena/malloc.js";
import { readBegin, retire } from "../../sched/grace.js";
import { i32, layout, line } from "../layout.js";

const { top, bottom, array } = layout.perP({
  /** [a] owner and thieves, by CAS. */
  top: line(i32),
  /** [P] published with an atomic store. */
  bottom: line(i32),
  /** [P] published likewise: address of the mask, then from the third word on the slots. */
  array: i32,
});

/** For `lengths`: the difference of the two is how many are in it. */
export const ends = [bottom, top] as const;

const MASK = 2;
const SLOTS = 3;
const FIRST = 64;

/** Only the holder of p. */
export function push(p: number, g: number): void {
  const b = I[p + bottom]!; // plain: our own
  const t = pload(p + top);
  let a = I[p + array]!;
  if (a === 0 || ((b - t) | 0) > I[a + MASK]!) a = grow(p, a, t, b);
  I[a + SLOTS + (b & I[a + MASK]!)] = g; // plain: published by bottom
  pstore(p + bottom, (b + 1) | 0);
}

function bytes(mask: number): number {
  return (SLOTS + mask + 1) * 4;
}

function grow(p: number, old: number, t: number, b: number): number {
  const mask = old === 0 ? FIRST - 1 : 2 * I[old + MASK]! + 1;
  const a = mallocgc(bytes(mask), KIND_POLICY);
  I[a + MASK] = mask;
  for (let i = t; i !== b; i = (i + 1) | 0) I[a + SLOTS + (i & mask)] = I[old + SLOTS + (i & I[old + MASK]!)]!;
  pstore(p + array, a);
  if (old !== 0) retire(old, bytes(I[old + MASK]!), KIND_POLICY);
  return a;
}

/** The newest, 0 if there is none. Only the holder of p. */
export function pop(p: number): number {
  const b = (I[p + bottom]! - 1) | 0; // plain: our own
  // A look without a store: only thieves move top, and only towards bottom.
  if (((b - racy(p + top)) | 0) < 0) return 0;
  pstore(p + bottom, b);
  const t = pload(p + top);
  const left = (b - t) | 0;
  if (left < 0) {
    pstore(p + bottom, t);
    return 0;
  }
  const a = I[p + array]!;
  const g = I[a + SLOTS + (b & I[a + MASK]!)]!;
  if (left > 0) return g;
  const ours = pcas(p + top, t, (t + 1) | 0);
  pstore(p + bottom, (t + 1) | 0);
  return ours ? g : 0;
}

/** The oldest, 0 if there is none or somebody was faster. Any holder of a P. */
export function steal(p: number): number {
  readBegin();
  const t = pload(p + top);
  if (((pload(p + bottom) - t) | 0) <= 0) return 0;
  const a = pload(p + array);
  const g = racy(a + SLOTS + (t & racy(a + MASK)));
  return pcas(p + top, t, (t + 1) | 0) ? g : 0;
}

/** With the strength that `pending` needs. Any thread. */
export function length(p: number): number {
  return (pload(p + bottom) - pload(p + top)) | 0;
}
