/**
 * Where a goroutine goes that has become runnable: by the rules of Go, or as the policy says. All of it: a holder of p, the
 * owner of g.
 */
import { I } from "../arena/arena.js";
import { POLICY_OFF, POLICY_QUEUES, S_POLICY } from "../arena/layout.js";
import { FatalError } from "../stack/fatal.js";
import { globrunqput } from "./globrunq.js";
import { hooked } from "./hooked.js";
import { GLOBAL, LOCAL, NEXT, OWN, pending, place, policyName, READY, type Why } from "./policy.js";
import { noteQueued } from "./policycheck.js";
import { runqempty, runqput } from "./runq.js";

/** A goroutine that waited, or came from elsewhere: it becomes the next one (Go: ready). */
export function putReady(p: number, g: number): void {
  if (hooked) placed(p, g, READY);
  else runqput(p, g, true);
}

/** Asks the policy. */
export function placed(p: number, g: number, why: Why): void {
  noteQueued(g);
  let where;
  try {
    where = place(p, g, why);
  } catch (e) {
    // It must not become a panic of the goroutine that happens to run.
    throw e instanceof FatalError ? e : failed("place", e);
  }
  switch (where) {
    case OWN:
      // Nobody would look there before it sleeps.
      if ((I[S_POLICY]! & (POLICY_QUEUES | POLICY_OFF)) === 0)
        throw new FatalError(
          `policy ${policyName}: place returned OWN, but it has no queues; give it queues: "shared" and the hook pending`,
        );
      return;
    case NEXT:
      runqput(p, g, true);
      return;
    case LOCAL:
      runqput(p, g, false);
      return;
    case GLOBAL:
      globrunqput(g);
      return;
    default:
      throw new FatalError(`policy ${policyName}: place returned ${String(where)}; return OWN, NEXT, LOCAL or GLOBAL`);
  }
}

function failed(hook: string, e: unknown): FatalError {
  const text = e instanceof Error ? (e.stack ?? e.message) : String(e);
  return new FatalError(`policy ${policyName}: ${hook} threw ${text}`);
}

/** The policy has something for the holder of p in its own queues. Any thread. */
export function policyHolds(p: number): boolean {
  return (I[S_POLICY]! & POLICY_QUEUES) !== 0 && pending(p);
}

/** Something for the holder of p, in its own queue or in those of a policy. With the strength of runqempty; any thread. */
export function hasWork(p: number): boolean {
  return !runqempty(p) || policyHolds(p);
}
