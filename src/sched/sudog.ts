/**
 * Sudogs: a goroutine in a wait list, and the lists themselves (Go: acquireSudog, releaseSudog, waitq).
 *
 * A P keeps free sudogs in a list; it takes from the shared list under a lock when empty, or allocates; it gives half
 * back above SUDOG_MAX (Go: a buffer of 128 for each P).
 */
import { I } from "../arena/arena.js";
import { pcas, racy } from "../arena/atomics.js";
import { lock, unlock } from "../arena/lock.js";
import {
  G_SELECTDONE,
  KIND_SUDOG,
  P_NSUDOG,
  P_SUDOGCACHE,
  S_SUDOGCACHE,
  S_SUDOGLOCK,
  SG_BYTES,
  SG_G,
  SG_ISSELECT,
  SG_NEXT,
  SG_PREV,
  SG_WAITLINK,
} from "../arena/layout.js";
import { mallocgc } from "../arena/malloc.js";
import { curp } from "../stack/current.js";

const SUDOG_MAX = 128;
const SUDOG_REFILL = 64;

/** A holder of a P. SG_ISSELECT and SG_WAITLINK are 0, the rest is the caller's to set. */
export function acquireSudog(): number {
  const p = curp;
  let s = I[p + P_SUDOGCACHE]!;
  if (s === 0) {
    // A racing look: at worst one is allocated that need not be, or the lock is taken for nothing.
    if (racy(S_SUDOGCACHE) !== 0) refill(p);
    s = I[p + P_SUDOGCACHE]!;
    if (s === 0) {
      s = mallocgc(SG_BYTES, KIND_SUDOG);
      I[s + SG_ISSELECT] = 0;
      I[s + SG_WAITLINK] = 0;
      return s;
    }
  }
  I[p + P_SUDOGCACHE] = I[s + SG_NEXT]!;
  I[p + P_NSUDOG] = I[p + P_NSUDOG]! - 1;
  return s;
}

/** A holder of a P. The sudog is in no list, and what only a select sets is clear again. */
export function releaseSudog(s: number): void {
  const p = curp;
  I[s + SG_NEXT] = I[p + P_SUDOGCACHE]!;
  I[p + P_SUDOGCACHE] = s;
  const n = I[p + P_NSUDOG]! + 1;
  I[p + P_NSUDOG] = n;
  if (n > SUDOG_MAX) give(p, SUDOG_MAX / 2);
}

function refill(p: number): void {
  lock(S_SUDOGLOCK);
  for (let n = 0; n < SUDOG_REFILL && I[S_SUDOGCACHE] !== 0; n++) {
    const s = I[S_SUDOGCACHE]!;
    I[S_SUDOGCACHE] = I[s + SG_NEXT]!;
    I[s + SG_NEXT] = I[p + P_SUDOGCACHE]!;
    I[p + P_SUDOGCACHE] = s;
    I[p + P_NSUDOG] = I[p + P_NSUDOG]! + 1;
  }
  unlock(S_SUDOGLOCK);
}

function give(p: number, keep: number): void {
  lock(S_SUDOGLOCK);
  while (I[p + P_NSUDOG]! > keep) {
    const s = I[p + P_SUDOGCACHE]!;
    I[p + P_SUDOGCACHE] = I[s + SG_NEXT]!;
    I[p + P_NSUDOG] = I[p + P_NSUDOG]! - 1;
    I[s + SG_NEXT] = I[S_SUDOGCACHE]!;
    I[S_SUDOGCACHE] = s;
  }
  unlock(S_SUDOGLOCK);
}

/** A P dies: all its sudogs to the shared list. World stopped. */
export function sudogpurge(p: number): void {
  give(p, 0);
}

// A wait queue is two words: first, last. All under the lock of the object that it belongs to.

export function enqueue(q: number, s: number): void {
  const last = I[q + 1]!;
  I[s + SG_NEXT] = 0;
  I[s + SG_PREV] = last;
  if (last === 0) I[q] = s;
  else I[last + SG_NEXT] = s;
  I[q + 1] = s;
}

/**
 * First in, first out. 0 if empty.
 *
 * A goroutine in a select waits in several queues, under several locks, and only one of those who find it may have it: who
 * writes its sudog into G_SELECTDONE first. A sudog that lost is taken out all the same: its goroutine is on its way to
 * do so itself (chan/selectgo.ts, step 6), and then finds that it is done.
 */
export function dequeue(q: number): number {
  for (;;) {
    const s = I[q]!;
    if (s === 0) return 0;
    const next = I[s + SG_NEXT]!;
    I[q] = next;
    if (next === 0) I[q + 1] = 0;
    else I[next + SG_PREV] = 0;
    I[s + SG_NEXT] = 0;
    // Its goroutine is still there: it cannot go on before it holds the lock that we hold.
    if (I[s + SG_ISSELECT] === 0 || pcas(I[s + SG_G]! + G_SELECTDONE, 0, s)) return s;
  }
}

/** Takes s out of the queue, wherever it is in it; it may be out already (Go: waitq.dequeueSudoG). */
export function dequeueSudog(q: number, s: number): void {
  const next = I[s + SG_NEXT]!;
  const prev = I[s + SG_PREV]!;
  // Without neighbours it is alone, or was taken out before.
  if (prev === 0 && I[q] !== s) return;
  if (prev === 0) I[q] = next;
  else I[prev + SG_NEXT] = next;
  if (next === 0) I[q + 1] = prev;
  else I[next + SG_PREV] = prev;
  I[s + SG_NEXT] = 0;
  I[s + SG_PREV] = 0;
}
