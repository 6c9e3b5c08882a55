/** The timer heap and its state machine on one thread: random operations against a list, and all orders with one stop. */
import { describe, expect, test } from "vitest";
import { F, I } from "../../src/arena/arena.js";
import {
  P_DELETEDTIMERS,
  P_MODIFIEDEARLIEST,
  P_NUMTIMERS,
  P_TIMER0WHEN,
  P_TIMERS,
  S_FAKETIME,
  S_LOCK,
  FLAG_OPEN,
  FLAG_VIRTUAL,
  T_NEXTWHEN,
  T_PERIOD,
  T_PP,
  T_STATUS,
  T_WHEN,
} from "../../src/arena/layout.js";
import { lock, unlock } from "../../src/arena/lock.js";
import { allp, pidleput, releasep } from "../../src/sched/p.js";
import { resizeWorld } from "../../src/sched/stw.js";
import { timerAt, verifyTimerHeap } from "../../src/sched/timerheap.js";
import {
  addtimer,
  checkTimers,
  deltimer,
  MAX_WHEN,
  modtimer,
  nobarrierWakeTime,
  registerTimerFunc,
  timersPending,
  timeSleepUntil,
} from "../../src/sched/timers.js";
import {
  timerDeleted,
  timerModifiedEarlier,
  timerModifiedLater,
  timerNoStatus,
  timerRemoved,
  timerWaiting,
} from "../../src/sched/timerstatus.js";
import { newtimer } from "../../src/time/sleep.js";
import { Random } from "../../src/stress/random.js";
import { interleave } from "./interleave.js";
import { as, world } from "./world.js";

let fired: number[] = [];
const fire = registerTimerFunc((_arg, t) => void fired.push(t));

function setup(procs: number): void {
  world(procs, { flags: FLAG_VIRTUAL | FLAG_OPEN });
  fired = [];
}
/** Virtual time: written by nobody else, since no M sleeps here. */
function timeIs(now: number): void {
  F[S_FAKETIME >> 1] = now;
}
function start(when: number, period = 0): number {
  const t = newtimer(fire, 0);
  F[(t + T_WHEN) >> 1] = when;
  F[(t + T_PERIOD) >> 1] = period;
  addtimer(t);
  return t;
}
const state = (t: number): number => I[t + T_STATUS]!;
const heap = (id: number): number[] =>
  Array.from({ length: I[allp(id) + P_NUMTIMERS]! }, (_, i) => timerAt(I[allp(id) + P_TIMERS]!, i));

/** What must hold whenever no operation is under way. */
function invariants(procs: number): void {
  for (let id = 0; id < procs; id++) {
    const p = allp(id);
    const list = heap(id);
    verifyTimerHeap(I[p + P_TIMERS]!, list.length);
    expect(new Set(list).size).toBe(list.length);
    let deleted = 0;
    let earliest = Infinity;
    for (const t of list) {
      expect(I[t + T_PP]).toBe(p);
      expect([timerWaiting, timerDeleted, timerModifiedEarlier, timerModifiedLater]).toContain(state(t));
      if (state(t) === timerDeleted) deleted++;
      if (state(t) === timerModifiedEarlier) {
        earliest = Math.min(earliest, F[(t + T_NEXTWHEN) >> 1]!);
        expect(F[(t + T_NEXTWHEN) >> 1]).toBeLessThan(F[(t + T_WHEN) >> 1]!);
      }
    }
    expect(I[p + P_DELETEDTIMERS]).toBe(deleted);
    expect(F[(p + P_TIMER0WHEN) >> 1]).toBe(list.length === 0 ? Infinity : F[(list[0]! + T_WHEN) >> 1]);
    // May be too early, never too late.
    expect(F[(p + P_MODIFIEDEARLIEST) >> 1]).toBeLessThanOrEqual(earliest);
  }
}

describe("random operations", () => {
  test.each([1, 2, 3, 4, 5, 6])("against a list, seed %i", (seed) => {
    const r = new Random(seed);
    const procs = 1 + (seed % 3);
    setup(procs);
    const all: number[] = [];
    /** When each timer must fire, by a model that a child understands. */
    const due = new Map<number, { when: number; period: number }>();
    let now = 0;
    const pick = (): number => all[r.below(all.length)]!;
    for (let step = 0; step < 3000; step++) {
      const what = r.below(10);
      const when = now + r.below(100);
      const period = r.below(4) === 0 ? 1 + r.below(20) : 0;
      as(r.below(procs), () => {
        if (what < 3 || all.length === 0) {
          const t = start(when, period);
          all.push(t);
          due.set(t, { when, period });
        } else if (what < 5) {
          const t = pick();
          expect(deltimer(t), `seed ${seed}, step ${step}`).toBe(due.delete(t));
        } else if (what < 8) {
          const t = pick();
          expect(modtimer(t, when, period), `seed ${seed}, step ${step}`).toBe(due.has(t));
          due.set(t, { when, period });
        } else {
          now += r.below(30);
          timeIs(now);
          fired = [];
          const expected: number[] = [];
          for (let id = 0; id < procs; id++) checkTimers(allp(id));
          for (const [t, d] of due) {
            if (d.when > now) continue;
            expected.push(t);
            if (d.period === 0) due.delete(t);
            else d.when += d.period * (1 + Math.floor((now - d.when) / d.period));
          }
          expect([...fired].sort(), `seed ${seed}, step ${step}`).toEqual(expected.sort());
        }
      });
      if (step % 50 === 0) invariants(procs);
      expect(timersPending()).toBe(due.size);
      const first = Math.min(Infinity, ...[...due.values()].map((d) => d.when));
      expect(timeSleepUntil()).toBeLessThanOrEqual(first);
    }
    invariants(procs);
    for (const t of all) if (!due.has(t)) expect([timerNoStatus, timerDeleted, timerRemoved]).toContain(state(t));
  });

  test("of one P fire in the order of their times, however they were changed", () => {
    setup(1);
    const r = new Random(7);
    const list = Array.from({ length: 500 }, (_, i) => start(1 + ((i * 7919) % 1000)));
    for (let i = 0; i < 500; i++) {
      const t = list[r.below(list.length)]!;
      if (r.below(4) === 0) deltimer(t);
      else modtimer(t, 1 + r.below(1000), 0);
    }
    const when = new Map(
      list.map((t) => [t, state(t) === timerWaiting ? F[(t + T_WHEN) >> 1]! : F[(t + T_NEXTWHEN) >> 1]!]),
    );
    const alive = list.filter((t) => state(t) !== timerDeleted && state(t) !== timerRemoved);
    timeIs(2000);
    checkTimers(allp(0));
    expect(fired.length).toBe(alive.length);
    expect(fired.map((t) => when.get(t)!)).toEqual(alive.map((t) => when.get(t)!).sort((a, b) => a - b));
    invariants(1);
  });
});

describe("states", () => {
  test("stop, change, fire, each from each", () => {
    setup(1);
    const t = start(10);
    expect([state(t), deltimer(t), state(t), deltimer(t)]).toEqual([timerWaiting, true, timerDeleted, false]);
    expect([modtimer(t, 5, 0), state(t)]).toEqual([false, timerModifiedEarlier]);
    expect([modtimer(t, 20, 0), state(t)]).toEqual([true, timerModifiedLater]);
    timeIs(15);
    expect(checkTimers(allp(0))).toBe(false);
    expect(nobarrierWakeTime(allp(0))).toBe(20);
    timeIs(20);
    expect([checkTimers(allp(0)), fired, state(t)]).toEqual([true, [t], timerNoStatus]);
    expect([deltimer(t), modtimer(t, 30, 0), state(t)]).toEqual([false, false, timerWaiting]);
    deltimer(t);
    // It is the only one, so a quarter of the heap is dead.
    checkTimers(allp(0));
    expect([state(t), I[allp(0) + P_NUMTIMERS]]).toEqual([timerRemoved, 0]);
    expect([modtimer(t, 40, 0), state(t)]).toEqual([false, timerWaiting]);
    invariants(1);
  });

  test("an earlier time is found behind others that are not due", () => {
    setup(1);
    const list = Array.from({ length: 40 }, (_, i) => start(100 + i));
    expect(modtimer(list[39]!, 10, 0)).toBe(true);
    expect(nobarrierWakeTime(allp(0))).toBe(10);
    timeIs(10);
    checkTimers(allp(0));
    expect(fired).toEqual([list[39]]);
    invariants(1);
  });

  test("notes D12: a period leaves out what has passed, and stays in step", () => {
    setup(1);
    const t = start(10, 10);
    timeIs(47);
    checkTimers(allp(0));
    expect([fired.length, F[(t + T_WHEN) >> 1]]).toEqual([1, 50]);
    // Beyond what the clock counts: the time is cut, not infinite.
    modtimer(t, 60, Infinity);
    timeIs(60);
    checkTimers(allp(0));
    expect([fired.length, F[(t + T_WHEN) >> 1]]).toEqual([2, MAX_WHEN]);
  });

  test("stopped timers do not pile up", () => {
    setup(1);
    for (let i = 0; i < 10_000; i++) {
      deltimer(start(1e6 + i));
      checkTimers(allp(0));
    }
    expect(I[allp(0) + P_NUMTIMERS]).toBeLessThan(10);
    invariants(1);
  });
});

describe("between Ps", () => {
  test("a thief runs the timers of another P; what it makes runnable is its own", () => {
    setup(2);
    const a = start(10);
    const b = as(1, () => start(5));
    timeIs(10);
    as(1, () => expect(checkTimers(allp(0))).toBe(true));
    expect(fired).toEqual([a]);
    expect(checkTimers(allp(1))).toBe(true);
    expect(fired).toEqual([a, b]);
    invariants(2);
  });

  test("those of a P that goes move to one that stays", () => {
    setup(4);
    const list = [0, 1, 2, 3].flatMap((id) =>
      as(id, () => Array.from({ length: 30 }, (_, i) => start(100 + 7 * i + id))),
    );
    for (const [i, t] of list.entries()) {
      if (i % 5 === 1) deltimer(t);
      if (i % 5 === 2) modtimer(t, 50 + i, 0);
      if (i % 5 === 3) modtimer(t, 500 + i, 0);
    }
    const pending = timersPending();
    // The others have given up their Ps: the world need not wait for them.
    for (let id = 1; id < 4; id++)
      as(id, () => {
        lock(S_LOCK);
        pidleput(releasep());
        unlock(S_LOCK);
      });
    resizeWorld(1);
    invariants(1);
    expect(timersPending()).toBe(pending);
    expect([1, 2, 3].map((id) => I[allp(id) + P_NUMTIMERS])).toEqual([0, 0, 0]);
    timeIs(1000);
    checkTimers(allp(0));
    expect(fired.length).toBe(pending);
    invariants(1);
  });
});

describe("one thread stops in the midst, another acts", () => {
  /** Two Ps; the timer is on P 0, among others. */
  let t = 0;
  const before = (): void => {
    setup(2);
    for (let i = 0; i < 6; i++) start(50 + i);
    t = start(10);
    timeIs(10);
  };
  const run = (): void => void checkTimers(allp(0));
  const times = (): number => fired.filter((x) => x === t).length;

  test("stop against fire: it says whether it was in time, and is right", () => {
    let stopped = false;
    const stop = (): void => as(1, () => void (stopped = deltimer(t)));
    for (const [a, b] of [
      [run, stop],
      [stop, run],
    ] as const) {
      const r = interleave(before, a, b, (_aslept, at) => {
        expect(times(), at).toBe(stopped ? 0 : 1);
        invariants(2);
      });
      expect(r.orders).toBeGreaterThan(3);
    }
  });

  test("reset against fire: once if it was running, twice if not", () => {
    let pending = false;
    const reset = (): void => as(1, () => void (pending = modtimer(t, 20, 0)));
    for (const [a, b] of [
      [run, reset],
      [reset, run],
    ] as const) {
      const r = interleave(before, a, b, (_aslept, at) => {
        const already = times();
        timeIs(20);
        for (const id of [0, 1]) checkTimers(allp(id));
        expect(times() - already, at).toBe(1);
        expect(already, at).toBe(pending ? 0 : 1);
        invariants(2);
      });
      expect(r.orders).toBeGreaterThan(3);
    }
  });

  test("a time that is made earlier is not overlooked by who is clearing the earliest one", () => {
    const earlier = (): void => as(1, () => void modtimer(t, 5, 0));
    const all = (): void => {
      setup(2);
      for (let i = 0; i < 6; i++) start(50 + i);
      t = start(60);
      const other = start(70);
      modtimer(other, 9, 0);
      timeIs(10);
    };
    for (const [a, b] of [
      [run, earlier],
      [earlier, run],
    ] as const) {
      const r = interleave(all, a, b, (_aslept, at) => {
        expect(timeSleepUntil(), at).toBeLessThanOrEqual(times() === 0 ? 5 : 50);
        checkTimers(allp(0));
        expect(times(), at).toBe(1);
        invariants(2);
      });
      expect(r.orders).toBeGreaterThan(3);
    }
  });

  test("add against a thief at the same heap", () => {
    const add = (): void => void start(3);
    const steal = (): void => as(1, () => void checkTimers(allp(0)));
    for (const [a, b] of [
      [add, steal],
      [steal, add],
    ] as const) {
      const r = interleave(before, a, b, (_aslept, at) => {
        for (const id of [0, 1]) checkTimers(allp(id));
        expect(fired.length, at).toBe(2);
        invariants(2);
      });
      expect(r.orders).toBeGreaterThan(3);
    }
  });
});
