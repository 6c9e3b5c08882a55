/** Durations and moments, as users give them and as timers want them. */
import { nanotime, walltime } from "../sched/clock.js";
import { MAX_WHEN } from "../sched/timers.js";
import { mustg } from "../stack/current.js";

/** Milliseconds from a user. Infinity is allowed: it never comes (30,000 years, beyond what the clock counts). */
export function checkMs(ms: unknown, what: string): number {
  if (typeof ms !== "number" || ms !== ms)
    throw new TypeError(`${what}: ${String(ms)} is not a duration; use a number of milliseconds`);
  return ms;
}

/** When `ms` milliseconds from now will be (Go: when). What is past or now is now. */
export function whenOf(ms: number): number {
  const now = nanotime();
  return ms <= 0 ? now : Math.min(now + ms, MAX_WHEN);
}

/**
 * The time: milliseconds since the Unix epoch with fractions of a microsecond, the same on all threads. It runs evenly and
 * never jumps back, even when the computer's clock is set, so differences between two readings are durations. With a
 * virtual clock it is the virtual time, which begins on 2009-11-10 at 23:00 UTC as in the Go playground.
 *
 * Use it to measure and to compute deadlines. Never suspends; about 80 ns.
 *
 * @throws Error outside of a goroutine; the host has `Date.now()` and `performance.now()`
 * @example
 * const t0 = now();
 * yield* sleep(5);
 * println(now() - t0 >= 5);
 * // Output:
 * // true
 */
export function now(): number {
  mustg("now");
  return walltime();
}
