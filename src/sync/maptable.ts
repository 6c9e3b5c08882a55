/**
 * Tables and entries of a SyncMap: open addressing with linear probing, at most half full, addresses of entries in the slots.
 *
 * A table that readers may see never changes: its slots, and hash and key of its entries, were written before the atomic store
 * that published it, so they are read plainly. One that they cannot see (the dirty one) changes under the map's lock.
 */
import { I } from "../arena/arena.js";
import {
  KIND_NOSCAN,
  KIND_OBJ,
  MAP_EXPUNGED,
  ME_BYTES,
  ME_CELL,
  ME_HASH,
  ME_KEY,
  MT_COUNT,
  MT_MASK,
  MT_SLOTS,
} from "../arena/layout.js";
import { mallocgc, mfree } from "../arena/malloc.js";
import { TAG_BLOB, TAG_MASK } from "../arena/tags.js";
import { pxchg } from "../arena/atomics.js";
import { BLOB_HEAD } from "../arena/value.js";
import { retire } from "../sched/grace.js";
import { retirecell } from "./cell.js";
import { OBJ_MAPENTRY, OBJ_MAPTABLE } from "./kinds.js";
import { hash, isKeyOf, putKey } from "./mapkey.js";

const MIN_SLOTS = 8;

function tableBytes(slots: number): number {
  return (MT_SLOTS + slots) * 4;
}

/** An empty table with room for n entries. @throws OutOfMemory */
export function newtable(n: number): number {
  let slots = MIN_SLOTS;
  while (slots < n * 2) slots *= 2;
  const t = mallocgc(tableBytes(slots), KIND_OBJ);
  I[t] = OBJ_MAPTABLE;
  I[t + MT_MASK] = slots - 1;
  I[t + MT_COUNT] = 0;
  I.fill(0, t + MT_SLOTS, t + MT_SLOTS + slots);
  return t;
}

/** The entry of the prepared key (mapkey.ts), 0 if it is not in the table. In a read section, or under the map's lock. */
export function lookup(t: number): number {
  const mask = I[t + MT_MASK]!;
  for (let i = hash & mask; ; i = (i + 1) & mask) {
    const e = I[t + MT_SLOTS + i]!;
    if (e === 0 || isKeyOf(e)) return e;
  }
}

/** Puts an entry in, whose key is not there yet; there is room. Under the lock. */
export function insert(t: number, e: number): void {
  const mask = I[t + MT_MASK]!;
  let i = I[e + ME_HASH]! & mask;
  while (I[t + MT_SLOTS + i] !== 0) i = (i + 1) & mask;
  I[t + MT_SLOTS + i] = e;
  I[t + MT_COUNT] = I[t + MT_COUNT]! + 1;
}

/** A table with room for one more: this one, or one of twice the size in its place. Under the lock; readers cannot see it. */
export function grown(t: number): number {
  const slots = I[t + MT_MASK]! + 1;
  if ((I[t + MT_COUNT]! + 1) * 2 <= slots) return t;
  const to = newtable(slots);
  each(t, (e) => insert(to, e));
  freetable(t);
  return to;
}

/** Takes an entry out, and moves those behind it that would not be found any more (Knuth, volume 3, 6.4, algorithm R). Under the lock. */
export function remove(t: number, e: number): void {
  const mask = I[t + MT_MASK]!;
  let hole = I[e + ME_HASH]! & mask;
  while (I[t + MT_SLOTS + hole] !== e) hole = (hole + 1) & mask;
  for (let i = (hole + 1) & mask; ; i = (i + 1) & mask) {
    const next = I[t + MT_SLOTS + i]!;
    if (next === 0) break;
    const home = I[next + ME_HASH]! & mask;
    // It stays if its home lies behind the hole: between hole (excluded) and i, around the end.
    if (((i - home) & mask) < ((i - hole) & mask)) continue;
    I[t + MT_SLOTS + hole] = next;
    hole = i;
  }
  I[t + MT_SLOTS + hole] = 0;
  I[t + MT_COUNT] = I[t + MT_COUNT]! - 1;
}

/** All entries. `f` must not change the table. */
export function each(t: number, f: (e: number) => void): void {
  for (let i = 0, n = I[t + MT_MASK]! + 1; i < n; i++) {
    const e = I[t + MT_SLOTS + i]!;
    if (e !== 0) f(e);
  }
}

/** Frees a table that readers have never seen. */
export function freetable(t: number): void {
  mfree(t, tableBytes(I[t + MT_MASK]! + 1), KIND_OBJ);
}

/** Frees a table that was unlinked, and not its entries. */
export function retiretable(t: number): void {
  retire(t, tableBytes(I[t + MT_MASK]! + 1), KIND_OBJ);
}

/** A new entry for the prepared key, without a value. @throws OutOfMemory */
export function newentry(): number {
  const e = mallocgc(ME_BYTES, KIND_OBJ);
  I[e] = OBJ_MAPENTRY;
  I[e + ME_CELL] = 0;
  try {
    putKey(e);
  } catch (err) {
    mfree(e, ME_BYTES, KIND_OBJ);
    throw err;
  }
  return e;
}

/** Frees an entry that is in no table any more, with key and value. Expunged first: who still has it must not store into it. */
export function retireentry(e: number): void {
  const c = pxchg(e + ME_CELL, MAP_EXPUNGED);
  if (c > MAP_EXPUNGED) retirecell(c);
  if ((I[e + ME_KEY + 1]! & TAG_MASK) === TAG_BLOB) {
    const blob = I[e + ME_KEY]!;
    retire(blob, BLOB_HEAD + I[blob]!, KIND_NOSCAN);
  }
  retire(e, ME_BYTES, KIND_OBJ);
}
