/**
 * Counting semaphores for goroutines (Go: runtime/sema.go): any word of the arena is one. They are how everything in sync/
 * makes a goroutine wait; not to be confused with the weighted `Semaphore` that users get.
 *
 * Goal: each sleep pairs with one wake-up, also when the wake-up comes first, and a semaphore costs one word.
 * Rejected: a queue in each lock (most locks never have a waiter; Go's are 8 bytes), a futex (would stop the thread).
 *
 *   semacquire                                    semrelease
 *   1. CAS the word down, if it is above 0: done  a. word++
 *   2. lock the root; nwait++                     b. nwait is 0: done
 *   3. once more 1: nwait--, unlock, done         c. lock the root; take out the first waiter, nwait--; unlock
 *   4. queue; park (the scheduler unlocks)        d. handoff: take the word down on the waiter's behalf, ticket 1
 *   5. woken: with a ticket, done                 e. ready it
 *   6. else 1, and from 2 if someone was faster
 *
 * "Publish, then look" on both sides: 2 publishes the waiter and 3 looks at the word, a publishes the word and b looks for
 * waiters. If b sees 0, it came before 2, so a came before 3, which finds the word above 0. Otherwise c waits for the root's
 * lock until the waiter can be readied. What if a thread stops right there? Between 2 and 4, or in c, it holds the lock, and
 * others of this root wait for it, as long as those few instructions take. Between a and c nothing is lost: anyone may take
 * the word, and a waiter that is taken out in c and finds nothing (6) waits again.
 *
 * Go lets the releaser that hands off (d) yield at once, so that the waiter runs in the rest of its slice. Here `unlock`
 * is a plain call and cannot suspend: the waiter becomes runnext, and runs when the releaser next suspends or its slice ends.
 *
 * Not in Go: an object may decide under the root's lock whether to wait, and wake all its waiters at once (semalock,
 * semapark, semawakeall). A WaitGroup's counter and waiters do not fit into one 32-bit word, and a 64-bit atomic
 * would allocate; under this lock the two belong together.
 *
 * Atomics: 1 to acquire what is free and 2 to release what nobody waits for; to wait 5, to wake 5 more than those 2, the
 * scheduler's not counted. With one P: none. Words and roots are touched only by threads that hold a P.
 */
import { I, F } from "../arena/arena.js";
import { padd, pcas, pload } from "../arena/atomics.js";
import { refuse } from "../arena/failpoint.js";
import {
  G_WAITING,
  LINE,
  SEMTAB_SIZE,
  SEMTABLE,
  SG_CHAN,
  SG_ELEM,
  SG_G,
  SG_LIFO,
  SG_TICKET,
  SG_WAITLINK,
  SR_LOCK,
  SR_NWAIT,
} from "../arena/layout.js";
import { plock, punlock } from "../arena/lock.js";
import { fastrand } from "../sched/p.js";
import { gopark, goready } from "../sched/proc.js";
import { acquireSudog, releaseSudog } from "../sched/sudog.js";
import { waitReasonSemacquire } from "../sched/waitreason.js";
import { curp, SUSPEND } from "../stack/current.js";
import { FatalError } from "../stack/fatal.js";
import { registerFin } from "../stack/trampoline.js";
import { dequeue, dequeueall, queue } from "./treap.js";

/** Go: semtable.rootFor, by units of 8 bytes. */
export function semaroot(addr: number): number {
  return SEMTABLE + ((addr >>> 1) % SEMTAB_SIZE) * LINE;
}

/** Takes one, if there is one. A holder of a P. */
export function cansemacquire(addr: number): boolean {
  for (;;) {
    const v = pload(addr);
    if (v === 0) return false;
    if (FAILPOINTS && refuse("cansemacquire: CAS")) continue;
    if (pcas(addr, v, v - 1)) return true;
  }
}

/**
 * Takes one, waiting for it. True: done. False: g parks, its operation returns SUSPEND, and its continuation `fin` begins
 * with `semawake`. `lifo`: before those who wait already. `since`: kept with the waiter, for `waitingSince`. The running G.
 */
export function semacquire(g: number, addr: number, fin: number, lifo = false, since = 0): boolean {
  if (cansemacquire(addr)) return true;
  const s = acquireSudog();
  I[s + SG_G] = g;
  I[s + SG_LIFO] = lifo ? 1 : 0;
  F[(s + SG_ELEM) >> 1] = since; // a number is a tagged value, as a collector expects here
  return sleep(g, addr, s, fin);
}

/** Steps 2 to 4. */
function sleep(g: number, addr: number, s: number, fin: number): boolean {
  const root = semaroot(addr);
  plock(root + SR_LOCK);
  padd(root + SR_NWAIT, 1);
  if (cansemacquire(addr)) {
    padd(root + SR_NWAIT, -1);
    punlock(root + SR_LOCK);
    releaseSudog(s);
    return true;
  }
  park(g, root, addr, s, fin);
  return false;
}

/** Step 4. The root's lock is held, the waiter is counted. */
function park(g: number, root: number, addr: number, s: number, fin: number): typeof SUSPEND {
  queue(root, addr, s, I[s + SG_LIFO] !== 0, fastrand(curp));
  I[g + G_WAITING] = s;
  return gopark(g, fin, root + SR_LOCK, waitReasonSemacquire);
}

/** In the continuation of a wait: whether g has what it waited for; else it parks again, with the continuation `fin`. */
export function semawake(g: number, fin: number): boolean {
  const s = I[g + G_WAITING]!;
  const addr = I[s + SG_CHAN]!;
  I[g + G_WAITING] = 0;
  if (I[s + SG_TICKET] === 0 && !cansemacquire(addr)) return sleep(g, addr, s, fin);
  releaseSudog(s);
  return true;
}

/** In the continuation of a wait, before semawake: the word that g waits on. */
export function waitingOn(g: number): number {
  return I[I[g + G_WAITING]! + SG_CHAN]!;
}
/** In the continuation of a wait, before semawake: its `since`. */
export function waitingSince(g: number): number {
  return F[(I[g + G_WAITING]! + SG_ELEM) >> 1]!;
}

/** Gives one back, and wakes a waiter. `handoff`: it goes to that waiter, nobody can be faster. A holder of a P. */
export function semrelease(addr: number, handoff = false): void {
  const root = semaroot(addr);
  padd(addr, 1);
  if (pload(root + SR_NWAIT) === 0) return;
  plock(root + SR_LOCK);
  // Someone may have taken what was given back, and the waiter with it.
  const s = pload(root + SR_NWAIT) === 0 ? 0 : dequeue(root, addr);
  if (s !== 0) padd(root + SR_NWAIT, -1);
  punlock(root + SR_LOCK);
  if (s === 0) return;
  // Plain from here on: it is in no queue, and runs no more until it is readied.
  if (I[s + SG_TICKET] !== 0) throw new FatalError("corrupted semaphore ticket");
  if (handoff && cansemacquire(addr)) I[s + SG_TICKET] = 1;
  goready(I[s + SG_G]!);
}

/** The continuation of a wait after which there is nothing more to do. */
export const finAcquire: number = registerFin((g) => (semawake(g, finAcquire) ? undefined : SUSPEND));

// ------------------------------------------------------------------------------------- waiting on a condition

/** Locks the root of addr and returns it. Until semaunlock or semapark nobody begins to wait on addr, and nobody is woken. */
export function semalock(addr: number): number {
  const root = semaroot(addr);
  plock(root + SR_LOCK);
  return root;
}
export function semaunlock(root: number): void {
  punlock(root + SR_LOCK);
}

/** Parks g on addr until semawakeall; its continuation `fin` begins with `semawake`. The root is locked, the scheduler unlocks it. */
export function semapark(g: number, root: number, addr: number, fin: number): typeof SUSPEND {
  const s = acquireSudog();
  I[s + SG_G] = g;
  I[s + SG_LIFO] = 0;
  padd(root + SR_NWAIT, 1);
  return park(g, root, addr, s, fin);
}

/** Unlocks the root and readies all who wait on addr, in the order in which they came. A holder of a P. */
export function semawakeall(root: number, addr: number): void {
  const first = dequeueall(root, addr);
  let n = 0;
  for (let s = first; s !== 0; s = I[s + SG_WAITLINK]!) n++;
  if (n !== 0) padd(root + SR_NWAIT, -n);
  punlock(root + SR_LOCK);
  for (let s = first; s !== 0;) {
    const next = I[s + SG_WAITLINK]!; // before it is readied: then it is its goroutine's
    I[s + SG_WAITLINK] = 0;
    I[s + SG_TICKET] = 1;
    goready(I[s + SG_G]!);
    s = next;
  }
}
