/**
 * Who waits for which semaphore (Go: sema.go, semaRoot.queue and dequeue).
 *
 * Semaphores share 251 roots, so those of one root must be told apart fast, however many there are: a treap of the
 * addresses that someone waits on (Seidel and Aragon, "Randomized Search Trees", 1989). It is a binary tree by address and
 * a heap by a random priority, so it is balanced on average whatever the order of arrival. Go used a plain list until
 * 1.9, and a program with many locks on one root was quadratic.
 *
 * Each address is one node: the sudog of the waiter whose turn it is, and the others behind it, linked through SG_WAITLINK,
 * the last one in the first one's SG_WAITTAIL. A link of the tree, the root included, is a word that holds a sudog, so
 * "the place that points to it" is the address of such a word.
 *
 * All functions: under the root's lock.
 */
import { I } from "../arena/arena.js";
import {
  SG_CHAN,
  SG_NEXT,
  SG_PARENT,
  SG_PREV,
  SG_TICKET,
  SG_WAITLINK,
  SG_WAITTAIL,
  SR_TREAP,
} from "../arena/layout.js";

/** The link at which the node of `addr` hangs, or would hang. Its parent is left in `above`. */
function find(root: number, addr: number): number {
  let at = root + SR_TREAP;
  above = 0;
  for (let t = I[at]!; t !== 0 && I[t + SG_CHAN] !== addr; t = I[at]!) {
    above = t;
    at = addr < I[t + SG_CHAN]! ? t + SG_PREV : t + SG_NEXT;
  }
  return at;
}
let above = 0;

/** Puts s in t's place in the tree. */
function substitute(at: number, s: number, t: number): void {
  const prev = I[t + SG_PREV]!;
  const next = I[t + SG_NEXT]!;
  I[at] = s;
  I[s + SG_TICKET] = I[t + SG_TICKET]!;
  I[s + SG_PARENT] = I[t + SG_PARENT]!;
  I[s + SG_PREV] = prev;
  I[s + SG_NEXT] = next;
  if (prev !== 0) I[prev + SG_PARENT] = s;
  if (next !== 0) I[next + SG_PARENT] = s;
}

/** s waits for addr, behind the others or, `lifo`, before them. `random`: for its priority, if it is the first one. */
export function queue(root: number, addr: number, s: number, lifo: boolean, random: number): void {
  I[s + SG_CHAN] = addr;
  I[s + SG_WAITLINK] = 0;
  I[s + SG_WAITTAIL] = 0;
  I[s + SG_PREV] = 0;
  I[s + SG_NEXT] = 0;
  const at = find(root, addr);
  const t = I[at]!;
  if (t === 0) {
    // A new leaf. Odd, for a ticket of 0 means that a waiter was taken out.
    I[s + SG_TICKET] = random | 1;
    I[s + SG_PARENT] = above;
    I[at] = s;
    for (let p = above; p !== 0 && I[p + SG_TICKET]! > I[s + SG_TICKET]!; p = I[s + SG_PARENT]!)
      if (I[p + SG_PREV] === s) rotateRight(root, p);
      else rotateLeft(root, p);
  } else if (lifo) {
    substitute(at, s, t);
    I[s + SG_WAITLINK] = t;
    const tail = I[t + SG_WAITTAIL]!;
    I[s + SG_WAITTAIL] = tail !== 0 ? tail : t;
    I[t + SG_WAITTAIL] = 0;
  } else {
    const tail = I[t + SG_WAITTAIL]!;
    I[(tail !== 0 ? tail : t) + SG_WAITLINK] = s;
    I[t + SG_WAITTAIL] = s;
  }
}

/** Takes out the first waiter for addr; 0: nobody waits. */
export function dequeue(root: number, addr: number): number {
  const at = find(root, addr);
  const s = I[at]!;
  if (s === 0) return 0;
  const t = I[s + SG_WAITLINK]!;
  if (t === 0) remove(root, s);
  else {
    substitute(at, t, s);
    I[t + SG_WAITTAIL] = I[t + SG_WAITLINK] !== 0 ? I[s + SG_WAITTAIL]! : 0;
    I[s + SG_WAITLINK] = 0;
  }
  I[s + SG_TICKET] = 0;
  return s;
}

/** Takes out all waiters for addr, linked through SG_WAITLINK in the order of their turns; 0: nobody waits. */
export function dequeueall(root: number, addr: number): number {
  const s = I[find(root, addr)]!;
  if (s !== 0) remove(root, s);
  return s;
}

/** Takes a node out of the tree: down to a leaf, then off. */
function remove(root: number, s: number): void {
  for (;;) {
    const prev = I[s + SG_PREV]!;
    const next = I[s + SG_NEXT]!;
    if (prev === 0 && next === 0) break;
    if (next === 0 || (prev !== 0 && I[prev + SG_TICKET]! < I[next + SG_TICKET]!)) rotateRight(root, s);
    else rotateLeft(root, s);
  }
  I[link(root, s)] = 0;
}

/** The word that holds s in the tree. */
function link(root: number, s: number): number {
  const p = I[s + SG_PARENT]!;
  if (p === 0) return root + SR_TREAP;
  return I[p + SG_PREV] === s ? p + SG_PREV : p + SG_NEXT;
}

/** p -> (x a (y b c))  becomes  p -> (y (x a b) c) */
function rotateLeft(root: number, x: number): void {
  const y = I[x + SG_NEXT]!;
  turn(link(root, x), x, y, I[y + SG_PREV]!, y + SG_PREV, x + SG_NEXT);
}

/** p -> (y (x a b) c)  becomes  p -> (x a (y b c)) */
function rotateRight(root: number, y: number): void {
  const x = I[y + SG_PREV]!;
  turn(link(root, y), y, x, I[x + SG_NEXT]!, x + SG_NEXT, y + SG_PREV);
}

/** `up` takes the place of `down`, which becomes its child at `side`; b goes over from `up` to `down`, at `gap`. */
function turn(at: number, down: number, up: number, b: number, side: number, gap: number): void {
  I[at] = up;
  I[up + SG_PARENT] = I[down + SG_PARENT]!;
  I[side] = down;
  I[down + SG_PARENT] = up;
  I[gap] = b;
  if (b !== 0) I[b + SG_PARENT] = down;
}
