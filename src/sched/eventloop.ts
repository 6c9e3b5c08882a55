/**
 * An M whose goroutines wait for promises (netpoll/wait.ts) lets its thread's event loop run: nobody else can settle them.
 *
 *   - It sleeps with `Atomics.waitAsync` on its note instead of `Atomics.wait`, outside of `schedule`: everything that
 *     wakes an M wakes it alike. A promise that settles meanwhile readies its goroutine in this thread, and the M wakes
 *     itself (readyBound): also by its note, so no forgotten waiter is left on it to swallow a later wake-up.
 *   - While it runs goroutines it goes once around the event loop every POLL_MS, holding its P. Others are not disturbed:
 *     their work is stolen as from any M that is busy.
 *
 * An M without such goroutines pays one plain load a round (M_NWAIT, in schedule). Rejected: a timer that sets a flag (it
 * would need the event loop, to know when to run the event loop).
 */
import { I } from "../arena/arena.js";
import { load, waitAsync } from "../arena/atomics.js";
import { H_STATE, M_NOTE, M_NWAIT, STATE_RUNNING } from "../arena/layout.js";
import { curm, curp } from "../stack/current.js";
import { MAX_SLEEP_MS, mWoken, pollerDue } from "./m.js";
import { pollDelay } from "./poller.js";

/**
 * Busy, the event loop runs this often: well below sysmon's 10 ms, and 2-10 us once around are less than 1 % of it.
 */
const POLL_MS = 1;
let polled = 0;

/** A goroutine of this M begins, or has ended, to wait for a promise. This M only. */
export function countWait(d: number): void {
  I[curm + M_NWAIT] = I[curm + M_NWAIT]! + d;
}

/** This M, busy, has not looked at its event loop for long. This M only, which has goroutines that wait for promises. */
export function pollDue(): boolean {
  return performance.now() - polled >= POLL_MS;
}

/** Runs the event loop: once around with a P, without one until this M is woken. Returns false when the runtime stops. */
export async function poll(): Promise<boolean> {
  if (curp !== 0) await new Promise((resolve) => setImmediate(resolve));
  else await sleepInLoop(curm + M_NOTE);
  polled = performance.now();
  return load(H_STATE) === STATE_RUNNING;
}

async function sleepInLoop(note: number): Promise<void> {
  // waitAsync alone does not keep the loop alive.
  const alive = setInterval(() => {}, 2 ** 31 - 1);
  try {
    // As sleepIdle does: it may have to wake for a timer.
    for (let v = load(note); (v & 1) === 0 && !pollerDue(); v = load(note))
      await waitAsync(note, v, Math.min(pollDelay(), MAX_SLEEP_MS));
  } finally {
    clearInterval(alive);
  }
  mWoken();
}
