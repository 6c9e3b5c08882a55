/**
 * Bytes on their way between goroutines and the network: lists of chunks in the arena. A chunk belongs to the list that it
 * is on, and so to its pollDesc's lock; else to who took it off.
 */
import { I, U8 } from "../arena/arena.js";
import { CH_HEAD, CH_NEXT, CH_SIZE, CH_START, KIND_NOSCAN } from "../arena/layout.js";
import { mallocgc, mfree } from "../arena/malloc.js";

/** A chunk with a copy of `bytes`. */
export function newChunk(bytes: Uint8Array): number {
  const c = mallocgc(CH_HEAD * 4 + bytes.length, KIND_NOSCAN);
  I[c + CH_NEXT] = 0;
  I[c + CH_SIZE] = bytes.length;
  I[c + CH_START] = 0;
  U8.set(bytes, (c + CH_HEAD) * 4);
  return c;
}

export function freeChunk(c: number): void {
  mfree(c, CH_HEAD * 4 + I[c + CH_SIZE]!, KIND_NOSCAN);
}

export function freeChunks(c: number): void {
  while (c !== 0) {
    const next = I[c + CH_NEXT]!;
    freeChunk(c);
    c = next;
  }
}

/** Its bytes where they lie. */
export function view(c: number): Uint8Array {
  const at = (c + CH_HEAD) * 4;
  return U8.subarray(at + I[c + CH_START]!, at + I[c + CH_SIZE]!);
}

/** Appends to the list whose first and last are the words at `list`. */
export function append(list: number, c: number, link = CH_NEXT): void {
  if (I[list] === 0) I[list] = c;
  else I[I[list + 1]! + link] = c;
  I[list + 1] = c;
}

/** Takes the first one off, 0: none. */
export function first(list: number, link = CH_NEXT): number {
  const c = I[list]!;
  if (c !== 0) {
    I[list] = I[c + link]!;
    I[c + link] = 0;
  }
  return c;
}

/** Takes all of them off, linked; 0: none. */
export function takeAll(list: number): number {
  const c = I[list]!;
  I[list] = 0;
  I[list + 1] = 0;
  return c;
}
