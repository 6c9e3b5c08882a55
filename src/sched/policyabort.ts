/**
 * The end of a policy that has done something wrong: it is named, with the goroutine, and either the run ends or the default
 * policy goes on.
 *
 * Who notices, writes the goroutine into S_POLICYSTALL by CAS, so that there is one report:
 *   - sysmon: g has been runnable for longer than the limit. It writes g, and an M must deal with it: sysmon has neither the
 *     policy's functions nor a P. (checkdead likewise, when all sleep and g is runnable.)
 *   - an M to which the policy hands out a goroutine that is not runnable. It writes -g, or -1 if it is none: the others leave
 *     it alone.
 *
 * The M stops the world: all others are between two goroutines and call no hooks. So it may ask the policy for all that it
 * has (`pick`, for each P, not more often than there are goroutines), to tell a starved goroutine from a dropped one. To go
 * on, it puts every goroutine that waits to run and is in none of the scheduler's own queues into the global queue: also
 * those that the policy has lost. Whoever takes a P after that sees POLICY_OFF and binds the default hooks (followFallback).
 */
import { I } from "../arena/arena.js";
import { cas, load, store } from "../arena/atomics.js";
import {
  ALLM,
  G_POLICY,
  G_SCHEDLINK,
  G_SEQ,
  G_STATUS,
  KIND_G,
  M_PINQ,
  M_SIZE,
  P_RUNNEXT,
  P_RUNQ,
  P_RUNQHEAD,
  P_RUNQTAIL,
  POLICY_CHECK,
  POLICY_FALLBACK,
  POLICY_OFF,
  POLICY_ON,
  POLICY_PERP_QUEUES,
  POLICY_PRIVATE,
  POLICY_QUEUES,
  R_SEQ,
  R_STATE,
  RUNQ_MASK,
  S_INJECT,
  S_MNEXT,
  S_NPROCS,
  S_POLICY,
  S_POLICYLIMIT,
  S_POLICYSTALL,
  S_RUNQHEAD,
  S_RUNQSIZE,
} from "../arena/layout.js";
import { racyF } from "../arena/atomics.js";
import { forEachObject } from "../arena/malloc.js";
import { FatalError } from "../stack/fatal.js";
import { globrunqput } from "./globrunq.js";
import { goidOf, nameOf } from "./gname.js";
import { post } from "./hostlink.js";
import { allp } from "./p.js";
import { writeAll } from "./panic.js";
import { followFallback, pick, policyName } from "./policy.js";
import { Grunnable } from "./status.js";
import { startTheWorld, stopTheWorld } from "./stw.js";
import { ringlen } from "./runq.js";
import { traceback } from "./traceback.js";

/** What this M has noticed, until it could stop the world. */
let noticed: string | undefined;

/** The policy has handed out g, or something that is no goroutine (0). This M, which holds a P and runs no goroutine. */
export function violated(g: number, what: string): void {
  if (accuse(g, what)) settle();
}

/** The same, to be settled when this M next looks for a goroutine to run. False: another fault was first. A holder of a P. */
export function accuse(g: number, what: string): boolean {
  const first = cas(S_POLICYSTALL, 0, g === 0 ? -1 : -g);
  if (first) noticed = what;
  return first;
}

/** In schedule, when S_POLICYSTALL is not 0: this M holds a P and runs no goroutine. */
export function settle(): void {
  const g = load(S_POLICYSTALL);
  if (noticed === undefined && !(g > 0 && cas(S_POLICYSTALL, g, -g))) return;
  noticed ??= "";
  // Another M stops the world just now: later.
  if (!stopTheWorld()) return;
  const who = -load(S_POLICYSTALL);
  const what = noticed === "" ? stalled(who) : noticed;
  noticed = undefined;
  const text = `policy ${policyName}: ${what}`;
  const dump = [...queues(), ...(who > 1 ? ["", traceback(who)] : [])].join("\n");
  if ((I[S_POLICY]! & POLICY_FALLBACK) === 0) throw new FatalError(text, `runtime: ${text}\n${dump}`);
  writeAll(2, `runtime: ${text}; going on with the default policy\n${dump}\n`);
  post({ t: "policy", name: policyName, failure: what });
  const lost = recover();
  store(
    S_POLICY,
    (I[S_POLICY]! & ~(POLICY_QUEUES | POLICY_PRIVATE | POLICY_PERP_QUEUES | POLICY_CHECK)) | POLICY_ON | POLICY_OFF,
  );
  followFallback();
  for (const x of lost) globrunqput(x);
  store(S_POLICYSTALL, 0);
  startTheWorld(I[S_NPROCS]!);
}

/** World stopped. Why g has not run. */
function stalled(g: number): string {
  const limit = racyF(S_POLICYLIMIT);
  const head = `goroutine ${goidOf(g)} (${nameOf(g)}) is runnable and has not run for ${limit} ms`;
  if (inQueues().has(g)) return `${head}: starved, in a queue of the scheduler`;
  const held = handedOut();
  return held.has(g) ? `${head}: starved, the policy has it` : `${head}: dropped, it is in no queue`;
}

/** World stopped. All that the policy has, taken out of it. */
function handedOut(): Set<number> {
  let most = 0;
  forEachObject(KIND_G, () => most++);
  const found = new Set<number>();
  for (let id = 0, n = I[S_NPROCS]!; id < n; id++)
    for (let i = 0; i < most; i++) {
      const g = pick(allp(id));
      if (g === 0) break;
      found.add(g);
    }
  return found;
}

/** World stopped. What is in the queues of the scheduler. */
function inQueues(): Set<number> {
  const found = new Set<number>();
  const list = (g: number): void => {
    for (; g !== 0; g = I[g + G_SCHEDLINK]!) found.add(g);
  };
  for (let id = 0, n = I[S_NPROCS]!; id < n; id++) {
    const p = allp(id);
    if (I[p + P_RUNNEXT] !== 0) found.add(I[p + P_RUNNEXT]!);
    for (let i = I[p + P_RUNQHEAD]!; i !== I[p + P_RUNQTAIL]; i = (i + 1) | 0)
      found.add(I[p + P_RUNQ + (i & RUNQ_MASK)]!);
  }
  if (I[S_RUNQSIZE] !== 0) list(I[S_RUNQHEAD]!);
  list(load(S_INJECT));
  for (let id = 0, n = load(S_MNEXT); id < n; id++) list(load(ALLM + id * M_SIZE + M_PINQ));
  return found;
}

/** World stopped. Goroutines that wait to run and are in no queue of the scheduler, by their ids. */
function recover(): number[] {
  const there = inQueues();
  const lost: number[] = [];
  forEachObject(KIND_G, (g) => {
    const r = I[g + G_POLICY]!;
    // Noted as queued: one that the host is just making is runnable, too, but not ours.
    if (I[g + G_STATUS] !== Grunnable || r === 0 || I[r + R_SEQ] !== I[g + G_SEQ] || load(r + R_STATE) !== 1) return;
    if (!there.has(g)) lost.push(g);
  });
  return lost.sort((a, b) => goidOf(a) - goidOf(b));
}

function queues(): string[] {
  const lines = [];
  for (let id = 0, n = I[S_NPROCS]!; id < n; id++) {
    const p = allp(id);
    lines.push(`P${id}: ${ringlen(p)} in its ring${I[p + P_RUNNEXT] !== 0 ? ", one next" : ""}`);
  }
  lines.push(`global queue: ${I[S_RUNQSIZE]}`);
  return lines;
}
