/**
 * The heap of a P's timers: 4-ary, earliest first (Go: siftupTimer, siftdownTimer).
 *
 * ```
 *  array:   | when 0 | timer 0 | when 1 | timer 1 | ...     children of i: 4i + 1 .. 4i + 4, parent: (i - 1) / 4
 * ```
 *
 * Four children instead of two: half as many levels, and siblings lie side by side. The key stands in the array beside the
 * timer (Go has only the pointer, until 1.22), so a comparison does not leave it: the four siblings are one cache line of
 * 64 bytes.
 *
 * Both are tagged words, as in every object of KIND_WORDS: a number, and a handle of kind HANDLE_TIMER whose address is 0
 * past the end. The tags are written once, when the array is made; afterwards only addresses move.
 *
 * All functions: under the P's timersLock, if no other is named. Plain accesses for that reason.
 */
import { F, I } from "../arena/arena.js";
import { racy } from "../arena/atomics.js";
import { KIND_WORDS, P_NUMTIMERS, P_TIMERS, P_TIMERSCAP, P_TIMERSLOCK, T_WHEN } from "../arena/layout.js";
import { plock, punlock } from "../arena/lock.js";
import { mallocgc, mfree } from "../arena/malloc.js";
import { TAG_HANDLE } from "../arena/tags.js";
import { HANDLE_TIMER } from "../arena/value.js";

/** Words of an entry: a double and a tagged word. */
const ENTRY = 4;
const TIMER = 2;
const FIRST_CAP = 16;

/** Timer number i of the array at h. */
export function timerAt(h: number, i: number): number {
  return I[h + i * ENTRY + TIMER]!;
}

/** Its key. */
export function keyAt(h: number, i: number): number {
  return F[(h + i * ENTRY) >> 1]!;
}

/** Writes an entry: t with its T_WHEN as the key. */
export function setTimer(h: number, i: number, t: number): void {
  F[(h + i * ENTRY) >> 1] = F[(t + T_WHEN) >> 1]!;
  I[h + i * ENTRY + TIMER] = t;
}

/** Entry i is behind the end now. */
export function clearTimer(h: number, i: number): void {
  I[h + i * ENTRY + TIMER] = 0;
}

export function moveEntry(h: number, to: number, from: number): void {
  F[(h + to * ENTRY) >> 1] = F[(h + from * ENTRY) >> 1]!;
  I[h + to * ENTRY + TIMER] = I[h + from * ENTRY + TIMER]!;
}

/** Moves entry i up to its place; returns where that is, the smallest index that changed. */
export function siftupTimer(h: number, i: number): number {
  const when = keyAt(h, i);
  const t = timerAt(h, i);
  while (i > 0) {
    const parent = (i - 1) >> 2;
    if (when >= keyAt(h, parent)) break;
    moveEntry(h, i, parent);
    i = parent;
  }
  F[(h + i * ENTRY) >> 1] = when;
  I[h + i * ENTRY + TIMER] = t;
  return i;
}

/** Moves entry i of n down to its place. */
export function siftdownTimer(h: number, i: number, n: number): void {
  const when = keyAt(h, i);
  const t = timerAt(h, i);
  for (;;) {
    let c = i * 4 + 1;
    if (c >= n) break;
    let w = keyAt(h, c);
    for (let k = c + 1, end = c + 4 < n ? c + 4 : n; k < end; k++) {
      const wk = keyAt(h, k);
      if (wk < w) {
        w = wk;
        c = k;
      }
    }
    if (w >= when) break;
    moveEntry(h, i, c);
    i = c;
  }
  F[(h + i * ENTRY) >> 1] = when;
  I[h + i * ENTRY + TIMER] = t;
}

/**
 * Makes room for `more` further timers in p's heap. Without the lock, which it takes: memory may run out, and that must not
 * happen under it. Only the owner of p, or who stopped the world.
 */
export function roomForTimers(p: number, more: number): void {
  // A racing look: nobody but the owner adds. Others may take timers out meanwhile, then there is more room than we see.
  const need = racy(p + P_NUMTIMERS) + more;
  const old = I[p + P_TIMERSCAP]!;
  if (need <= old) return;
  let cap = old === 0 ? FIRST_CAP : 2 * old;
  while (cap < need) cap *= 2;
  const to = mallocgc(cap * ENTRY * 4, KIND_WORDS);
  for (let i = 0; i < cap; i++) {
    F[(to + i * ENTRY) >> 1] = 0;
    I[to + i * ENTRY + TIMER] = 0;
    I[to + i * ENTRY + TIMER + 1] = TAG_HANDLE | HANDLE_TIMER;
  }
  plock(p + P_TIMERSLOCK);
  const from = I[p + P_TIMERS]!;
  I.copyWithin(to, from, from + I[p + P_NUMTIMERS]! * ENTRY);
  I[p + P_TIMERS] = to;
  I[p + P_TIMERSCAP] = cap;
  punlock(p + P_TIMERSLOCK);
  if (old !== 0) mfree(from, old * ENTRY * 4, KIND_WORDS);
}

/** Throws if the heap at h is out of order; for tests. */
export function verifyTimerHeap(h: number, n: number): void {
  for (let i = 0; i < n; i++) {
    const t = timerAt(h, i);
    if (keyAt(h, i) !== F[(t + T_WHEN) >> 1])
      throw new Error(`timer ${i}: key ${keyAt(h, i)} is not its when, ${F[(t + T_WHEN) >> 1]}`);
    const parent = (i - 1) >> 2;
    if (i > 0 && keyAt(h, i) < keyAt(h, parent))
      throw new Error(`bad timer heap at ${i}: ${keyAt(h, i)} is earlier than its parent's ${keyAt(h, parent)}`);
  }
}
