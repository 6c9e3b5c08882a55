/**
 * Freeing what readers without a lock may still look at: grace periods, as in the kernel's RCU (McKenney and Slingwine 1998)
 * with the epochs of Fraser (2004).
 *
 * Goal: `SyncMap.load`, `atomic.Value.load` and the thieves of a `Pool` follow pointers that another thread unlinks at the same
 * moment. In Go the collector keeps such memory alive; there is none here. Rejected:
 *   - a reference count on each object: two atomics a read, on a line that all readers fight for;
 *   - hazard pointers: an atomic store with a fence for each pointer followed;
 *   - a seqlock (read, then look whether it was valid): it reads freed memory, and needs ordered loads that JavaScript
 *     has only as atomics, one for each word;
 *   - leaving it to the end of the runtime: a map that is written to would eat the arena.
 *
 * A *read section* is what one call of such an operation does; it begins with `readBegin` and lies within one turn of one
 * goroutine, because nothing in it suspends. It has no end mark: it is over when its P begins another section, runs
 * another goroutine, or is given up. Who unlinks an object gives it to `retire`.
 *
 *   reader, on P                                      retirer
 *   1. turn = switches; epoch = S_EPOCH (atomic       A. unlink (atomic store, CAS or exchange)
 *      store). Skipped if both are so already.        B. e = S_EPOCH; note the object with e
 *   2. load the pointer (atomic)                      C. later: S_EPOCH is x, and each P is quiet: S_EPOCH = x + 1.
 *   3. look at what it points to, plainly                Quiet: it runs nothing, or epoch = x, or turn is not switches
 *                                                     D. free what was noted with an epoch <= S_EPOCH - 2
 *
 * Why nobody reads freed memory. Take a section whose load (2) still found the object: 2 comes before A, so 1 before A, and so
 * its epoch is at most e and, from A on, everybody sees its turn and epoch. To free the object S_EPOCH must get to e + 2, so
 * some C went from e + 1 to e + 2, after A. That C found the section's P quiet; epoch = e + 1 means another section has
 * begun, the other two that the turn is over. In each case the section was over before D. (Turn and switches are plain
 * words. They are published by the atomic store of 1; and a turn that ends does hundreds of instructions and, nearly
 * always, an atomic exchange between the last load of a section and its next store to switches.)
 *
 * With one P there is no other reader, and what is retired is free at once. So it is while the world is stopped.
 *
 * What if a thread stops right there? In a section: its P stays as it is and nothing more is freed, as Go's collector would
 * wait for that thread to reach a safe point. So also a goroutine that computes for long after a read: until it stops or
 * is preempted memory is retained, never corrupted. Between A and B: the object is lost with the thread.
 *
 * Rule for callers: after `retire(x)` do not look at x; whatever else was found in this section stays valid.
 *
 * Atomics: a section 1 in each turn and epoch, else none; retire 1, and about 2 for each P every NODE_MAX objects.
 */
import { I } from "../arena/arena.js";
import { cas, load, racy, smp, store } from "../arena/atomics.js";
import {
  KIND_NOSCAN,
  P_EPOCH,
  P_RETIRED,
  P_RETIREDTAIL,
  P_STATUS,
  P_SWITCHES,
  P_TURN,
  S_EPOCH,
  S_EPOCHLOCK,
  S_NPROCS,
} from "../arena/layout.js";
import { unlock } from "../arena/lock.js";
import { LOCKED, UNLOCKED } from "../arena/lockword.js";
import { mallocgc, mfree } from "../arena/malloc.js";
import { curp } from "../stack/current.js";
import { allp } from "./p.js";
import { Prunning } from "./status.js";

/** A node: next node, epoch, number of entries, then entries of three words (address, bytes, kind). 512 bytes. */
const N_NEXT = 0;
const N_EPOCH = 1;
const N_COUNT = 2;
const N_ENTRIES = 4;
const ENTRY = 3;
const NODE_BYTES = 512;
const NODE_MAX = Math.floor((NODE_BYTES / 4 - N_ENTRIES) / ENTRY);
/** Retiring so much at once is worth a look whether something can be freed. */
const LARGE = 32768;

/** Begins a read section of the running goroutine (step 1). A holder of a P. */
export function readBegin(): void {
  if (smp === 0) return;
  const p = curp;
  const epoch = racy(S_EPOCH); // an old one only delays step C
  if (I[p + P_TURN] === I[p + P_SWITCHES] && I[p + P_EPOCH] === epoch) return;
  I[p + P_TURN] = I[p + P_SWITCHES]!;
  store(p + P_EPOCH, epoch);
}

/** Frees an object that was just unlinked, once nobody can be looking at it any more. A holder of a P. */
export function retire(addr: number, bytes: number, kind: number): void {
  if (smp === 0) {
    mfree(addr, bytes, kind);
    return;
  }
  const p = curp;
  const epoch = load(S_EPOCH);
  let node = I[p + P_RETIREDTAIL]!;
  if (node === 0 || I[node + N_EPOCH] !== epoch || I[node + N_COUNT] === NODE_MAX) {
    const next = mallocgc(NODE_BYTES, KIND_NOSCAN);
    I[next + N_NEXT] = 0;
    I[next + N_EPOCH] = epoch;
    I[next + N_COUNT] = 0;
    if (node === 0) I[p + P_RETIRED] = next;
    else I[node + N_NEXT] = next;
    I[p + P_RETIREDTAIL] = next;
    collect(p);
    node = next;
  }
  const n = I[node + N_COUNT]!;
  const e = node + N_ENTRIES + n * ENTRY;
  I[e] = addr;
  I[e + 1] = bytes;
  I[e + 2] = kind;
  I[node + N_COUNT] = n + 1;
  if (bytes > LARGE) collect(p);
}

/** Steps C and D. The last node stays, so that who is about to fill it still has it. Only the owner of p. */
function collect(p: number): void {
  advance();
  const safe = (load(S_EPOCH) - 2) | 0;
  const tail = I[p + P_RETIREDTAIL]!;
  let node = I[p + P_RETIRED]!;
  while (node !== tail && ((I[node + N_EPOCH]! - safe) | 0) <= 0) node = freeNode(node);
  I[p + P_RETIRED] = node;
}

/** Step C, if nobody else is at it. */
function advance(): void {
  if (!cas(S_EPOCHLOCK, UNLOCKED, LOCKED)) return;
  const epoch = load(S_EPOCH);
  let quiet = true;
  for (let id = 0, n = load(S_NPROCS); quiet && id < n; id++) quiet = isQuiet(allp(id), epoch);
  if (quiet) store(S_EPOCH, (epoch + 1) | 0);
  unlock(S_EPOCHLOCK);
}

/** Turn before switches: if the turn ends in between, they differ, and rightly so. */
function isQuiet(p: number, epoch: number): boolean {
  if (load(p + P_STATUS) !== Prunning || load(p + P_EPOCH) === epoch) return true;
  const turn = racy(p + P_TURN);
  return turn !== racy(p + P_SWITCHES);
}

/** Frees what a node lists, and the node; returns the next one. */
function freeNode(node: number): number {
  for (let i = 0; i < I[node + N_COUNT]!; i++) {
    const e = node + N_ENTRIES + i * ENTRY;
    mfree(I[e]!, I[e + 1]!, I[e + 2]!);
  }
  const next = I[node + N_NEXT]!;
  mfree(node, NODE_BYTES, KIND_NOSCAN);
  return next;
}

/** How many objects of KIND_NOSCAN p holds for this: its nodes, and what they list. For the audit of an arena at rest. */
export function retained(p: number): number {
  let n = 0;
  for (let node = I[p + P_RETIRED]!; node !== 0; node = I[node + N_NEXT]!) {
    n++;
    for (let i = 0; i < I[node + N_COUNT]!; i++) if (I[node + N_ENTRIES + i * ENTRY + 2] === KIND_NOSCAN) n++;
  }
  return n;
}

/** Frees all that p has retired. World stopped: nobody is in a section. */
export function retirepurge(p: number): void {
  for (let node = I[p + P_RETIRED]!; node !== 0;) node = freeNode(node);
  I[p + P_RETIRED] = 0;
  I[p + P_RETIREDTAIL] = 0;
}
