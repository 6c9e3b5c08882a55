/**
 * Where a goroutine goes that has become runnable: by the rules of Go, or as the policy says. All of it: a holder of p, the
 * owner of g.
 */
import { I } from "../arena/arena.js";
import { POLICY_QUEUES, S_POLICY } from "../arena/layout.js";
import { globrunqput } from "./globrunq.js";
import { hooked } from "./hooked.js";
import { LOCAL, NEXT, OWN, pending, place, READY, type Why } from "./policy.js";
import { noteQueued } from "./policycheck.js";
import { runqempty, runqput } from "./runq.js";

/** A goroutine that waited, or came from elsewhere: it becomes the next one (Go: ready). */
export function putReady(p: number, g: number): void {
  if (hooked) placed(p, g, READY);
  else runqput(p, g, true);
}

/** Asks the policy. What it must not answer, a module of the user's does not (policy/guard.ts). */
export function placed(p: number, g: number, why: Why): void {
  noteQueued(g);
  switch (place(p, g, why)) {
    case OWN:
      return;
    case NEXT:
      runqput(p, g, true);
      return;
    case LOCAL:
      runqput(p, g, false);
      return;
    default:
      globrunqput(g);
  }
}

/** The policy has something for the holder of p in its own queues. Any thread. */
export function policyHolds(p: number): boolean {
  return (I[S_POLICY]! & POLICY_QUEUES) !== 0 && pending(p);
}

/** Something for the holder of p, in its own queue or in those of a policy. With the strength of runqempty; any thread. */
export function hasWork(p: number): boolean {
  return !runqempty(p) || policyHolds(p);
}
