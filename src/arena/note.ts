/**
 * A note: one thread sleeps on it until another wakes it (Go: `note`, lock_futex.go).
 *
 * The word is an epoch counter with a state in the low bit:  even = armed, odd = woken.
 * Go clears the note to 0 and wakes by exchanging 1. A bare 0/1 has an ABA: a sleeper that is late to call `wait`
 * may miss wake-and-clear of a whole round and sleep through it. With an epoch each round has its own value,
 * so a sleeper of round n never sleeps on a word of round n+1, and a second wake-up in one round is detected.
 *
 *   noteclear  (owner)    1. odd -> next even. Nobody may be about to wake an armed round: the owner clears before
 *                            it publishes that it will sleep (puts itself on the idle list).
 *   notesleep  (owner)    2. while the word is this round's even value: wait on exactly that value.
 *   notewakeup (any)      3. even -> odd by CAS, then notify one. Odd already: `notewakeup - double wakeup`.
 *
 *   notepoke   (any)      4. even -> next even, then notify: the sleeper looks around, its round goes on. Only by who may be
 *                            sure that nobody wakes the round meanwhile (sched.lock, and the sleeper on the idle list).
 *
 * If the waker stops between the CAS and the notify: the sleeper sleeps until the notify comes; if it had not slept
 * yet it does not sleep at all. Nothing is lost, because the value changed first.
 */
import { FatalError } from "./fatal.js";
import { H_STATE, STATE_RUNNING } from "./layout.js";
import { cas, load, notify, store, wait } from "./atomics.js";
import { failpoint } from "./failpoint.js";

/** The sleeper, before it can be woken. */
export function noteclear(n: number): void {
  const v = load(n);
  if ((v & 1) !== 0) store(n, (v + 1) | 0);
}

/** Any thread, once a round. */
export function notewakeup(n: number): void {
  const v = load(n);
  if ((v & 1) !== 0 || !cas(n, v, (v + 1) | 0)) {
    // stopAll wakes every thread, also those that a waker has just taken off a list.
    if (load(H_STATE) !== STATE_RUNNING) return;
    throw new FatalError("notewakeup - double wakeup");
  }
  if (FAILPOINTS) failpoint("notewakeup: not notified");
  notify(n, 1);
}

/** The owner. Returns when woken. Not for notes that are poked. */
export function notesleep(n: number): void {
  const v = load(n);
  while ((v & 1) === 0 && load(n) === v) wait(n, v, Infinity);
}

/**
 * The owner. Returns whether it was woken, or poked; false after `ms` milliseconds. `v`: the word as it was before the sleeper read what it
 * decides by.
 */
export function notetsleep(n: number, ms: number, v = load(n)): boolean {
  if ((v & 1) !== 0) return true;
  if (FAILPOINTS) failpoint("notetsleep: about to sleep");
  wait(n, v, ms);
  return load(n) !== v;
}

/** Lets the sleeper look around (step 4). */
export function notepoke(n: number): void {
  const v = load(n);
  if ((v & 1) === 0 && cas(n, v, (v + 2) | 0)) notify(n, 1);
}
