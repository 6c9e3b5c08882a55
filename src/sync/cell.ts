/**
 * Cells: immutable boxes for values that many goroutines read at the same time (atomic.Value, SyncMap).
 *
 * A slot of the arena owns its blob and is decoded once; a value that is read many times must stay where it is. So it gets a
 * cell of 8 bytes, written once, before anybody else knows its address; what is shared and changes is one word with that
 * address, and a new value is a new cell. It is what Go does with `*interface{}`. A reader copies the value (`peek`), and
 * the cell and its blob are freed after a grace period (sched/grace.ts).
 *
 * A holder of a P, in a read section where it touches cells that others may replace.
 */
import { I } from "../arena/arena.js";
import { KIND_NOSCAN, KIND_WORDS } from "../arena/layout.js";
import { mallocgc, mfree } from "../arena/malloc.js";
import { TAG_BLOB, TAG_MASK } from "../arena/tags.js";
import { BLOB_HEAD, drop, encode, peek, putNumber } from "../arena/value.js";
import { retire } from "../sched/grace.js";

const CELL_BYTES = 8;

/** A cell with a copy of `v`. @throws TypeError if it cannot cross threads */
export function newcell(v: unknown): number {
  const c = mallocgc(CELL_BYTES, KIND_WORDS);
  if (typeof v === "number") {
    putNumber(c >> 1, v);
    return c;
  }
  try {
    encode(c >> 1, v);
  } catch (e) {
    mfree(c, CELL_BYTES, KIND_WORDS);
    throw e;
  }
  return c;
}

/** A copy of the value. */
export function readcell(c: number): unknown {
  return peek(c >> 1);
}

/** Frees a cell that nobody else has seen. */
export function freecell(c: number): void {
  drop(c >> 1);
  mfree(c, CELL_BYTES, KIND_WORDS);
}

/** Frees a cell that this goroutine has just unlinked; 0: none. The value has been read, if it is wanted. */
export function retirecell(c: number): void {
  if (c === 0) return;
  if ((I[c + 1]! & TAG_MASK) === TAG_BLOB) {
    const blob = I[c]!;
    retire(blob, BLOB_HEAD + I[blob]!, KIND_NOSCAN);
  }
  retire(c, CELL_BYTES, KIND_WORDS);
}
