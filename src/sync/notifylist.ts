/**
 * Notify lists (Go: sema.go, notifyList): what a Cond's waiters wait in. A waiter takes a ticket first and joins the list
 * later, having unlocked its Locker in between; tickets are notified in order.
 *
 *   wait     1. ticket = wait++            notifyOne   a. nothing to notify: notify = wait: done
 *            2. (unlock the Locker)                    b. under the lock: the same again; t = notify++
 *            3. under the lock: ticket is below        c. the waiter with ticket t is in the list: ready it
 *               notify: notified already, done         d. it is not: it is between 1 and 3, and will find in 3 that it
 *            4. join the list; park                       has been notified
 *
 * So a waiter that has taken its ticket is notified by whoever comes after, wherever it stands: no wake-up is lost, and
 * those that take a ticket later cannot steal it. What if a thread stops right there? Between 1 and 3: that is d. Tickets
 * wrap around; they are compared by their difference, and no 2^31 goroutines can wait.
 *
 * Atomics: 1 + 2 to wait, 2 to notify nobody, 4 to notify one, the scheduler's not counted. With one P: none.
 */
import { I } from "../arena/arena.js";
import { padd, pload, pstore } from "../arena/atomics.js";
import {
  G_WAITING,
  NL_HEAD,
  NL_LOCK,
  NL_NOTIFY,
  NL_TAIL,
  NL_WAIT,
  SG_CHAN,
  SG_G,
  SG_NEXT,
  SG_TICKET,
} from "../arena/layout.js";
import { plock, punlock } from "../arena/lock.js";
import { gopark, goready } from "../sched/proc.js";
import { acquireSudog, releaseSudog } from "../sched/sudog.js";
import { waitReasonSyncCondWait } from "../sched/waitreason.js";

/** Step 1: the ticket. A holder of a P. */
export function notifyListAdd(l: number): number {
  return (padd(l + NL_WAIT, 1) - 1) | 0;
}

/** Steps 3 and 4. True: notified already. False: g parks; its continuation `fin` begins with `notified`. The running G. */
export function notifyListWait(g: number, l: number, ticket: number, fin: number): boolean {
  plock(l + NL_LOCK);
  if (((ticket - I[l + NL_NOTIFY]!) | 0) < 0) {
    punlock(l + NL_LOCK);
    return true;
  }
  const s = acquireSudog();
  I[s + SG_G] = g;
  I[s + SG_CHAN] = l;
  I[s + SG_TICKET] = ticket;
  I[s + SG_NEXT] = 0;
  const tail = I[l + NL_TAIL]!;
  I[tail === 0 ? l + NL_HEAD : tail + SG_NEXT] = s;
  I[l + NL_TAIL] = s;
  I[g + G_WAITING] = s;
  gopark(g, fin, l + NL_LOCK, waitReasonSyncCondWait);
  return false;
}

/** In the continuation of a wait: the list. Its owner, g. */
export function notified(g: number): number {
  const s = I[g + G_WAITING]!;
  const l = I[s + SG_CHAN]!;
  I[g + G_WAITING] = 0;
  releaseSudog(s);
  return l;
}

/** Notifies the waiter with the lowest ticket. A holder of a P. */
export function notifyListNotifyOne(l: number): void {
  if (pload(l + NL_WAIT) === pload(l + NL_NOTIFY)) return;
  plock(l + NL_LOCK);
  const t = I[l + NL_NOTIFY]!;
  if (t === pload(l + NL_WAIT)) {
    punlock(l + NL_LOCK);
    return;
  }
  pstore(l + NL_NOTIFY, (t + 1) | 0);
  // Near the front: before it are only those that took a later ticket and joined sooner.
  let before = 0;
  let s = I[l + NL_HEAD]!;
  while (s !== 0 && I[s + SG_TICKET] !== t) {
    before = s;
    s = I[s + SG_NEXT]!;
  }
  if (s !== 0) {
    const next = I[s + SG_NEXT]!;
    I[before === 0 ? l + NL_HEAD : before + SG_NEXT] = next;
    if (next === 0) I[l + NL_TAIL] = before;
  }
  punlock(l + NL_LOCK);
  if (s !== 0) goready(I[s + SG_G]!);
}

/** Notifies all who have a ticket. A holder of a P. */
export function notifyListNotifyAll(l: number): void {
  if (pload(l + NL_WAIT) === pload(l + NL_NOTIFY)) return;
  plock(l + NL_LOCK);
  let s = I[l + NL_HEAD]!;
  I[l + NL_HEAD] = 0;
  I[l + NL_TAIL] = 0;
  pstore(l + NL_NOTIFY, pload(l + NL_WAIT));
  punlock(l + NL_LOCK);
  while (s !== 0) {
    const next = I[s + SG_NEXT]!; // before it is readied: then it is its goroutine's
    goready(I[s + SG_G]!);
    s = next;
  }
}
