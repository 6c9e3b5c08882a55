/**
 * The lock of Mutex: its two modes step by step, and lock against unlock in all orders in which one thread stops once. What must
 * never be: two owners, or a lock that is free while someone who waits for it sleeps.
 */
import { afterEach, expect, test, vi } from "vitest";
import { I } from "../../src/arena/arena.js";
import { MU_SEMA, MU_STATE, S_NCPU, SR_NWAIT } from "../../src/arena/layout.js";
import { SUSPEND } from "../../src/stack/current.js";
import { finLock, mutexlock, mutextrylock, mutexunlock } from "../../src/sync/lock.js";
import { semaroot } from "../../src/sync/sema.js";
import { mutexLocked, mutexStarving, mutexWaiter, mutexWoken } from "../../src/sync/words.js";
import { interleave } from "../sched/interleave.js";
import { as } from "../sched/world.js";
import { empty, play, settle, spawn, type Step, words } from "./script.js";

let mu = 0;
let owners: string[] = [];

function setup(): void {
  empty(2);
  mu = words(2);
  owners = [];
}
const lock: Step = (g) => (mutexlock(g, mu, finLock) ? undefined : SUSPEND);
const own =
  (name: string): Step =>
  () =>
    void owners.push(name);
/** A goroutine that locks and keeps the lock. */
const locker = (m: number, name: string): number => spawn(m, lock, own(name));
const state = (): number => I[mu + MU_STATE]!;
const waiters = (n: number): number => n * mutexWaiter;

afterEach(() => void vi.restoreAllMocks());
/** Stops the clock of this thread; the result lets milliseconds pass. */
function clock(): (ms: number) => void {
  let now = performance.now();
  vi.spyOn(performance, "now").mockImplementation(() => now);
  return (ms) => void (now += ms);
}

test("normal mode: who runs already is faster than who is woken, which waits again in front", () => {
  setup();
  const pass = clock();
  expect(mutextrylock(mu)).toBe(true);
  locker(0, "a");
  locker(0, "b");
  settle(0);
  expect(state()).toBe(mutexLocked | waiters(2));
  mutexunlock(mu);
  expect(state()).toBe(mutexWoken | waiters(1));
  // Before a runs; and while it is awake nobody else is woken.
  expect(mutextrylock(mu)).toBe(true);
  mutexunlock(mu);
  expect(state()).toBe(mutexWoken | waiters(1));
  expect(mutextrylock(mu)).toBe(true);
  pass(1); // not more than 1 ms
  settle(0);
  expect(owners).toEqual([]);
  expect(state()).toBe(mutexLocked | waiters(2));
  mutexunlock(mu);
  settle(0);
  expect(owners).toEqual(["a"]);
  expect(state()).toBe(mutexLocked | waiters(1));
});

test("to starvation mode and back: after more than 1 ms the lock is handed over, until a waiter is the last one", () => {
  setup();
  const pass = clock();
  mutextrylock(mu);
  for (const name of ["a", "b", "c"]) locker(0, name);
  settle(0);
  mutexunlock(mu);
  expect(mutextrylock(mu)).toBe(true);
  pass(1.001);
  settle(0);
  expect(state()).toBe(mutexLocked | mutexStarving | waiters(3));
  mutexunlock(mu);
  // Nobody holds it, and nobody can take it: it belongs to a.
  expect(state()).toBe(mutexStarving | waiters(3));
  expect(mutextrylock(mu)).toBe(false);
  settle(0);
  expect(owners).toEqual(["a"]);
  expect(state()).toBe(mutexLocked | mutexStarving | waiters(2));
  // Who comes now queues behind the others, whoever runs.
  locker(0, "late");
  settle(0);
  expect(state()).toBe(mutexLocked | mutexStarving | waiters(3));
  for (const left of [2, 1]) {
    mutexunlock(mu);
    settle(0);
    expect(state()).toBe(mutexLocked | mutexStarving | waiters(left));
  }
  expect(owners).toEqual(["a", "b", "c"]);
  mutexunlock(mu);
  settle(0);
  expect(owners).toEqual(["a", "b", "c", "late"]);
  expect(state()).toBe(mutexLocked);
  mutexunlock(mu);
  expect(state()).toBe(0);
});

test("back to normal mode: a waiter that did not wait long ends starvation mode, though others wait", () => {
  setup();
  const pass = clock();
  mutextrylock(mu);
  locker(0, "a");
  settle(0);
  mutexunlock(mu);
  mutextrylock(mu);
  pass(2);
  settle(0);
  locker(0, "b");
  locker(0, "c");
  settle(0);
  mutexunlock(mu);
  settle(0);
  expect(state()).toBe(mutexLocked | mutexStarving | waiters(2));
  pass(0.5);
  mutexunlock(mu);
  settle(0);
  expect(owners).toEqual(["a", "b"]);
  expect(state()).toBe(mutexLocked | waiters(1));
});

test("unlocking what is not locked is fatal in each mode, and with waiters on their way", () => {
  setup();
  expect(() => mutexunlock(mu)).toThrow("sync: unlock of unlocked mutex");
  setup();
  mutextrylock(mu);
  locker(0, "a");
  settle(0);
  mutexunlock(mu);
  expect(() => mutexunlock(mu)).toThrow("sync: unlock of unlocked mutex");
});

/** The same on a machine with cores to spare, for as long as it looks: the scheduler would look around for long too. */
const lockSpinning: Step = (g) => {
  I[S_NCPU] = 4;
  const r = lock(g);
  I[S_NCPU] = 0;
  return r;
};

test.each(["at once", "after spinning"])("lock against unlock, waiting %s: the lock is owned, once", (how) => {
  const begin = (): void => {
    setup();
    clock(); // it stands still: normal mode throughout
    as(1, () => mutextrylock(mu));
    if (how === "after spinning") {
      // Someone else waits: then the spinner flags that it is awake.
      locker(0, "first");
      settle(0);
      mutexunlock(mu);
      mutextrylock(mu);
      settle(0);
      spawn(0, lockSpinning, own("a"));
    } else locker(0, "a");
  };
  const unlock = (): void => as(1, () => mutexunlock(mu));
  const check = (): void => {
    for (const m of [1, 0]) settle(m);
    expect(owners.length).toBe(1);
    if (how === "after spinning") {
      expect(state()).toBe(mutexLocked | waiters(1));
      as(0, () => mutexunlock(mu));
      for (const m of [0, 1]) settle(m);
      expect([...owners].sort()).toEqual(["a", "first"]);
    }
    expect(state()).toBe(mutexLocked);
    expect([I[mu + MU_SEMA], I[semaroot(mu + MU_SEMA) + SR_NWAIT]]).toEqual([0, 0]);
  };
  expect(interleave(begin, () => play(0), unlock, check).orders).toBeGreaterThan(how === "at once" ? 10 : 4 * 30);
  interleave(begin, unlock, () => settle(0), check);
});

test.each([false, true])(
  "unlock against someone who takes the lock meanwhile and gives it back; starving: %s",
  (starving) => {
    let barged = false;
    const begin = (): void => {
      setup();
      const pass = clock();
      as(1, () => mutextrylock(mu));
      locker(0, "a");
      locker(0, "b");
      settle(0);
      if (!starving) return;
      as(1, () => {
        mutexunlock(mu);
        mutextrylock(mu);
      });
      pass(2);
      for (const m of [1, 0]) settle(m);
      expect(state()).toBe(mutexLocked | mutexStarving | waiters(2));
    };
    const unlock = (): void => as(1, () => mutexunlock(mu));
    const barge = (): void =>
      as(0, () => {
        barged = mutextrylock(mu);
        if (barged) mutexunlock(mu);
      });
    const seen = new Set<boolean>();
    interleave(begin, unlock, barge, (_, at) => {
      for (const m of [1, 0, 1]) settle(m);
      // One of the two has it, and keeps it; the other one waits.
      expect(owners).toEqual(["a"]);
      expect(state() & ~mutexStarving).toBe(mutexLocked | waiters(1));
      if (at !== "the end") seen.add(barged);
      as(0, () => mutexunlock(mu));
      for (const m of [0, 1]) settle(m);
      expect(owners).toEqual(["a", "b"]);
      expect(state()).toBe(mutexLocked);
    });
    // In starvation mode nobody can come between.
    expect([...seen].sort()).toEqual(starving ? [false] : [false, true]);
  },
);
