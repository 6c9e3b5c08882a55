/**
 * Deadlock detection (Go: checkdead). When the last running M goes to sleep, nobody is left who could wake a goroutine:
 * if one waits, it waits for ever. Unless a timer is going to fire.
 *
 * Called under sched.lock. Returns what to do after the lock is released, undefined for nothing.
 */
import { F, I } from "../arena/arena.js";
import { add, cas, load } from "../arena/atomics.js";
import {
  FLAG_OPEN,
  G_FLAGS,
  G_STATUS,
  G_SYSTEM,
  H_FLAGS,
  KIND_G,
  POLICY_CHECK,
  S_POLICY,
  S_POLICYSTALL,
  S_MCOUNT,
  S_NETPOLLWAITERS,
  S_NMIDLE,
  S_NMIDLELOCKED,
  S_MAINDONE,
  S_NRETAKING,
  S_FAKETIME,
  S_NMSPINNING,
  S_PANICKING,
} from "../arena/layout.js";
import { forEachObject } from "../arena/malloc.js";
import { isVirtual, nanotime } from "./clock.js";
import { startm } from "./m.js";
import { appoint } from "./poller.js";
import { timersPending, timeSleepUntil } from "./timers.js";
import { goidOf } from "./gname.js";
import { Gpreempted, Grunnable, Grunning, Gsyscall, Gwaiting } from "./status.js";
import { post } from "./hostlink.js";
import { fatal } from "./panic.js";

export function checkdead(): (() => void) | undefined {
  // Starting threads are running ones: they are in mcount and not idle.
  const run = I[S_MCOUNT]! - I[S_NMIDLE]! - I[S_NMIDLELOCKED]! + I[S_NRETAKING]!;
  if (run > 0) return undefined;
  if (I[S_PANICKING] !== 0) return undefined;
  const timers = timersPending() > 0;
  // A promise, the network or the host may ready a goroutine yet. The count drops when that goroutine runs, not before.
  // Virtual time stands still meanwhile: what comes from outside is no later than the next timer.
  if (load(S_NETPOLLWAITERS) !== 0) return timers && !isVirtual() ? wait() : undefined;
  if (timers) return wait();
  if ((I[H_FLAGS]! & FLAG_OPEN) !== 0) return () => post({ t: "idle" });
  let waiting = 0;
  let odd = 0;
  forEachObject(KIND_G, (g) => {
    if ((I[g + G_FLAGS]! & G_SYSTEM) !== 0) return;
    const s = I[g + G_STATUS]!;
    if (s === Gwaiting || s === Gpreempted) waiting++;
    else if (s === Grunnable || s === Grunning || s === Gsyscall) odd = g;
  });
  // All sleep, and a policy has lost it: an M that has a P names it.
  if (odd !== 0 && (I[S_POLICY]! & POLICY_CHECK) !== 0 && cas(S_POLICYSTALL, 0, odd)) return () => startm(0, false);
  if (odd !== 0) {
    const hint = I[S_POLICY] === 0 ? "" : "; has the policy lost it? The option policyCheck tells";
    const text = `runtime: checkdead: find g ${goidOf(odd)} in status ${I[odd + G_STATUS]}${hint}`;
    return () => fatal("checkdead: runnable g", text);
  }
  // Between the main goroutine's end and the host's stop signal there is nothing left, and that is no deadlock.
  if (waiting === 0 && mainDone()) return undefined;
  if (waiting === 0) return () => fatal("no goroutines (main called runtime.Goexit) - deadlock!");
  return mainDone() ? undefined : () => fatal("all goroutines are asleep - deadlock!");
}

/** Nobody runs, but a timer will fire: not dead. */
function wait(): (() => void) | undefined {
  const when = timeSleepUntil();
  if (isVirtual()) {
    // Time moves on to the next timer, as in the Go playground, and somebody must come and run it.
    F[S_FAKETIME >> 1] = Math.max(when, nanotime());
    return () => {
      add(S_NMSPINNING, 1);
      startm(0, true);
    };
  }
  // Whoever parked last has looked at all timers, unless it had another reason to stop than that it found nothing.
  return appoint(when) ? undefined : () => startm(0, false);
}

/** The main goroutine has returned: its result is on its way, and the host will stop us. */
export function setMainDone(): void {
  cas(S_MAINDONE, 0, 1);
}
function mainDone(): boolean {
  return I[S_MAINDONE] !== 0;
}
