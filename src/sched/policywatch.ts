/**
 * Checked mode, sysmon's side: a goroutine that is runnable and has not run for the limit is reported (policyabort.ts says to
 * whom, and what happens then). sysmon counts S_POLICYEPOCH up four times in that time, and then looks at all goroutines.
 *
 * It is not the policy's fault if no P came to choose: a plain function that computes for seconds on the only P. So one is
 * reported only if Ps have begun other goroutines since, or one of them is idle.
 */
import { F, I } from "../arena/arena.js";
import { cas, load, racy } from "../arena/atomics.js";
import {
  G_POLICY,
  G_SEQ,
  G_STATUS,
  KIND_G,
  P_M,
  P_SWITCHES,
  POLICY_CHECK,
  R_EPOCH,
  R_SEQ,
  R_STATE,
  S_NPIDLE,
  S_NPROCS,
  S_POLICY,
  S_POLICYEPOCH,
  S_POLICYLIMIT,
  S_POLICYSTALL,
} from "../arena/layout.js";
import { forEachObject } from "../arena/malloc.js";
import { preempt } from "../stack/guard.js";
import { startm } from "./m.js";
import { allp } from "./p.js";
import { Grunnable } from "./status.js";

const EPOCHS = 4;
let next = 0;
/** Goroutines begun by all Ps, at the last epochs. */
const begun = new Float64Array(EPOCHS + 1);

/** In each round of sysmon. `now`: performance.now(). */
export function watchPolicy(now: number): void {
  if ((racy(S_POLICY) & POLICY_CHECK) === 0 || now < next) return;
  next = now + F[S_POLICYLIMIT >> 1]! / EPOCHS;
  // Plain: this thread alone writes it.
  const epoch = (I[S_POLICYEPOCH]! + 1) | 0;
  I[S_POLICYEPOCH] = epoch;
  let switches = 0;
  for (let id = 0, n = I[S_NPROCS]!; id < n; id++) switches += racy(allp(id) + P_SWITCHES) >>> 0;
  const at = (epoch >>> 0) % (EPOCHS + 1);
  const before = begun[at]!;
  begun[at] = switches;
  if (epoch <= EPOCHS || (switches === before && load(S_NPIDLE) === 0)) return;
  report(oldest(epoch - EPOCHS));
}

/** A goroutine that has waited to run since before epoch `limit`: the first one that is found, 0 if none. */
function oldest(limit: number): number {
  let found = 0;
  forEachObject(KIND_G, (g) => {
    const r = racy(g + G_POLICY);
    // The state before the epoch: if it is queued anew in between, the epoch is a new one.
    if (r === 0 || found !== 0 || load(r + R_STATE) !== 1) return;
    if (racy(r + R_SEQ) !== racy(g + G_SEQ) || racy(g + G_STATUS) !== Grunnable) return;
    if (racy(r + R_EPOCH) - limit < 0) found = g;
  });
  return found;
}

function report(g: number): void {
  if (g === 0 || !cas(S_POLICYSTALL, 0, g)) return;
  // Somebody must see it: whoever runs is asked to stop, and if somebody sleeps he is woken.
  for (let id = 0, n = I[S_NPROCS]!; id < n; id++) {
    const m = racy(allp(id) + P_M);
    if (m !== 0) preempt(m);
  }
  if (load(S_NPIDLE) > 0) startm(0, false);
}
