/**
 * Keys of a SyncMap: strings, numbers, booleans and handles, equal as in a JavaScript Map (NaN is itself, 0 is -0).
 *
 * The key of an operation is prepared once: its two words if it fits a slot, which then are equal if and only if the keys are,
 * or the string if it is long; and its hash, of our own, since JavaScript shows none and it must be the same on all threads.
 * In variables of this file: an object for each look-up would cost more than the look-up.
 */
import { I } from "../arena/arena.js";
import { ME_HASH, ME_KEY, S_SCRATCH } from "../arena/layout.js";
import { FALSE, TAG_HANDLE, TAG_INT, TAG_ODD, TRUE } from "../arena/tags.js";
import { encode, Handle, isLongString, putNumber, putShortString } from "../arena/value.js";
import { curmid } from "../stack/current.js";

/** Hash of the prepared key. */
export let hash = 0;
let hi = 0;
let lo = 0;
/** Not empty: the key is this string, and hi and lo do not count. */
let long = "";

/** The golden ratio in 32 bits (Knuth, volume 3, 6.4): odd, so small integers in a row fall into slots in a row. */
const MUL = 0x9e3779b1 | 0;
/** FNV-1a (Fowler, Noll, Vo). */
const FNV_BASIS = 0x811c9dc5 | 0;
const FNV_PRIME = 0x01000193;

function fold(h: number): number {
  return h ^ (h >>> 15);
}

/** Prepares a key. `what` names the operation. @throws TypeError if it is of another type */
export function prepare(k: unknown, what: string): void {
  if (typeof k === "number" && (k | 0) === k) {
    long = "";
    hi = TAG_INT;
    lo = k | 0; // -0 becomes 0
    hash = fold(Math.imul(lo, MUL));
  } else prepareSlow(k, what);
}

function prepareSlow(k: unknown, what: string): void {
  long = "";
  const w = (S_SCRATCH >> 1) + curmid; // this thread's
  if (typeof k === "string") {
    if (!putShortString(w, k)) {
      long = k;
      let h = FNV_BASIS;
      for (let i = 0; i < k.length; i++) h = Math.imul(h ^ k.charCodeAt(i), FNV_PRIME);
      hash = fold(Math.imul(h, MUL));
      return;
    }
    lo = I[w << 1]!;
    hi = I[(w << 1) + 1]!;
  } else if (typeof k === "number") {
    putNumber(w, k);
    lo = I[w << 1]!;
    hi = I[(w << 1) + 1]!;
  } else if (typeof k === "boolean") {
    lo = k ? TRUE : FALSE;
    hi = TAG_ODD;
  } else if (k instanceof Handle) {
    lo = k.addr;
    hi = TAG_HANDLE | k.kind;
  } else throw new TypeError(`${what}: ${name(k)} cannot be a key; use a string, a number, a boolean or a handle`);
  hash = fold(Math.imul(Math.imul(hi, FNV_PRIME) ^ lo ^ (lo >>> 16), MUL));
}

function name(k: unknown): string {
  if (typeof k === "function") return `function ${k.name || "(anonymous)"}`;
  if (typeof k === "object" && k !== null) return `a value of type ${(k as object).constructor?.name ?? "Object"}`;
  return k === undefined || k === null ? String(k) : `a ${typeof k}`;
}

/** Whether an entry has the prepared key. */
export function isKeyOf(e: number): boolean {
  if (I[e + ME_HASH] !== hash) return false;
  if (long !== "") return isLongString((e + ME_KEY) >> 1, long);
  return I[e + ME_KEY] === lo && I[e + ME_KEY + 1] === hi;
}

/** Writes the prepared key into a new entry. @throws OutOfMemory */
export function putKey(e: number): void {
  if (long !== "") encode((e + ME_KEY) >> 1, long);
  else {
    I[e + ME_KEY] = lo;
    I[e + ME_KEY + 1] = hi;
  }
  I[e + ME_HASH] = hash;
}
