/**
 * A queue of blocks (Wang et al., BWoS, OSDI 2023), first in first out, for one owner and thieves.
 *
 *   block    get        get+1 ... put-1        put            8 blocks in a ring, 32 goroutines each
 *          the owner     full, thieves       the owner
 *          takes here     take here          puts here
 *
 * Goal: the owner pays for a block, not for a goroutine. It works on its blocks with plain loads and stores, because nobody else
 * does; a block passes from owner to thieves when it is full, and back to the owner when the owner comes to it:
 *
 *   head of a block: round << 8 | index of the next goroutine to steal; index CLOSED: the owner's
 *   publish  1. the block is full: store head = (round + 1) << 8 | 0        owner
 *   takeover 2. exchange head with CLOSED: what the index had not reached   owner
 *               is the owner's
 *   steal    3. load head; CLOSED or 32: nothing here                       any holder of a P
 *            4. read the goroutine, CAS head -> head + 1; failed: look again
 *
 * The round makes the head another one each time a block is used, so that a thief which stops between 3 and 4 fails, although the
 * block has been refilled meanwhile (it would take 2^23 rounds to come back). What if a thread stops right there? A thief: as
 * said. The owner: thieves go on with the full blocks; the goroutines in its own two blocks are late.
 *
 * Atomics: push and pop 1 for each 32, steal 3 and one more for each block without anything.
 */
import { I } from "../../arena/arena.js";
import { pcas, pload, pstore, pxchg, racy } from "../../arena/atomics.js";
import { KIND_POLICY, LINE } from "../../arena/layout.js";
import { mallocgc } from "../../arena/malloc.js";
import { i32, layout, line } from "../layout.js";

const BLOCKS = 8;
const LEN = 32;
const CLOSED = 255;
/** A line for the head, one for the goroutines. */
const BLOCK = 2 * LINE;

const at = layout.perP({
  /** [P] published with an atomic store: address of the blocks, 0: none yet. They stay with the P. */
  blocks: line(i32),
  /** [P] The block that the owner puts into, and how many are in it. */
  put: line(i32),
  putn: i32,
  /** [P] The block that it takes from, and the next one there. The same block as `put`: the queue is short. */
  get: i32,
  getn: i32,
});

/** Head of block i. Behind the first line, whose first words are the allocator's when it is free. */
const head = (a: number, i: number): number => a + LINE + i * BLOCK;
const slot = (a: number, i: number, k: number): number => head(a, i) + LINE + k;

function make(p: number): number {
  const a = mallocgc((LINE + BLOCKS * BLOCK) * 4, KIND_POLICY);
  for (let i = 0; i < BLOCKS; i++) I[head(a, i)] = CLOSED;
  pstore(p + at.blocks, a);
  return a;
}

/** False: all blocks are full. Only the holder of p. */
export function push(p: number, g: number): boolean {
  const a = I[p + at.blocks]! || make(p);
  if (I[p + at.putn] === LEN) {
    const i = I[p + at.put]!;
    const next = (i + 1) % BLOCKS;
    // Blocks that thieves have emptied come back to the owner when it has nothing left to take in front of them.
    if (next === I[p + at.get] && !advance(p, a)) return false;
    // 1. Not the one that the owner is taking from.
    if (i !== I[p + at.get]) pstore(head(a, i), ((pload(head(a, i)) >>> 8) + 1) << 8);
    I[p + at.put] = next;
    I[p + at.putn] = 0;
  }
  I[slot(a, I[p + at.put]!, I[p + at.putn]!)] = g; // plain: the owner's block
  I[p + at.putn] = I[p + at.putn]! + 1;
  return true;
}

/** The block that the owner takes from is used up: on to the next one (2). False: it is not. */
function advance(p: number, a: number): boolean {
  if (I[p + at.getn]! < LEN) return false;
  const i = (I[p + at.get]! + 1) % BLOCKS;
  I[p + at.get] = i;
  I[p + at.getn] = i === I[p + at.put] ? 0 : takeover(head(a, i));
  return true;
}

function takeover(h: number): number {
  const v = pload(h);
  // The round stays; the index is what an exchange says, for a thief may be just taking one.
  return pxchg(h, (v & ~0xff) | CLOSED) & 0xff;
}

/** The oldest that no thief has, 0 if there is none. Only the holder of p. */
export function pop(p: number): number {
  const a = I[p + at.blocks]!;
  if (a === 0) return 0;
  for (;;) {
    const i = I[p + at.get]!;
    const n = i === I[p + at.put] ? I[p + at.putn]! : LEN;
    const k = I[p + at.getn]!;
    if (k < n) {
      I[p + at.getn] = k + 1;
      return I[slot(a, i, k)]!;
    }
    if (i !== I[p + at.put]) {
      advance(p, a);
      continue;
    }
    // Empty: the block is used from its beginning again.
    I[p + at.putn] = 0;
    I[p + at.getn] = 0;
    return 0;
  }
}

/** One of a full block, 0 if there is none. Any holder of a P. */
export function steal(p: number): number {
  const a = pload(p + at.blocks);
  if (a === 0) return 0;
  // The oldest full block first; a racing look only says where to begin.
  const from = racy(p + at.get);
  for (let n = 1; n <= BLOCKS; n++) {
    const i = (from + n) % BLOCKS;
    for (let h = pload(head(a, i)); (h & 0xff) < LEN; h = pload(head(a, i))) {
      const g = racy(slot(a, i, h & 0xff));
      if (pcas(head(a, i), h, h + 1)) return g;
    }
  }
  return 0;
}

/**
 * Is there something that only the holder of p can take? Of an idle P, whose words nobody writes: they came to us with its
 * status, by an atomic operation.
 */
export function some(p: number): boolean {
  const same = racy(p + at.get) === racy(p + at.put);
  return same ? racy(p + at.getn) < racy(p + at.putn) : true;
}
