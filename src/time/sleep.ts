/** Sleeping (Go: timeSleep, goroutineReady). */
import { F, I } from "../arena/arena.js";
import { G_TIMER, G_WAITREASON, KIND_TIMER, T_ARG, T_BYTES, T_F, T_WHEN } from "../arena/layout.js";
import { mallocgc } from "../arena/malloc.js";
import { goready } from "../sched/proc.js";
import { registerTimerFunc } from "../sched/timers.js";
import { waitReasonSleep } from "../sched/waitreason.js";
import { ACT_SLEEP } from "../stack/acts.js";
import { type Suspend, suspend, type SUSPEND } from "../stack/current.js";
import { builtin } from "../stack/native.js";
import { checkMs, whenOf } from "./when.js";

/** A timer in state timerNoStatus, in no heap. A holder of a P. */
export function newtimer(f: number, arg: number): number {
  const t = mallocgc(T_BYTES, KIND_TIMER);
  for (let i = 0; i < T_BYTES / 4; i++) I[t + i] = 0;
  I[t + T_F] = f;
  I[t + T_ARG] = arg;
  return t;
}

const goroutineReady = registerTimerFunc((g) => goready(g));

/** Go: time.Sleep. The goroutine's timer is made when it first sleeps and stays with it. The running G. */
function timeSleep(g: number, ms: number): undefined | typeof SUSPEND {
  if (ms <= 0) return undefined;
  let t = I[g + G_TIMER]!;
  // Plain: in no heap, for the goroutine is awake.
  if (t === 0) I[g + G_TIMER] = t = newtimer(goroutineReady, g);
  F[(t + T_WHEN) >> 1] = whenOf(ms);
  I[g + G_WAITREASON] = waitReasonSleep;
  return suspend(ACT_SLEEP, 0);
}

/**
 * `yield* sleep(ms)`: suspends the goroutine for at least `ms` milliseconds. Its thread runs others meanwhile.
 *
 * Zero or less returns at once, without letting others run: that is `yield* gosched()`. How much later than asked it goes
 * on depends on the machine: on an idle one about 0.1 ms. To wait for something else too, use `after` in a select, or a
 * context with a timeout.
 *
 * @param ms milliseconds, with fractions; Infinity sleeps for ever
 * @throws TypeError if `ms` is no number
 * @example
 * const rested = chan<string>();
 * go(function* () {
 *   yield* sleep(20);
 *   yield* rested.send("rested");
 * });
 * println("working");
 * println(yield* rested.recv());
 * // Output:
 * // working
 * // rested
 */
export const sleep = builtin("sleep", (g, _fp, _pc, _sent, ms) => timeSleep(g, checkMs(ms, "sleep"))) as unknown as (
  ms: number,
) => Generator<Suspend, void, unknown>;
