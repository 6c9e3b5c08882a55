/**
 * The shared part of a Pool (Go: sync/poolqueue.go): a chain of rings, each twice the size of the one before. The owner P pushes and
 * pops at the head, other Ps pop at the tail.
 *
 * A ring: head and tail are 16 bits each of one word, so that one CAS moves either and sees both (Go has 32 of 64 bits). Slots
 * from tail to head hold values.
 *
 *   pushHead (owner)                               popTail (any P)
 *   1. full, or the slot is not EMPTY yet: no      a. empty: no
 *   2. write the slot                              b. CAS tail + 1: the slot is ours
 *   3. head + 1 (atomic)                           c. read the slot
 *                                                  d. slot = EMPTY (atomic): the owner may use it again
 *   popHead (owner): CAS head - 1, read the slot, EMPTY.
 *
 * The CAS compares both indices. If they have gone round in the meantime and are the same again, then the slot at the tail holds a
 * value again, and the value is read after the CAS: nothing is wrong. A thief stopped between b and d keeps its slot, and the
 * owner finds the ring full until then (1).
 *
 * The chain: the owner pushes into the newest ring only. A ring that is empty and has a successor stays empty, so thieves drop
 * it: who moves the chain's tail past it by CAS clears the successor's way back and retires it. The look at the successor comes
 * before the look at the ring (popTail), or values could be pushed in between. Others may be at that ring still: they are in a
 * read section (sched/grace.ts), and so must the callers of everything here be.
 *
 * Atomics: push 3, pop 3.
 */
import { I } from "../arena/arena.js";
import { padd, pcas, pload, pstore } from "../arena/atomics.js";
import { KIND_OBJ, PR_HEADTAIL, PR_MASK, PR_NEXT, PR_PREV, PR_SLOTS } from "../arena/layout.js";
import { mallocgc } from "../arena/malloc.js";
import { EMPTY } from "../arena/tags.js";
import { move } from "../arena/value.js";
import { retire } from "../sched/grace.js";
import { OBJ_POOLRING } from "./kinds.js";

/** Go: initSize in pushHead. */
const FIRST = 8;
/**
 * The largest ring. Go lets them grow to a quarter of what an index can count, for its collector empties pools; here it is the bound
 * of what a P keeps: all rings together have less than twice as many slots.
 */
export const RING_MAX = 4096;
const INDEX = 0xffff;
const HEAD_ONE = 1 << 16;

function ringBytes(slots: number): number {
  return PR_SLOTS * 4 + slots * 8;
}

function newring(slots: number, prev: number): number {
  const r = mallocgc(ringBytes(slots), KIND_OBJ);
  I[r] = OBJ_POOLRING;
  I[r + PR_HEADTAIL] = 0;
  I[r + PR_MASK] = slots - 1;
  I[r + PR_NEXT] = 0;
  I[r + PR_PREV] = prev;
  for (let i = 0; i < slots; i++) I[r + PR_SLOTS + 2 * i + 1] = EMPTY;
  return r;
}

/** Frees a ring that was unlinked and is empty. */
export function retirering(r: number): void {
  retire(r, ringBytes(I[r + PR_MASK]! + 1), KIND_OBJ);
}

/** Word address of the slot with this index. */
function slotAt(r: number, index: number): number {
  return r + PR_SLOTS + ((index & I[r + PR_MASK]!) << 1);
}

/** Moves the value in slot w into the ring; false: no room. The owner. */
function push(r: number, w: number): boolean {
  const ht = pload(r + PR_HEADTAIL);
  const head = ht >>> 16;
  if (((ht + I[r + PR_MASK]! + 1) & INDEX) === head) return false;
  const slot = slotAt(r, head);
  if (pload(slot + 1) !== EMPTY) return false;
  move(slot >> 1, w);
  padd(r + PR_HEADTAIL, HEAD_ONE);
  return true;
}

/** Moves the newest value of the ring into slot w; false: it is empty. The owner. */
function popNewest(r: number, w: number): boolean {
  for (;;) {
    const ht = pload(r + PR_HEADTAIL);
    if (ht >>> 16 === (ht & INDEX)) return false;
    if (!pcas(r + PR_HEADTAIL, ht, (ht - HEAD_ONE) | 0)) continue;
    const slot = slotAt(r, ((ht - HEAD_ONE) | 0) >>> 16);
    move(w, slot >> 1);
    I[slot + 1] = EMPTY; // plain: only the owner pushes
    return true;
  }
}

/** Moves the oldest value of the ring into slot w; false: it is empty. Any P. */
function popOldest(r: number, w: number): boolean {
  for (;;) {
    const ht = pload(r + PR_HEADTAIL);
    if (ht >>> 16 === (ht & INDEX)) return false;
    if (!pcas(r + PR_HEADTAIL, ht, (ht & ~INDEX) | ((ht + 1) & INDEX))) continue;
    const slot = slotAt(r, ht & INDEX);
    move(w, slot >> 1);
    pstore(slot + 1, EMPTY);
    return true;
  }
}

/** Moves the value in slot w into the chain of the words `head` and `tail`; false: it is at its bound. The owner. @throws OutOfMemory */
export function pushHead(head: number, tail: number, w: number): boolean {
  const r = I[head]!; // plain: the owner's word
  if (r === 0) {
    const first = newring(FIRST, 0);
    I[head] = first;
    pstore(tail, first);
    return push(first, w);
  }
  if (push(r, w)) return true;
  const slots = (I[r + PR_MASK]! + 1) * 2;
  if (slots > RING_MAX) return false;
  const next = newring(slots, r);
  I[head] = next;
  pstore(r + PR_NEXT, next);
  return push(next, w);
}

/** Moves the newest value of the chain into slot w; false: none. The owner. */
export function popHead(head: number, w: number): boolean {
  for (let r = I[head]!; r !== 0; r = pload(r + PR_PREV)) if (popNewest(r, w)) return true;
  return false;
}

/** Moves the oldest value of the chain with this tail into slot w; false: none. Any P. */
export function popTail(tail: number, w: number): boolean {
  let r = pload(tail);
  while (r !== 0) {
    const next = pload(r + PR_NEXT);
    if (popOldest(r, w)) return true;
    if (next === 0) return false;
    if (pcas(tail, r, next)) {
      pstore(next + PR_PREV, 0);
      retirering(r);
    }
    r = next;
  }
  return false;
}
