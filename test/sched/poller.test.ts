/**
 * Who waits for the next timer (poller.ts), in all orders in which one thread stops once. What must never be: a timer, an
 * idle P, and nobody who wakes in time.
 */
import { describe, expect, test } from "vitest";
import { F, I } from "../../src/arena/arena.js";
import {
  FLAG_OPEN,
  FLAG_VIRTUAL,
  M_IDLE,
  M_NEXTP,
  M_NOTE,
  S_FAKETIME,
  S_LOCK,
  S_NCPU,
  S_NMSPINNING,
  S_NPIDLE,
  S_POLLER,
  S_POLLUNTIL,
  T_WHEN,
} from "../../src/arena/layout.js";
import { nanotime } from "../../src/sched/clock.js";
import { allm, startm } from "../../src/sched/m.js";
import { schedule } from "../../src/sched/proc.js";
import { addtimer, deltimer, modtimer, registerTimerFunc, timersPending } from "../../src/sched/timers.js";
import { newtimer } from "../../src/time/sleep.js";
import { interleave, sleeps } from "./interleave.js";
import { as, posted, world } from "./world.js";

let fired = 0;
const fire = registerTimerFunc(() => void fired++);
const FAR = 1e7;

function setup(procs: number, flags = FLAG_OPEN): void {
  world(procs, { flags });
  I[S_NCPU] = 0; // a thread that finds nothing parks at once
  fired = 0;
}
function timerIn(ms: number): number {
  const t = newtimer(fire, 0);
  F[(t + T_WHEN) >> 1] = nanotime() + ms;
  addtimer(t);
  return t;
}
const when = (t: number): number => F[(t + T_WHEN) >> 1]!;
const idle = (i: number): boolean => I[allm(i) + M_IDLE] !== 0;
const woken = (i: number): boolean => (I[allm(i) + M_NOTE]! & 1) === 1;
const until = (): number => (I[S_POLLER] === 0 ? Infinity : F[S_POLLUNTIL >> 1]!);
const park = (i: number): void => as(i, () => void schedule());
const parked = (i: number): void => expect(sleeps(() => park(i))).toBe(true);

/** Thread 1 wakes by `time`, or runs already, or has been given a P, with which it will look at all timers. */
function covered(time: number, at: string): void {
  expect(I[S_LOCK], at).toBe(0);
  expect(I[S_NMSPINNING], at).toBeGreaterThanOrEqual(0);
  if (woken(1)) expect(I[allm(1) + M_NEXTP], at).not.toBe(0);
  else if (idle(1)) {
    expect(I[S_POLLER], at).toBe(allm(1));
    expect(until(), at).toBeLessThanOrEqual(time);
  }
}

describe("an earlier timer while the other M parks", () => {
  test.each([
    ["the first of all", () => {}],
    ["earlier than the one that is waited for", () => void timerIn(2 * FAR)],
    ["on the P of the M that parks there are others", () => as(1, () => void timerIn(2 * FAR))],
  ])("%s", (_what, before) => {
    let t = 0;
    const add = (): void => as(0, () => void (t = timerIn(FAR)));
    const start = (): void => {
      setup(2);
      before();
    };
    const check = (_aslept: boolean, at: string): void => covered(when(t), at);
    expect(interleave(start, () => park(1), add, check).orders).toBeGreaterThan(15);
    expect(interleave(start, add, () => parked(1), check).orders).toBeGreaterThan(4);
  });

  test("one is made earlier", () => {
    let t = 0;
    let time = 0;
    const change = (): void => as(0, () => void modtimer(t, (time = nanotime() + FAR), 0));
    const start = (): void => {
      setup(2);
      t = timerIn(3 * FAR);
      timerIn(2 * FAR);
    };
    const check = (_aslept: boolean, at: string): void => covered(time, at);
    expect(interleave(start, () => park(1), change, check).orders).toBeGreaterThan(15);
    expect(interleave(start, change, () => parked(1), check).orders).toBeGreaterThan(4);
  });

  test("a poller that sleeps is not woken for a later one, and its time moves for an earlier one, without a P", () => {
    setup(2);
    timerIn(2 * FAR);
    parked(1);
    const [note, first] = [I[allm(1) + M_NOTE]!, until()];
    timerIn(3 * FAR);
    expect([I[allm(1) + M_NOTE], until()]).toEqual([note, first]);
    const t = timerIn(FAR);
    expect(until()).toBe(when(t));
    // Another epoch, still asleep in the same round: it looks at its time again.
    expect(I[allm(1) + M_NOTE]).toBe(note + 2);
    expect([idle(1), I[S_NPIDLE]]).toEqual([true, 1]);
  });
});

describe("the poller", () => {
  test("takes a P and runs what is due, of any P; then it waits for the next one", () => {
    setup(2);
    timerIn(0.01);
    const next = timerIn(FAR);
    parked(1);
    // Thread 1 found the first one due on its way, or it is due now.
    for (let t0 = nanotime(); fired === 0 && nanotime() - t0 < 5000;) as(1, () => sleeps(() => void schedule()));
    expect(fired).toBe(1);
    covered(when(next), "at the end");
  });

  test("is the last one to be taken for other work; then somebody else is", () => {
    setup(3);
    timerIn(FAR);
    parked(1);
    parked(2);
    const poller = I[S_POLLER]!;
    const other = poller === allm(1) ? 2 : 1;
    as(0, () => startm(0, false));
    expect([woken(other), I[S_POLLER]]).toEqual([true, poller]);
    as(0, () => startm(0, false));
    expect(I[S_POLLER]).toBe(0);
    expect(posted).toEqual([]);
  });

  test("waits for nobody when there is no timer, or only stopped ones are left", () => {
    setup(2);
    parked(1);
    expect(I[S_POLLER]).toBe(0);
    setup(2);
    const t = as(1, () => timerIn(FAR));
    deltimer(t);
    parked(1);
    expect([I[S_POLLER], timersPending()]).toEqual([0, 0]);
  });
});

describe("when all Ms are asleep", () => {
  test("a timer is no deadlock; without one it is", () => {
    setup(2, 0);
    timerIn(FAR);
    parked(1);
    parked(0);
    expect(posted).toEqual([]);
    expect(I[S_POLLER]).not.toBe(0);
    setup(2, 0);
    deltimer(timerIn(FAR));
    parked(1);
    expect(sleeps(() => park(0))).toBe(false); // the runtime stops
    expect(posted.map((m) => m.t)).toEqual(["fatal"]);
  });

  test("virtual time jumps to the first timer, and a thread is woken for it", () => {
    setup(2, FLAG_VIRTUAL);
    timerIn(7);
    as(1, () => void timerIn(5));
    parked(1);
    expect(F[S_FAKETIME >> 1]).toBe(0);
    // Both sleep for a moment, then one is woken and goes on, until no timer is left.
    as(0, () => sleeps(() => void schedule()));
    expect(F[S_FAKETIME >> 1]).toBeGreaterThanOrEqual(5);
    expect(I[S_POLLER]).toBe(0);
  });
});
