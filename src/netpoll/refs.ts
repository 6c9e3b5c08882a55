/**
 * Who may still look at an HTTP exchange (Go: fdMutex, whose last reference destroys the descriptor).
 *
 * Connections and listeners stay until the runtime ends, for their handles may be anywhere. A server would leak with each request, so an
 * exchange goes back to a pool of its kind when the last one lets go of it:
 *
 *   one reference      of the goroutines, from the beginning until one of them has closed it and the poller has heard of that
 *   one                of the poller, until its half has gone
 *   one an operation   that waits: it looks at the exchange when it runs again, which may be after both of the others
 *
 * The poller alone frees. An operation that lets go last asks it to (WANT_FREE). That request, or one to close, may be pushed on the
 * stack of submissions after the poller has served it already (submit.ts: "at worst for nothing"), hence the pool: the words of the
 * stack are never reset, and being handled once more for nothing is harmless to whoever the exchange is by then.
 */
import { I } from "../arena/arena.js";
import { failpoint } from "../arena/failpoint.js";
import { PD_LOCK, PD_REFS, WANT_FREE } from "../arena/layout.js";
import { lock, unlock } from "../arena/lock.js";
import { netpollblock } from "./block.js";
import { want } from "./submit.js";
import type { SUSPEND } from "../stack/current.js";

/** An operation will wait. The running goroutine, under the pollDesc's lock. */
export function hold(pd: number): void {
  // A connection is not counted.
  if (I[pd + PD_REFS] !== 0) I[pd + PD_REFS] = I[pd + PD_REFS]! + 1;
}

/** Lets go; whether that was the last reference. Any thread, for a reference of its own. */
export function unref(pd: number): boolean {
  lock(pd + PD_LOCK);
  const left = (I[pd + PD_REFS] = I[pd + PD_REFS]! - 1);
  unlock(pd + PD_LOCK);
  if (FAILPOINTS) failpoint("unref: let go");
  return left === 0;
}

/** The operation is over, or will not wait after all. The running goroutine, after `hold`. */
export function release(pd: number): void {
  // Plain: constant 0 for what is not counted, and not 0 while we hold a reference.
  if (I[pd + PD_REFS] !== 0 && unref(pd)) want(pd, WANT_FREE);
}

/** netpollblock for an operation that holds a reference, which is let go of if it does not wait. The running goroutine. */
export function block(g: number, pd: number, word: number, fin: number, reason: number): undefined | typeof SUSPEND {
  let r;
  try {
    r = netpollblock(g, pd + word, fin, reason);
  } finally {
    if (r === undefined) release(pd);
  }
  return r;
}
