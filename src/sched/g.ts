/**
 * Goroutines as objects: allocation, reuse, ids (Go: malg, gfget, gfput, newproc1's goid batches).
 *
 * A dead G goes to the free list of the P it died on. When that list reaches GFREE_MAX, half moves to the shared list
 * under its lock; an empty list is refilled from there. Both bounds are Go's (gfput: 64 -> 32, gfget: up to 32).
 */
import { F, I } from "../arena/arena.js";
import { add, racy } from "../arena/atomics.js";
import { lock, unlock } from "../arena/lock.js";
import {
  G_BYTES,
  G_FLAGS,
  G_GOID,
  G_LASTM,
  G_LOCKCOUNT,
  G_LOCKEDM,
  G_PARAM,
  G_PINM,
  G_PINS,
  G_POLICY,
  G_RESULT,
  G_SCHEDLINK,
  G_SELECTDONE,
  G_SEQ,
  G_SYSCALL,
  G_STATUS,
  G_TIMER,
  G_WAITING,
  G_WAITREASON,
  G_FIN,
  KIND_G,
  P_GFREE,
  P_GOIDCACHE,
  P_GOIDLEFT,
  P_NGFREE,
  S_GFREE,
  S_GFREELOCK,
  S_GOIDGEN,
  S_NG,
  S_NGFREE,
} from "../arena/layout.js";
import { mallocgc } from "../arena/malloc.js";
import { stackfree, stackinit } from "../stack/stack.js";
import { casgstatus } from "./gstatus.js";
import { Gdead, Gidle } from "./status.js";

/** Go: _GoidCacheBatch. */
const GOID_BATCH = 16;
const GFREE_MAX = 64;
const GFREE_HALF = 32;

/** A new G in state Gdead. A holder of a P, or the host. */
function malg(): number {
  const g = mallocgc(G_BYTES, KIND_G);
  // The object may have been another G's or never used: not zeroed by the allocator.
  for (const f of INIT) I[g + f] = 0;
  I[g + G_STATUS] = Gidle;
  stackinit(g);
  casgstatus(g, Gidle, Gdead);
  add(S_NG, 1);
  return g;
}
const INIT = [
  G_SCHEDLINK,
  G_FIN,
  G_PARAM,
  G_WAITING,
  G_WAITREASON,
  G_LOCKEDM,
  G_PINM,
  G_PINS,
  G_POLICY,
  G_RESULT,
  G_SELECTDONE,
  G_FLAGS,
  G_LASTM,
  G_LOCKCOUNT,
  G_SEQ,
  G_SYSCALL,
  G_TIMER,
];

/** A dead G to be used. Only the owner of p. */
export function gfget(p: number): number {
  let g = I[p + P_GFREE]!;
  if (g === 0) {
    // A racing look without the lock is enough to decide whether taking it is worth while (Go does the same).
    if (racy(S_GFREE) === 0) return malg();
    refill(p);
    g = I[p + P_GFREE]!;
    if (g === 0) return malg();
  }
  I[p + P_GFREE] = I[g + G_SCHEDLINK]!;
  I[p + P_NGFREE] = I[p + P_NGFREE]! - 1;
  return g;
}

/** Takes back a dead G; its stack shrinks to the start stack. Only the owner of p. */
export function gfput(p: number, g: number): void {
  stackfree(g);
  I[g + G_SEQ] = I[g + G_SEQ]! + 1;
  I[g + G_SCHEDLINK] = I[p + P_GFREE]!;
  I[p + P_GFREE] = g;
  const n = I[p + P_NGFREE]! + 1;
  I[p + P_NGFREE] = n;
  if (n >= GFREE_MAX) spill(p, GFREE_HALF);
}

function refill(p: number): void {
  lock(S_GFREELOCK);
  for (let n = 0; n < GFREE_HALF && I[S_GFREE] !== 0; n++) {
    const g = I[S_GFREE]!;
    I[S_GFREE] = I[g + G_SCHEDLINK]!;
    I[S_NGFREE] = I[S_NGFREE]! - 1;
    I[g + G_SCHEDLINK] = I[p + P_GFREE]!;
    I[p + P_GFREE] = g;
    I[p + P_NGFREE] = I[p + P_NGFREE]! + 1;
  }
  unlock(S_GFREELOCK);
}

/** Moves Gs to the shared list until `keep` are left. Only the owner of p (gfpurge: keep 0, when a P dies). */
export function spill(p: number, keep: number): void {
  lock(S_GFREELOCK);
  while (I[p + P_NGFREE]! > keep) {
    const g = I[p + P_GFREE]!;
    I[p + P_GFREE] = I[g + G_SCHEDLINK]!;
    I[p + P_NGFREE] = I[p + P_NGFREE]! - 1;
    I[g + G_SCHEDLINK] = I[S_GFREE]!;
    I[S_GFREE] = g;
    I[S_NGFREE] = I[S_NGFREE]! + 1;
  }
  unlock(S_GFREELOCK);
}

/** Gives g the next id of p's batch: unique, but not in global order. The first one ever is 1. Only the owner of p. */
export function newgoid(p: number, g: number): void {
  const w = (p + P_GOIDCACHE) >> 1;
  if (I[p + P_GOIDLEFT] === 0) {
    // A count of batches, not of ids: 32 bits of it last for 3e10 goroutines.
    F[w] = (add(S_GOIDGEN, 1) - 1) * GOID_BATCH + 1;
    I[p + P_GOIDLEFT] = GOID_BATCH;
  }
  F[(g + G_GOID) >> 1] = F[w]!;
  F[w] = F[w]! + 1;
  I[p + P_GOIDLEFT] = I[p + P_GOIDLEFT]! - 1;
}
