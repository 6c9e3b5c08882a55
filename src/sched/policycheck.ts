/**
 * Checked mode, the Ms' side: every goroutine is accounted for. From when it is made runnable until an M has taken it to run it,
 * R_STATE of its record is 1; both changes are exchanges, so who comes second sees it:
 *
 *   noteQueued   0 -> 1   by its owner, before anybody else can find it
 *   noteTaken    1 -> 0   by the M that is about to run it. It was 0: the policy has handed it out twice
 *   noteBound    ? -> 1   taken, but bound to another thread: on its way there (bound.ts)
 *   noteInjected ? -> 0   from the inject stack, about to be placed
 *
 * R_EPOCH says since when, in sysmon's coarse clock: a plain load and a plain store instead of 75 ns for the time of day.
 * What is 1 for too long is what policywatch.ts looks for.
 *
 * Atomics: 2 for each turn of a goroutine, none if not checked. The owner of g, a holder of a P.
 */
import { I } from "../arena/arena.js";
import { racy, store, xchg } from "../arena/atomics.js";
import {
  G_POLICY,
  G_STATUS,
  KIND_G,
  POLICY_CHECK,
  R_EPOCH,
  R_STATE,
  S_POLICY,
  S_POLICYEPOCH,
} from "../arena/layout.js";
import { objectInfo } from "../arena/malloc.js";
import { FatalError } from "../stack/fatal.js";
import { goidOf } from "./gname.js";
import { gstatusNames } from "./gstatus.js";
import { policyName } from "./policy.js";
import { violated } from "./policyabort.js";
import { record } from "./record.js";
import { noteRunnable, noteRunning } from "./runlatency.js";
import { Grunnable } from "./status.js";

function checking(): boolean {
  return (I[S_POLICY]! & POLICY_CHECK) !== 0;
}

export function noteQueued(g: number): void {
  if (!checking()) return;
  const r = record(g);
  I[r + R_EPOCH] = racy(S_POLICYEPOCH);
  noteRunnable(r);
  if (xchg(r + R_STATE, 1) !== 0)
    throw new FatalError(`policy ${policyName}: goroutine ${goidOf(g)} was made runnable while it was in a queue`);
}

/** False: it is not to be run. Then the policy has been given up, or the run ends. */
export function noteTaken(g: number): boolean {
  if (!checking()) return true;
  if (objectInfo(g)?.kind !== KIND_G || objectInfo(g)!.base !== g) {
    violated(0, `handed out ${g}, which is no goroutine`);
    return false;
  }
  const r = record(g);
  const queued = xchg(r + R_STATE, 0) === 1;
  if (queued && I[g + G_STATUS] === Grunnable) {
    noteRunning(r);
    return true;
  }
  const status = gstatusNames[I[g + G_STATUS]!] ?? "unknown";
  violated(g, `goroutine ${goidOf(g)} was to run twice: it was handed out while it is ${status} and in no queue`);
  return false;
}

export function noteBound(g: number): void {
  // Without a record it was never placed: nobody is checking. (A thread that readies a bound one may hold no P.)
  const r = I[g + G_POLICY]!;
  if (r === 0 || !checking()) return;
  I[r + R_EPOCH] = racy(S_POLICYEPOCH);
  store(r + R_STATE, 1);
}

export function noteInjected(g: number): void {
  const r = I[g + G_POLICY]!;
  if (r !== 0) store(r + R_STATE, 0);
}
