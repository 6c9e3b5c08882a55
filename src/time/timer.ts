/** Timers with a channel or a function (Go: time/sleep.go). */
import { F, I } from "../arena/arena.js";
import { G_FN, KIND_TIMER, T_ARGS, T_BYTES, T_CHAN, T_FUNC, T_GOPC, T_PERIOD, T_WHEN } from "../arena/layout.js";
import { mfree } from "../arena/malloc.js";
import { AT, encode, Handle, HANDLE_CHAN, HANDLE_TIMER, handleAt, handleClass, peek } from "../arena/value.js";
import type { Chan } from "../chan/chan.js";
import { makechan, trysend } from "../chan/hchan.js";
import { newproc } from "../sched/proc.js";
import { walltime } from "../sched/clock.js";
import { addtimer, deltimer, modtimer, registerTimerFunc } from "../sched/timers.js";
import { mustg, type Suspend } from "../stack/current.js";
import { GoPanic } from "../stack/fatal.js";
import type { FuncObject } from "../stack/funcs.js";
import { newtimer } from "./sleep.js";
import { checkMs, whenOf } from "./when.js";

/** Sends the time without waiting: a receiver that is slow finds one value, not many. */
export function sendTime(c: number): void {
  try {
    trysend(c, walltime());
  } catch (e) {
    // Somebody closed the channel of a timer, which is not his to close. There is no goroutine here that could panic.
    if (!(e instanceof GoPanic)) throw e;
  }
}
const sendTimeFunc = registerTimerFunc(sendTime);
/** The same for a timer that nobody can stop or reset: it is freed. */
const sendTimeOnce = registerTimerFunc((c, t) => {
  mfree(t, T_BYTES, KIND_TIMER);
  sendTime(c);
});

/** Makes a timer that sends the time to a channel of its own, and starts it. A holder of a P, in a goroutine. */
export function startChanTimer(f: number, ms: number, period: number): number {
  const when = whenOf(ms);
  const c = makechan(1);
  const t = newtimer(f, c);
  I[t + T_CHAN] = c;
  F[(t + T_WHEN) >> 1] = when;
  F[(t + T_PERIOD) >> 1] = period;
  addtimer(t);
  return t;
}

/** The channel of a timer; nil if it calls a function. */
export function chanOf(t: number): Chan<number> {
  return handleAt(HANDLE_CHAN, I[t + T_CHAN]!) as Chan<number>;
}

/**
 * Starts the goroutine of an `afterFunc` (Go: goFunc). Function and arguments stay in the timer, which may be reset: read,
 * not moved out.
 */
const goFunc = registerTimerFunc((_arg, t) => {
  const args = peek((t + T_ARGS) >> 1);
  newproc(peek((t + T_FUNC) >> 1) as FuncObject, args === 0 ? [] : (args as unknown[]), I[t + T_GOPC]!);
});

/**
 * A timer that fires once: `new Timer(ms)` sends the time to its channel `c`, `afterFunc` starts a goroutine.
 *
 * Use it when a wait may be given up or begun anew; for a wait that is always waited out there are `sleep` and `after`. A
 * timer is not taken away before the runtime closes, so keep one and `reset` it instead of making one a round. It may be
 * sent to other goroutines, and be stopped and reset by any.
 *
 * @example
 * const t = new Timer(60_000);
 * println(t.stop()); // it was running
 * println(t.stop());
 * t.reset(1);
 * println(typeof (yield* t.c.recv()));
 * // Output:
 * // true
 * // false
 * // number
 */
export class Timer extends Handle {
  /**
   * Makes a timer and starts it. Never suspends.
   *
   * @param ms until it fires, in milliseconds with fractions; zero or less: at once
   * @throws TypeError if `ms` is no number
   */
  constructor(ms: number);
  /** @internal */
  constructor(addr: number, at: typeof AT);
  constructor(x: number, at?: typeof AT) {
    super(at === AT ? x : newChanTimer(x), AT);
    // One handle for an object: the one made by `new` is the one that others find.
    if (at !== AT) return handleAt(HANDLE_TIMER, this.addr) as Timer;
  }

  /** The channel that gets the time (as by `now`) when the timer fires. It holds one value. Of `afterFunc`: the nil channel. */
  get c(): Chan<number> {
    return chanOf(this.addr);
  }

  /**
   * Stops the timer. Returns true if it was running: it will not fire. False: it has fired or was stopped before; the time
   * may be in the channel already, or the function may be running. Does not close the channel. Never suspends.
   *
   * To use the timer again when others may not have received the value: `if (!t.stop()) t.c.tryRecv();` and then `reset`.
   */
  stop(): boolean {
    mustg("timer.stop");
    return deltimer(this.addr);
  }

  /**
   * Lets the timer fire `ms` milliseconds from now, whether it is running, stopped, or has fired. Returns whether it was
   * running. As in Go, a value of the time before may still be in the channel: stop and drain it first (see `stop`), unless
   * it has been received. Never suspends.
   *
   * @throws TypeError if `ms` is no number
   */
  reset(ms: number): boolean {
    mustg("timer.reset");
    return modtimer(this.addr, whenOf(checkMs(ms, "timer.reset")), 0);
  }
}

handleClass(HANDLE_TIMER, Timer, T_BYTES);

function newChanTimer(ms: number): number {
  mustg("new Timer");
  return startChanTimer(sendTimeFunc, checkMs(ms, "new Timer"), 0);
}

/**
 * A channel that gets the time after `ms` milliseconds: the timeout of a select. It cannot be stopped; in a loop, or where
 * the wait is mostly given up, use a `Timer`. Never suspends.
 *
 * @param ms milliseconds with fractions; zero or less: at once
 * @throws TypeError if `ms` is no number
 * @example
 * const t0 = now();
 * const t = yield* after(10).recv();
 * println(t! - t0 >= 10);
 * // Output:
 * // true
 */
export function after(ms: number): Chan<number> {
  mustg("after");
  return chanOf(startChanTimer(sendTimeOnce, checkMs(ms, "after"), 0));
}

/**
 * Starts `f(...args)` in a goroutine of its own after `ms` milliseconds; returns at once. The timer's `stop` prevents it,
 * `reset` moves it, or starts it once more if it has run. `stop` does not wait for an `f` that runs already. Never
 * suspends.
 *
 * @param ms milliseconds with fractions; zero or less: at once
 * @param f a goroutine function defined at module level; in a goroutine function that is compiled also one in place,
 *   `function* () {...}`, as for `go`: what it uses of the variables around it is copied now
 * @param args copied now, as by `go`
 * @throws TypeError if `ms` is no number, `f` is no goroutine function, or an argument cannot cross threads
 * @example
 * const report = goroutine(function* report(done: Chan<string>, what: string) {
 *   yield* done.send(what);
 * });
 * const done = chan<string>();
 * const never = afterFunc(60_000, report, done, "too late");
 * afterFunc(1, report, done, "in time");
 * println(yield* done.recv(), never.stop());
 *
 * afterFunc(1, function* () {
 *   yield* done.send("in place");
 * });
 * println(yield* done.recv());
 * // Output:
 * // in time true
 * // in place
 */
export function afterFunc<A extends unknown[]>(
  ms: number,
  f: (...args: A) => Generator<Suspend, unknown, unknown>,
  ...args: A
): Timer {
  const g = mustg("afterFunc");
  checkMs(ms, "afterFunc");
  if (typeof f !== "function" || (f as Partial<FuncObject>).$id === undefined)
    throw new TypeError(
      `afterFunc: ${typeof f === "function" ? f.name || "this function" : String(f)} is not a goroutine function; define it at module level with goroutine(function* name() {...})`,
    );
  const t = newtimer(goFunc, 0);
  I[t + T_GOPC] = I[g + G_FN]!;
  encode((t + T_FUNC) >> 1, f);
  if (args.length > 0) encode((t + T_ARGS) >> 1, args); // else the slot is 0
  F[(t + T_WHEN) >> 1] = whenOf(ms);
  addtimer(t);
  return handleAt(HANDLE_TIMER, t) as Timer;
}
