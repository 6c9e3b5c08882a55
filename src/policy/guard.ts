/**
 * The hooks of a module of the user's, watched: one that throws, or returns what it must not, is named, and what it was asked is
 * answered as Go would. The policies that come with gosched are tested, and run without.
 *
 * Hooks are called anywhere: in the middle of an operation of some goroutine, which must not get an exception that is not its own,
 * or under sched.lock (`pending`). So a fault is noted by the thread, and raised when it next asks what to run (`pick`): then it
 * holds a P, no lock and no goroutine. From there it goes the way of all that a policy does wrong (policyabort.ts): the run ends
 * with a line that says what, or, if asked for, the default policy goes on.
 *
 * `place` alone ends the run at once, unless there is something to fall back to: if it threw after it had put the goroutine into a
 * queue, that one would be in two.
 *
 * A fault cannot be missed: a thread that has nothing to run asks `pick` and `pending` before it sleeps, and a `pending` that fails
 * is taken for true, which keeps it from sleeping.
 */
import { I } from "../arena/arena.js";
import { POLICY_FALLBACK, S_POLICY } from "../arena/layout.js";
import { goHooks } from "../sched/gopolicy.js";
import { GLOBAL, type Hooks, OWN } from "../sched/policy.js";
import { accuse } from "../sched/policyabort.js";
import { FatalError } from "../stack/fatal.js";
import type { Queues } from "./policy.js";

/** `own`: what `hooks()` has returned. */
export function guarded(policy: string, own: Partial<Hooks>, queues: Queues): Partial<Hooks> {
  /** What this thread has seen and not raised yet. */
  let fault: string | undefined;
  const returned = (hook: keyof Hooks, value: unknown, remedy: string): void => {
    fault ??= `${hook} returned ${String(value)}; return ${remedy}`;
  };
  const threw = (hook: keyof Hooks, e: unknown): void => {
    if (e instanceof FatalError) throw e;
    fault ??= `${hook} threw ${whatOf(e)}`;
  };
  const raise = (): void => {
    if (fault !== undefined) accuse(0, fault);
  };
  const { place, steal, amount, victim, spin, wake, slice, tick, running, stopping, pending } = own;
  const pick = own.pick ?? goHooks.pick;
  const yesOrNo = "true or false";

  // One function each, and not one for all: V8 inlines a call that always goes to the same function.
  const all: { [K in keyof Hooks]: Hooks[K] | undefined } = {
    place:
      place &&
      ((p, g, why) => {
        try {
          const where = place(p, g, why);
          if (where === OWN && queues === "none")
            fault ??= `place returned OWN, but it has no queues; give it queues: "shared" and the hook pending`;
          else if (where >= OWN && where <= GLOBAL && Number.isInteger(where)) return where;
          else returned("place", where, "OWN, NEXT, LOCAL or GLOBAL");
        } catch (e) {
          threw("place", e);
        }
        if ((I[S_POLICY]! & POLICY_FALLBACK) === 0) throw new FatalError(`policy ${policy}: ${fault!}`);
        return goHooks.place(p, g, why);
      }),
    pick(p) {
      if (fault === undefined)
        try {
          const g = pick(p);
          if (isAddress(g)) return g;
          returned("pick", g, "a goroutine, or 0");
        } catch (e) {
          threw("pick", e);
        }
      raise();
      return 0;
    },
    steal:
      steal &&
      ((p, from, last) => {
        try {
          const g = steal(p, from, last);
          if (isAddress(g)) return g;
          returned("steal", g, "a goroutine, or 0");
        } catch (e) {
          threw("steal", e);
        }
        return 0;
      }),
    amount:
      amount &&
      ((p, from, n) => {
        try {
          const k = amount(p, from, n);
          if (k >= 1 && k <= n && Number.isInteger(k)) return k;
          returned("amount", k, `how many of the ${n}, at least 1`);
        } catch (e) {
          threw("amount", e);
        }
        return goHooks.amount(p, from, n);
      }),
    victim:
      victim &&
      ((p, k, procs) => {
        try {
          const id = victim(p, k, procs);
          if (id >= -1 && id < procs && Number.isInteger(id)) return id;
          returned("victim", id, `the number of a P, below ${procs}, or -1`);
        } catch (e) {
          threw("victim", e);
        }
        return -1;
      }),
    spin:
      spin &&
      ((p, round) => {
        try {
          const on = spin(p, round);
          if (typeof on === "boolean") return on;
          returned("spin", on, yesOrNo);
        } catch (e) {
          threw("spin", e);
        }
        return false;
      }),
    wake:
      wake &&
      ((p) => {
        try {
          const may = wake(p);
          if (typeof may === "boolean") return may;
          returned("wake", may, yesOrNo);
        } catch (e) {
          threw("wake", e);
        }
        return true;
      }),
    slice:
      slice &&
      ((p, g) => {
        try {
          const ms = slice(p, g);
          if (ms >= 0) return ms;
          returned("slice", ms, "milliseconds, or 0 for the option slice");
        } catch (e) {
          threw("slice", e);
        }
        return 0;
      }),
    tick:
      tick &&
      ((p, g) => {
        try {
          const another = tick(p, g);
          if (typeof another === "boolean") return another;
          returned("tick", another, yesOrNo);
        } catch (e) {
          threw("tick", e);
        }
        return false;
      }),
    running:
      running &&
      ((p, g) => {
        try {
          running(p, g);
        } catch (e) {
          threw("running", e);
        }
      }),
    stopping:
      stopping &&
      ((p, g, how) => {
        try {
          stopping(p, g, how);
        } catch (e) {
          threw("stopping", e);
        }
      }),
    pending:
      pending &&
      ((p) => {
        if (fault !== undefined) return true;
        try {
          const some = pending(p);
          if (typeof some === "boolean") return some;
          returned("pending", some, yesOrNo);
        } catch (e) {
          threw("pending", e);
        }
        return true;
      }),
  };
  return Object.fromEntries(Object.entries(all).filter(([, f]) => f !== undefined));
}

/** Whether it is a goroutine is looked at in checked mode. */
function isAddress(g: number): boolean {
  return (g | 0) === g && g >= 0;
}

/** In one line, with the place. */
export function whatOf(e: unknown): string {
  if (!(e instanceof Error)) return String(e);
  const at = /\n\s+at (?:.*\()?([^()\n]+:\d+):\d+\)?/.exec(e.stack ?? "")?.[1];
  return `${e.name}: ${e.message}${at === undefined ? "" : ` at ${at}`}`;
}
