/**
 * A locked queue of goroutines in the arena, linked through the Gs (layout field `queue`): lock, first, last, length. The G is in
 * one list at a time, so it needs no memory.
 *
 * Atomics: push 2, pop 2 (1 if it is empty). With one P: none. All: a holder of a P, without another lock of the same kind.
 */
import { I } from "../arena/arena.js";
import { load, racy } from "../arena/atomics.js";
import { plock, punlock } from "../arena/lock.js";
import { G_SCHEDLINK } from "../arena/layout.js";

const HEAD = 1;
const TAIL = 2;
const SIZE = 3;

/** Appends g. */
export function push(q: number, g: number): void {
  I[g + G_SCHEDLINK] = 0; // plain: g is ours until the lock is released
  plock(q);
  if (I[q + SIZE] === 0) I[q + HEAD] = g;
  else I[I[q + TAIL]! + G_SCHEDLINK] = g;
  I[q + TAIL] = g;
  I[q + SIZE] = I[q + SIZE]! + 1;
  punlock(q);
}

/** Takes the first one, 0 if there is none. */
export function pop(q: number): number {
  // A racing look spares the lock; who sleeps on an empty queue has asked `size`.
  if (racy(q + SIZE) === 0) return 0;
  plock(q);
  let g = 0;
  if (I[q + SIZE] !== 0) {
    g = I[q + HEAD]!;
    I[q + HEAD] = I[g + G_SCHEDLINK]!;
    I[q + SIZE] = I[q + SIZE]! - 1;
  }
  punlock(q);
  return g;
}

/** Where its length is: for `lengths` of a policy. */
export function lengthOf(q: number): number {
  return q + SIZE;
}

/** How many are in it, with the strength that `pending` needs. Any thread. */
export function size(q: number): number {
  return load(q + SIZE);
}
