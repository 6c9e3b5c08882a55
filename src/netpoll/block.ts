/**
 * Waiting for what happens outside of the arena (Go: netpoll.go, netpollblock and netpollunblock).
 *
 * A wait word belongs to one direction of an object, say reading from a connection. Its states are Go's:
 *
 *   0         nothing has happened, nobody waits
 *   pdReady   something has happened
 *   pdWait    a goroutine is about to wait
 *   G         this goroutine waits
 *
 *   goroutine                                        whoever brings the event, any thread, with or without a P
 *   1. look at the object: there is something: done  A. change the object
 *   2. CAS 0 -> pdWait; pdReady: take it, and 1      B. exchange pdReady; it was pdWait or 0: done
 *   3. unwind; Gwaiting                              C. it was a G: that is ours now; ready it
 *   4. CAS pdWait -> G; fails: go on, with 5
 *   5. runs again: the word to 0, and 1
 *
 * If the goroutine's 1 misses A, then B comes after 1, so either 2 or 4 finds pdReady, or C finds the G. An event between C and 5
 * is seen by the look after 5. A leftover pdReady costs one look for nothing. If the goroutine stops between 2 and 4: the event is kept in the word. If the bringer stops
 * between A and B, it is late, and nothing is lost.
 *
 * One goroutine a word. Go throws `runtime: double wait` for a second one, and queues them on a lock of the file before; here
 * the second one panics.
 */
import { add, cas, store, xchg } from "../arena/atomics.js";
import { failpoint } from "../arena/failpoint.js";
import { S_NETPOLLWAITERS } from "../arena/layout.js";
import { injectg } from "../sched/globrunq.js";
import { casgstatus } from "../sched/gstatus.js";
import { wakeIdle } from "../sched/m.js";
import { goparkword, pdReady, pdWait } from "../sched/proc.js";
import { Grunnable, Gwaiting } from "../sched/status.js";
import { GoPanic } from "../stack/fatal.js";
import { type SUSPEND } from "../stack/current.js";

/**
 * Steps 2 to 4: parks g until the event, then `fin` runs, which calls `unblocked` and looks at the object. Undefined: the event
 * has come already, look again. The running goroutine.
 */
export function netpollblock(g: number, word: number, fin: number, reason: number): undefined | typeof SUSPEND {
  if (!cas(word, 0, pdWait)) {
    if (!cas(word, pdReady, 0))
      throw new GoPanic("netpoll: another goroutine waits for the same: one at a time may read, write or accept");
    return undefined;
  }
  if (FAILPOINTS) failpoint("netpollblock: will wait");
  // Until it runs again, or the last M to sleep would call it a deadlock (checkdead).
  add(S_NETPOLLWAITERS, 1);
  return goparkword(g, fin, word, reason);
}

/** Step 5, the first thing that a goroutine does after it waited. */
export function unblocked(word: number): void {
  add(S_NETPOLLWAITERS, -1);
  store(word, 0);
}

/** Steps B and C: returns the goroutine to ready, 0 if none waits. Any thread, after step A. */
export function netpollunblock(word: number): number {
  const old = xchg(word, pdReady);
  if (FAILPOINTS) failpoint("netpollunblock: not readied");
  if (old <= pdWait) return 0;
  casgstatus(old, Gwaiting, Grunnable);
  return old;
}

/** Readies what netpollunblock returned, all together. A thread without a P. */
export function netpollready(gs: readonly number[]): void {
  for (const g of gs) injectg(g);
  wakeIdle(gs.length > 1);
}
