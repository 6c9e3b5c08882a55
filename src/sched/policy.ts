/**
 * The hooks of a policy: what the scheduler asks when it decides where a goroutine goes, what a P runs next, whom it robs, when
 * an M looks on, parks or wakes another, and how long a slice is. What users write is in src/policy/; here is what the
 * scheduler calls.
 *
 * Goal: a policy costs the default one nothing. Rejected:
 *   - an object with methods, looked up at each call: 2-3 ns each, and megamorphic in a process that compares policies;
 *   - hooks that are always called, the default ones too: measured 4 % of a yield;
 *   - a bundle for each policy: a user's own would have to be bundled at run time.
 * So each call stands behind `if (hooked)`, which is a constant (hooked.ts), and each hook is a variable of this file, set once
 * when a thread starts: one function for each call site, which the engine inlines.
 *
 * The queues of the scheduler stay what they are, whatever the policy: the ring and runnext of each P, the global queue. A
 * policy may put goroutines there, or keep them in queues of its own (OWN) and hand them out by `pick` and `steal`. Then
 * `pending` must tell what is in them with the strength that the parking protocol needs (m.ts, steps 3 and C): by atomic
 * loads of words that are written before `place` returns.
 *
 * Goroutines that are bound to a thread are not the policy's business: whoever finds one hands it over (bound.ts), and it
 * runs there as the next one.
 *
 * p and g are addresses. All hooks are called by a holder of a P, except `pending`, which any thread calls that runs goroutines.
 */
import { I } from "../arena/arena.js";
import { POLICY_OFF, S_POLICY } from "../arena/layout.js";

// Where a goroutine goes: what `place` returns.
/** The policy has put it into a queue of its own. */
export const OWN = 0;
/** The next one of this P: it inherits the slice. */
export const NEXT = 1;
/** The end of this P's ring. */
export const LOCAL = 2;
/** The end of the global queue. */
export const GLOBAL = 3;
export type Place = typeof OWN | typeof NEXT | typeof LOCAL | typeof GLOBAL;

// Why it is to be placed.
/** It is new. */
export const SPAWN = 0;
/** What it waited for has come. */
export const READY = 1;
/** It let others run. */
export const YIELD = 2;
/** Its slice was over; or it was to run next and inherit one that is. */
export const PREEMPT = 3;
/** It comes from a thread without a P: the host, the network, a system call. */
export const INJECT = 4;
/** It could not run here just now, and keeps its place as far as possible. */
export const AGAIN = 5;
export type Why = typeof SPAWN | typeof READY | typeof YIELD | typeof PREEMPT | typeof INJECT | typeof AGAIN;

// How a goroutine stopped: told to `stopping`.
/** It waits. */
export const PARKED = 0;
export const YIELDED = 1;
export const PREEMPTED = 2;
/** It has ended. */
export const ENDED = 3;
export type How = typeof PARKED | typeof YIELDED | typeof PREEMPTED | typeof ENDED;

/** In brackets what Go does, which is what a policy without this hook gets. */
export interface Hooks {
  /** Where g, which is runnable now, goes. [SPAWN, READY: NEXT; YIELD, PREEMPT, INJECT: GLOBAL; AGAIN: LOCAL] */
  place(p: number, g: number, why: Why): Place;
  /** What p runs next, before it looks at its own ring; 0: look there. [0] */
  pick(p: number): number;
  /** Takes goroutines from `victim`; returns one of them, 0: none. `last`: the last round. [half its ring; runnext in the last] */
  steal(p: number, victim: number, last: boolean): number;
  /** How many of the n goroutines in victim's ring go to p in one steal, 1..n. [n - n / 2] */
  amount(p: number, victim: number, n: number): number;
  /** Number of the P that p robs as the k-th one of this round (k = 0..procs-1); -1 ends the round. [a random order] */
  victim(p: number, k: number, procs: number): number;
  /** May this M, which has found nothing, look on? Round 0: at all; then before each further round. [see findrunnable.ts] */
  spin(p: number, round: number): boolean;
  /** A goroutine was placed: may an idle thread be woken, if nobody is looking for work? [true] */
  wake(p: number): boolean;
  /** Milliseconds that g, which is about to run on p, may run; 0: the option `slice`. [0] */
  slice(p: number, g: number): number;
  /** The slice of g is over: does it get another one? [false] */
  tick(p: number, g: number): boolean;
  /** g begins a turn on p. [nothing] */
  running(p: number, g: number): void;
  /** It has ended its turn. [nothing] */
  stopping(p: number, g: number, how: How): void;
  /** Is there something in the policy's own queues that the holder of p can run? [false] */
  pending(p: number): boolean;
}

function unbound(): never {
  throw new Error("policy: a hook was called before it was bound");
}

// Before a thread has bound its hooks it does not schedule. `pending` is asked by the host and sysmon as well, which have no
// policy: "perhaps" costs them a thread woken for nothing.
export let place: Hooks["place"] = unbound;
export let pick: Hooks["pick"] = unbound;
export let steal: Hooks["steal"] = unbound;
export let amount: Hooks["amount"] = unbound;
export let victim: Hooks["victim"] = unbound;
export let spin: Hooks["spin"] = unbound;
export let wake: Hooks["wake"] = unbound;
export let slice: Hooks["slice"] = unbound;
export let tick: Hooks["tick"] = unbound;
export let running: Hooks["running"] = unbound;
export let stopping: Hooks["stopping"] = unbound;
export let pending: Hooks["pending"] = () => true;

/** For messages. */
export let policyName = "default";

let fallback: Hooks | undefined;

/** This thread, before it runs goroutines. `other`: what it falls back to. */
export function bindHooks(name: string, h: Hooks, other?: Hooks): void {
  policyName = name;
  fallback = other;
  ({ place, pick, steal, amount, victim, spin, wake, slice, tick, running, stopping, pending } = h);
}

/** This thread takes a P, and the policy was given up meanwhile (policyabort.ts): from here on the default one. */
export function followFallback(): void {
  if (fallback !== undefined && (I[S_POLICY]! & POLICY_OFF) !== 0) bindHooks("default", fallback);
}
