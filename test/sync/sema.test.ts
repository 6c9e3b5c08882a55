/** The semaphore in all orders in which one thread stops once. What must never be: a waiter asleep, and the word above 0. */
import { expect, test } from "vitest";
import { I } from "../../src/arena/arena.js";
import { SR_LOCK, SR_NWAIT, SR_TREAP } from "../../src/arena/layout.js";
import { cansemacquire, finAcquire, semacquire, semaroot, semrelease } from "../../src/sync/sema.js";
import { SUSPEND } from "../../src/stack/current.js";
import { interleave } from "../sched/interleave.js";
import { as } from "../sched/world.js";
import { empty, play, settle, spawn, type Step, words } from "./script.js";

let sema = 0;
let got: string[] = [];

function setup(): void {
  empty(2);
  sema = words(2);
  got = [];
}
const acquire: Step = (g) => (semacquire(g, sema, finAcquire) ? undefined : SUSPEND);
const acquireLifo: Step = (g) => (semacquire(g, sema, finAcquire, true) ? undefined : SUSPEND);
const log =
  (what: string): Step =>
  () =>
    void got.push(what);

/** Nobody waits, nothing is left over. */
function quiet(value: number): void {
  const root = semaroot(sema);
  expect([I[sema], I[root + SR_NWAIT], I[root + SR_TREAP], I[root + SR_LOCK]]).toEqual([value, 0, 0, 0]);
}

test("acquire against release: no wake-up is lost", () => {
  const begin = (): void => {
    setup();
    spawn(0, acquire, log("acquired"));
  };
  const release = (): void => as(1, () => semrelease(sema));
  const check = (): void => {
    for (const m of [1, 0]) settle(m);
    expect(got).toEqual(["acquired"]);
    quiet(0);
  };
  expect(interleave(begin, () => play(0), release, check).orders).toBeGreaterThan(10);
  expect(interleave(begin, release, () => settle(0), check).orders).toBeGreaterThan(1);
});

test.each([false, true])("a waiter, a release and someone who takes it meanwhile; handoff: %s", (handoff) => {
  let barged = false;
  const begin = (): void => {
    setup();
    spawn(0, acquire, log("waiter"));
    settle(0);
    expect(got).toEqual([]);
  };
  const release = (): void => as(1, () => semrelease(sema, handoff));
  const barge = (): void => as(0, () => void (barged = cansemacquire(sema)));
  const seen = new Set<string>();
  const check = (): void => {
    for (const m of [1, 0]) settle(m);
    // One of them has it, never both, never none.
    expect(got).toEqual(barged ? [] : ["waiter"]);
    seen.add(barged ? "barger" : "waiter");
    if (barged) as(0, () => semrelease(sema));
    for (const m of [0, 1]) settle(m);
    expect(got).toEqual(["waiter"]);
    quiet(0);
  };
  interleave(begin, release, barge, check);
  expect([...seen].sort()).toEqual(["barger", "waiter"]);
  // After the release is over, the waiter still has to run: only a handed-over one cannot be overtaken.
  begin();
  release();
  barge();
  expect(barged).toBe(!handoff);
});

test("a waiter that finds nothing when it runs waits again, at the place it asked for", () => {
  for (const lifo of [false, true]) {
    setup();
    spawn(0, lifo ? acquireLifo : acquire, log("first"));
    settle(0);
    spawn(0, acquire, log("second"));
    settle(0);
    semrelease(sema);
    expect(cansemacquire(sema)).toBe(true); // before the first one runs
    settle(0);
    expect(got).toEqual([]);
    semrelease(sema);
    settle(0);
    expect(got).toEqual([lifo ? "first" : "second"]);
    semrelease(sema);
    settle(0);
    expect(got.length).toBe(2);
    quiet(0);
  }
});

test("first in, first out; those that ask for it in front; semaphores of one root do not mix", () => {
  setup();
  const other = sema + 2 * 251 * 8;
  expect(semaroot(other)).toBe(semaroot(sema));
  I[other] = 0;
  for (const name of ["a", "b", "c"]) spawn(0, acquire, log(name));
  spawn(0, (g) => (semacquire(g, other, finAcquire) ? undefined : SUSPEND), log("other"));
  settle(0);
  spawn(0, acquireLifo, log("front"));
  settle(0);
  for (let i = 0; i < 2; i++) {
    semrelease(sema);
    settle(0);
  }
  semrelease(other);
  settle(0);
  for (let i = 0; i < 2; i++) {
    semrelease(sema);
    settle(0);
  }
  expect(got).toEqual(["front", "a", "other", "b", "c"]);
  quiet(0);
});

test("what is released while nobody waits is there for later", () => {
  setup();
  for (let i = 0; i < 3; i++) semrelease(sema);
  spawn(0, acquire, acquire, log("two"), acquire, acquire, log("four"));
  settle(0);
  expect(got).toEqual(["two"]);
  semrelease(sema);
  settle(0);
  expect(got).toEqual(["two", "four"]);
  quiet(0);
});
