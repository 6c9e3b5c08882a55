/** Tickers (Go: time/tick.go). */
import { T_BYTES } from "../arena/layout.js";
import { AT, Handle, HANDLE_TICKER, handleAt, handleClass } from "../arena/value.js";
import { Chan } from "../chan/chan.js";
import { deltimer, modtimer, registerTimerFunc } from "../sched/timers.js";
import { mustg } from "../stack/current.js";
import { GoPanic } from "../stack/fatal.js";
import { chanOf, sendTime, startChanTimer } from "./timer.js";
import { checkMs, whenOf } from "./when.js";

const sendTick = registerTimerFunc(sendTime);

/**
 * Sends the time to its channel `c` every `ms` milliseconds, until it is stopped.
 *
 * The channel holds one tick: a receiver that is slow misses ticks and does not get a backlog. Ticks stay in step: one that
 * comes late does not move the following ones. A ticker that runs keeps the program from being found deadlocked; stop it
 * when it is not needed any more.
 *
 * @example
 * const t = new Ticker(2);
 * for (let i = 1; i <= 3; i++) {
 *   yield* t.c.recv();
 *   println("tick", i);
 * }
 * t.stop();
 * // Output:
 * // tick 1
 * // tick 2
 * // tick 3
 */
export class Ticker extends Handle {
  /**
   * Makes a ticker and starts it. Never suspends.
   *
   * @param ms the period in milliseconds, with fractions, above 0
   * @throws GoPanic `non-positive interval for NewTicker`
   * @throws TypeError if `ms` is no number
   */
  constructor(ms: number);
  /** @internal */
  constructor(addr: number, at: typeof AT);
  constructor(x: number, at?: typeof AT) {
    super(at === AT ? x : newTicker(x), AT);
    if (at !== AT) return handleAt(HANDLE_TICKER, this.addr) as Ticker;
  }

  /** The channel that gets the time (as by `now`) at each tick. */
  get c(): Chan<number> {
    return chanOf(this.addr);
  }

  /** No more ticks. One may be in the channel still, which is not closed. Never suspends. */
  stop(): void {
    mustg("ticker.stop");
    deltimer(this.addr);
  }

  /**
   * Ticks every `ms` milliseconds from now on, also if it was stopped. Never suspends.
   *
   * @param ms milliseconds with fractions, above 0
   * @throws GoPanic `non-positive interval for Ticker.Reset`
   * @throws TypeError if `ms` is no number
   */
  reset(ms: number): void {
    mustg("ticker.reset");
    if (checkMs(ms, "ticker.reset") <= 0) throw new GoPanic("non-positive interval for Ticker.Reset");
    modtimer(this.addr, whenOf(ms), ms);
  }
}

handleClass(HANDLE_TICKER, Ticker, T_BYTES);

function newTicker(ms: number): number {
  mustg("new Ticker");
  if (checkMs(ms, "new Ticker") <= 0) throw new GoPanic("non-positive interval for NewTicker");
  return startChanTimer(sendTick, ms, ms);
}

/**
 * The channel of a ticker that nobody can stop. For programs that tick as long as they run; else use a `Ticker`. Never
 * suspends.
 *
 * @param ms the period in milliseconds, with fractions; zero or less: the nil channel, which never gets anything
 * @throws TypeError if `ms` is no number
 * @example
 * const c = tick(1);
 * const t1 = yield* c.recv();
 * const t2 = yield* c.recv();
 * println(t2! > t1!);
 * // Output:
 * // true
 */
export function tick(ms: number): Chan<number> {
  mustg("tick");
  if (checkMs(ms, "tick") <= 0) return Chan.nil<number>();
  return chanOf(startChanTimer(sendTick, ms, ms));
}
