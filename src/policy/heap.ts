/**
 * A locked heap of goroutines in the arena, the smallest key first and, of equal ones, the one that came first (layout field
 * `heap`): lock, length, array, goroutines that fit, arrivals. An entry is a double and two words: key, goroutine, arrival.
 *
 * Four children a node, as in Go's timers: half as deep as a binary heap, and the children lie side by side.
 *
 * Atomics: push 2, pop 2 (none if it is empty). With one P: none. All: a holder of a P, without another lock of the same kind.
 */
import { F, I } from "../arena/arena.js";
import { load, racy } from "../arena/atomics.js";
import { KIND_POLICY } from "../arena/layout.js";
import { plock, punlock } from "../arena/lock.js";
import { mallocgc, mfree } from "../arena/malloc.js";

const SIZE = 1;
const ARRAY = 2;
const CAP = 3;
const SEQ = 4;

const ENTRY = 4;
const G = 2;
const ARRIVAL = 3;
const FIRST_CAP = 64;

/** Adds g. @throws FatalError `out of memory` */
export function push(h: number, g: number, key: number): void {
  let room = 0;
  let fits = 0;
  for (;;) {
    plock(h);
    const cap = I[h + CAP]!;
    if (I[h + SIZE]! < cap) break;
    if (fits > cap) {
      const old = grow(h, room, fits);
      room = old;
      fits = cap;
      break;
    }
    punlock(h);
    // Not under the lock: it may take long, and throw.
    if (room !== 0) free(room, fits);
    fits = Math.max(FIRST_CAP, 2 * cap);
    room = mallocgc(fits * ENTRY * 4, KIND_POLICY);
  }
  const n = I[h + SIZE]!;
  I[h + SIZE] = n + 1;
  I[h + SEQ] = (I[h + SEQ]! + 1) | 0;
  siftUp(I[h + ARRAY]!, n, key, g, I[h + SEQ]!);
  punlock(h);
  if (room !== 0) free(room, fits);
}

function free(array: number, cap: number): void {
  mfree(array, cap * ENTRY * 4, KIND_POLICY);
}

/** Moves all to a larger array; returns the old one. Under the lock. */
function grow(h: number, array: number, cap: number): number {
  const old = I[h + ARRAY]!;
  if (old !== 0) I.copyWithin(array, old, old + I[h + SIZE]! * ENTRY);
  I[h + ARRAY] = array;
  I[h + CAP] = cap;
  return old;
}

/** Takes the one with the smallest key, 0 if there is none. */
export function pop(h: number): number {
  // A racing look spares the lock; who sleeps on an empty heap has asked `size`.
  if (racy(h + SIZE) === 0) return 0;
  plock(h);
  const n = I[h + SIZE]! - 1;
  let g = 0;
  if (n >= 0) {
    const a = I[h + ARRAY]!;
    g = I[a + G]!;
    I[h + SIZE] = n;
    const last = a + n * ENTRY;
    if (n > 0) siftDown(a, n, F[last >> 1]!, I[last + G]!, I[last + ARRIVAL]!);
  }
  punlock(h);
  return g;
}

/** Where its length is: for `lengths` of a policy. */
export function lengthOf(h: number): number {
  return h + SIZE;
}

/** How many are in it, with the strength that `pending` needs. Any thread. */
export function size(h: number): number {
  return load(h + SIZE);
}

/** Is (key, arrival) before entry e? Arrivals count freely in 32 bits. */
function before(key: number, arrival: number, e: number): boolean {
  const k = F[e >> 1]!;
  return key < k || (key === k && ((arrival - I[e + ARRIVAL]!) | 0) < 0);
}

function set(e: number, key: number, g: number, arrival: number): void {
  F[e >> 1] = key;
  I[e + G] = g;
  I[e + ARRIVAL] = arrival;
}

function move(to: number, from: number): void {
  set(to, F[from >> 1]!, I[from + G]!, I[from + ARRIVAL]!);
}

function siftUp(a: number, i: number, key: number, g: number, arrival: number): void {
  while (i > 0) {
    const up = (i - 1) >> 2;
    if (!before(key, arrival, a + up * ENTRY)) break;
    move(a + i * ENTRY, a + up * ENTRY);
    i = up;
  }
  set(a + i * ENTRY, key, g, arrival);
}

/** The entry is to go into the hole at the top; n: how many there are then. */
function siftDown(a: number, n: number, key: number, g: number, arrival: number): void {
  let i = 0;
  for (;;) {
    let least = -1;
    for (let c = 4 * i + 1; c < n && c <= 4 * i + 4; c++) {
      const e = a + c * ENTRY;
      if (least < 0 || before(F[e >> 1]!, I[e + ARRIVAL]!, a + least * ENTRY)) least = c;
    }
    if (least < 0 || before(key, arrival, a + least * ENTRY)) break;
    move(a + i * ENTRY, a + least * ENTRY);
    i = least;
  }
  set(a + i * ENTRY, key, g, arrival);
}
