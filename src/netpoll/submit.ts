/**
 * How goroutines tell the network poller what to do.
 *
 *   submitter, any thread                            poller
 *   1. push the object on the stack (CAS)            A. take the whole stack (exchange), oldest first; do it; until empty
 *   2. S_NETWAKE is 1: CAS it to 0; notify           B. S_NETWAKE = 1
 *                                                    C. look at the stack once more; something: CAS to 0, and A
 *                                                    D. the event loop goes on; a waitAsync on S_NETWAKE is pending
 * Either 2 comes after B and wakes, or 1 comes before C, which finds the object. If the submitter stops between 1 and 2, the
 * object waits for it, or for the poller's next round.
 *
 * A stack of objects, as the inject stack, rather than a ring of entries: it cannot be full, an object is on it at most once
 * (PD_QUEUED), so ten writes to a connection between two rounds are one submission, and taking all is one exchange. The
 * poller sets S_NETWAKE to 0 while it handles a burst of events, at whose end it looks anyway: then submitting is two atomics
 * and wakes nobody.
 */
import { I } from "../arena/arena.js";
import { cas, load, notify, store, xchg } from "../arena/atomics.js";
import { failpoint } from "../arena/failpoint.js";
import { PD_LINK, PD_QUEUED, PD_WANT, S_NETINIT, S_NETSUBMIT, S_NETWAKE } from "../arena/layout.js";
import { post } from "../sched/hostlink.js";

/** Calls have their link at the same place. */
export function submit(o: number): void {
  let head;
  // 1.
  do {
    head = load(S_NETSUBMIT);
    I[o + PD_LINK] = head; // plain: ours until the CAS
  } while (!cas(S_NETSUBMIT, head, o));
  if (FAILPOINTS) failpoint("submit: not woken");
  // 2.
  if (load(S_NETWAKE) === 1 && cas(S_NETWAKE, 1, 0)) notify(S_NETWAKE, 1);
  // The thread is started when it is needed first (Go: netpollGenericInit). What was submitted waits for it.
  if (load(S_NETINIT) === 0 && cas(S_NETINIT, 0, 1)) post({ t: "netpoll" });
}

/** Asks the poller to do something with a pollDesc. Any thread. */
export function want(pd: number, what: number): void {
  let old;
  do old = load(pd + PD_WANT);
  while (!cas(pd + PD_WANT, old, old | what));
  if (FAILPOINTS) failpoint("want: not submitted");
  if (load(pd + PD_QUEUED) === 0 && cas(pd + PD_QUEUED, 0, 1)) submit(pd);
}

/** What is wanted of a pollDesc that was submitted. The poller. */
export function wanted(pd: number): number {
  // Not queued first: who wants more from here on submits it again, at worst for nothing.
  store(pd + PD_QUEUED, 0);
  if (FAILPOINTS) failpoint("wanted: not taken");
  return xchg(pd + PD_WANT, 0);
}

/** A: everything that was submitted, oldest first, linked; 0: nothing. The poller. */
export function takeSubmitted(): number {
  let o = xchg(S_NETSUBMIT, 0);
  let first = 0;
  while (o !== 0) {
    const next = I[o + PD_LINK]!;
    I[o + PD_LINK] = first;
    first = o;
    o = next;
  }
  return first;
}

/** B and C. Returns false if there is something: back to A. The poller. */
export function mayWait(): boolean {
  store(S_NETWAKE, 1);
  // A submitter that was faster than the CAS notifies.
  return load(S_NETSUBMIT) === 0 || !cas(S_NETWAKE, 1, 0);
}

/** A burst of events begins, at whose end the poller comes to A: nobody need wake it until then. The poller. */
export function awake(): void {
  if (load(S_NETWAKE) === 1) cas(S_NETWAKE, 1, 0);
}
