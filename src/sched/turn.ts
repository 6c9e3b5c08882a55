/** A turn of a goroutine, as the hooks of a policy see it. The holder of p, which runs g. */
import { F } from "../arena/arena.js";
import { P_SLICE, S_QUANTUM } from "../arena/layout.js";
import { ACT_PREEMPT, ACT_YIELD, DONE, PANIC } from "../stack/acts.js";
import { ENDED, PARKED, PREEMPTED, running, slice, stopping, YIELDED } from "./policy.js";

/** g is about to run on p. */
export function began(p: number, g: number): void {
  const ms = slice(p, g);
  F[(p + P_SLICE) >> 1] = ms;
  // sysmon must not nap for longer. Racing stores: the one that is lost comes again with the next turn.
  if (ms > 0 && !(F[S_QUANTUM >> 1]! <= ms && F[S_QUANTUM >> 1]! > 0)) F[S_QUANTUM >> 1] = ms;
  running(p, g);
}

/** g has stopped: `act` says for what. It is still ours. */
export function ended(p: number, g: number, act: number): void {
  stopping(
    p,
    g,
    act === DONE || act === PANIC ? ENDED : act === ACT_PREEMPT ? PREEMPTED : act === ACT_YIELD ? YIELDED : PARKED,
  );
}
