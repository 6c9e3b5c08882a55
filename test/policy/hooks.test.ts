/** Each hook of a policy is told what docs/writing-a-policy.md promises, as often as it should be, and obeyed. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Options, type Runtime, start } from "gosched";
import * as policy from "gosched/policy";
import { I } from "gosched/policy";
import { book, ENTRIES, ENTRY, HINTED, type Hook, HOOKS } from "./programs/recorder.js";
import { children, handsOver, hinted, hog, opens, talk } from "./programs/turns.js";

const RECORDER = "./test/policy/programs/recorder.ts";

let rt: Runtime | undefined;
afterEach(() => rt?.close());

/** A fresh runtime under the recording policy, so that its book is empty. */
async function under(knobs: string, options: Options = {}): Promise<Runtime> {
  rt = await start({ procs: 1, policy: RECORDER + (knobs === "" ? "" : `:${knobs}`), arena: 2 ** 26, ...options });
  return rt;
}

interface Entry {
  hook: Hook;
  p: number;
  g: number;
  /** Who runs on that P meanwhile, 0: nobody. */
  current: number;
  what: number;
}

const calls = (hook: Hook): number => I[book.calls + HOOKS.indexOf(hook)]!;
const wrong = (): string[] => HOOKS.filter((_, i) => I[book.wrong + i] !== 0);

function log(): Entry[] {
  const n = I[book.entries]!;
  expect(n).toBeLessThanOrEqual(ENTRIES);
  return Array.from({ length: n }, (_, i) => {
    const [hook, p, g, current, what] = I.slice(book.log + i * ENTRY, book.log + (i + 1) * ENTRY);
    return { hook: HOOKS[hook!]!, p: p!, g: g!, current: current!, what: what! };
  });
}
const of = (list: Entry[], hook: Hook, what?: number): Entry[] =>
  list.filter((e) => e.hook === hook && (what === undefined || e.what === what));

/** The log when all of n goroutines have ended. */
async function whenEnded(n: number): Promise<Entry[]> {
  await vi.waitFor(() => expect(of(log(), "stopping", policy.ENDED)).toHaveLength(n), { timeout: 20_000 });
  return log();
}

describe.each([1, 2])("what the hooks are told, procs %i", (procs) => {
  it("of goroutines that end at once", async () => {
    await (await under("", { procs })).go(children, 20);
    const all = await whenEnded(21);
    expect(wrong()).toEqual([]);
    expect(of(all, "place", policy.SPAWN)).toHaveLength(20);
    expect(new Set(of(all, "place", policy.SPAWN).map(({ g }) => g)).size).toBe(20);
    // The host's one, number 1, makes all others.
    expect(of(all, "place", policy.INJECT)).toMatchObject([{ g: 1, current: 0 }]);
    for (const e of of(all, "place", policy.SPAWN)) expect(e.current).toBe(1);
    accounted(all);
  });

  it("of goroutines that wait, wake others and give way", async () => {
    const [pairs, rounds] = [2, 3];
    await (await under("", { procs })).go(talk, pairs, rounds);
    const all = await whenEnded(pairs + 1);
    expect(wrong()).toEqual([]);
    expect(of(all, "place", policy.SPAWN)).toHaveLength(pairs);
    expect(of(all, "place", policy.YIELD)).toHaveLength(pairs * rounds);
    expect(of(all, "stopping", policy.YIELDED)).toHaveLength(pairs * rounds);
    // Who wakes another one does so by an operation of its own: it runs on the P that is told, and it is not the woken one.
    const woken = of(all, "place", policy.READY);
    expect(woken.length).toBeGreaterThanOrEqual(pairs * rounds);
    for (const e of woken) expect(e.current !== 0 && e.current !== e.g, `woken: ${JSON.stringify(e)}`).toBe(true);
    accounted(all);
  });

  it("of a function whose module comes late", async () => {
    await (await under("", { procs })).go(children, 1);
    const { late } = await import("./programs/late.js");
    expect(await rt!.go(late)).toBe("came late");
    const again = of(log(), "place", policy.AGAIN);
    // A second thread may start when the module is known already.
    if (procs === 1) expect(again).toHaveLength(1);
    expect(wrong()).toEqual([]);
    accounted(log());
  });

  it("of hints", async () => {
    await (await under("", { procs })).go(hinted, HINTED);
    for (let i = 1; i < HINTED; i++) {
      const [priority, weight, deadline] = I.slice(book.hints + 3 * i, book.hints + 3 * i + 3);
      expect({ priority, weight }).toEqual({ priority: i, weight: i % 2 === 1 ? 100 * i : 100 });
      // From the go statement on, so it may be less by the time that has passed.
      if (i % 2 === 0) expect(deadline).toBe(-1);
      else expect(Math.abs(deadline! - 10_000 * i)).toBeLessThan(5000);
    }
  });

  it("of a P's own queue, which another P robs", async () => {
    await under("to=mine,slice=60000", { procs });
    await rt!.go(talk, 2, 3);
    const all = await whenEnded(3);
    expect(wrong()).toEqual([]);
    accounted(all);
    // What pick or steal hands out is what runs there next.
    for (let id = 0; id < procs; id++) {
      const here = all.filter((e) => e.p === id && ["pick", "steal", "running"].includes(e.hook));
      for (const [i, e] of here.entries())
        if (e.hook !== "running" && i + 1 < here.length) expect(here[i + 1]).toMatchObject({ hook: "running", g: e.g });
    }
    expect(of(all, "running").length).toBe(of(all, "pick").length + of(all, "steal").length);
  });
});

/**
 * Each goroutine that has ended: placed once before each turn, unless it got another slice; turns begin and end one after the other;
 * every wait ends by one wake-up.
 */
function accounted(all: Entry[]): void {
  const ended = of(all, "stopping", policy.ENDED).map(({ g }) => g);
  expect(new Set(ended).size).toBe(ended.length);
  expect(ended.length).toBeGreaterThan(0);
  for (const g of ended) {
    const own = all.filter((e) => e.g === g && e.hook !== "pick" && e.hook !== "steal");
    const at = `goroutine ${g}: ${own.map((e) => `${e.hook} ${e.what}`).join(", ")}`;
    const turns = own.filter((e) => e.hook === "running" || e.hook === "stopping").map(({ hook }) => hook);
    expect(turns.length % 2, at).toBe(0);
    expect(
      turns.every((hook, i) => hook === (i % 2 === 0 ? "running" : "stopping")),
      at,
    ).toBe(true);
    expect(own.at(-1), at).toMatchObject({ hook: "stopping", what: policy.ENDED });
    const n = (hook: Hook, ...what: number[]): number =>
      own.filter((e) => e.hook === hook && what.includes(e.what)).length;
    const { SPAWN, READY, YIELD, PREEMPT, INJECT, AGAIN } = policy;
    expect(n("place", SPAWN, INJECT), at).toBe(1);
    expect(n("place", YIELD), at).toBe(n("stopping", policy.YIELDED));
    expect(n("place", READY, AGAIN), at).toBe(n("stopping", policy.PARKED));
    // Who was to inherit a slice that is over is placed again without a turn.
    const moved = own.filter((e, i) => e.hook === "place" && e.what === PREEMPT && own[i - 1]!.hook === "place").length;
    expect(n("place", PREEMPT) - moved, at).toBe(n("stopping", policy.PREEMPTED) - n("tick", 1));
    expect(turns.length / 2, at).toBe(n("place", SPAWN, INJECT, READY, YIELD, PREEMPT, AGAIN) - moved + n("tick", 1));
  }
}

/** Numbers of the children in the order in which they ran; number 1 is who made them. */
const order = (all: Entry[]): number[] => of(all, "running").flatMap(({ g }) => (g === 1 ? [] : [g]));

describe("place and pick are obeyed", () => {
  it.each([
    ["to=next", [6, 2, 3, 4, 5]],
    ["to=local", [2, 3, 4, 5, 6]],
    ["to=global", [2, 3, 4, 5, 6]],
    // The ring before the global queue.
    ["to=turns", [2, 4, 6, 3, 5]],
    ["to=all", [2, 3, 4, 5, 6]],
    ["to=all,lifo=1", [6, 5, 4, 3, 2]],
    ["to=mine", [2, 3, 4, 5, 6]],
  ])("%s", async (knobs, expected) => {
    // Nobody is interrupted because the machine is slow.
    await (await under(knobs, { slice: 10_000 })).go(children, 5);
    expect(order(await whenEnded(6))).toEqual(expected);
    expect(wrong()).toEqual([]);
  });
});

it("pending is obeyed: who would sleep looks again", async () => {
  // pick finds nothing until somebody has asked pending: only because of its answer they run at all.
  await (await under("to=all,late=1")).go(children, 3);
  await whenEnded(4);
  expect(calls("pending")).toBeGreaterThanOrEqual(4);
  expect(wrong()).toEqual([]);
});

/** Far more than a thread takes to start and to be woken. */
const PATIENCE_MS = 20_000;
/** Long enough that a woken thread would have come. */
const VAIN_MS = 300;

describe("steal, victim, wake and amount are obeyed", () => {
  const elsewhere = (all: Entry[]): Entry[] => {
    const home = of(all, "running").find(({ g }) => g === 1)!.p;
    return of(all, "running").filter((e) => e.g !== 1 && e.p !== home);
  };

  it.each(["up", "down", "go"])("another P takes what it finds, rob=%s", async (rob) => {
    await under(`to=mine,slice=60000,rob=${rob}`, { procs: 2 });
    expect(await rt!.go(handsOver, 3, PATIENCE_MS, Infinity)).toBe(3);
    const all = await whenEnded(4);
    expect(elsewhere(all)).toHaveLength(3);
    expect(of(all, "steal").length).toBeGreaterThanOrEqual(1);
    expect(wrong()).toEqual([]);
  });

  it.each(["steal=0", "rob=none"])("nobody takes anything, %s", async (how) => {
    await under(`to=mine,slice=60000,${how}`, { procs: 2 });
    expect(await rt!.go(handsOver, 3, PATIENCE_MS, 16)).toBe(0);
    expect(elsewhere(await whenEnded(4))).toEqual([]);
    expect(calls("victim")).toBeGreaterThan(0);
    expect(calls("steal") > 0).toBe(how === "steal=0");
    expect(wrong()).toEqual([]);
  });

  it("nobody is woken before the policy allows it", async () => {
    await under("to=local,slice=60000,rounds=0,shut=1", { procs: 2 });
    const [before, after] = await rt!.go(opens, 9, VAIN_MS, PATIENCE_MS);
    expect(before).toBe(0);
    expect(after).toBeGreaterThan(0);
    expect(calls("wake")).toBeGreaterThanOrEqual(10);
    expect(wrong()).toEqual([]);
  });

  it.each(["one", "all"])("amount=%s", async (amount) => {
    await under(`to=local,slice=60000,amount=${amount}`, { procs: 2 });
    expect(await rt!.go(handsOver, 12, PATIENCE_MS, Infinity)).toBe(12);
    const asked = of(await whenEnded(13), "amount").map(({ what }) => what);
    expect(asked.length).toBeGreaterThan(0);
    const stolen = rt!.stats().perP.reduce((sum, p) => sum + p.stolen, 0);
    // The owner computes meanwhile, so no theft has to be tried again.
    expect(stolen).toBe(amount === "one" ? asked.length : asked.reduce((a, b) => a + b));
    expect(stolen).toBe(12);
    expect(wrong()).toEqual([]);
  });
});

describe("spin is obeyed", () => {
  it("never: nobody looks who was not woken to", async () => {
    await (await under("rounds=0,shut=1", { procs: 2 })).go(children, 1);
    await vi.waitFor(() => expect(calls("spin")).toBeGreaterThan(0), { timeout: PATIENCE_MS });
    expect(I[book.rounds]).toBe(0);
    expect(calls("victim")).toBe(0);
  });

  it("three rounds, and not one more", async () => {
    await under("rounds=3", { procs: 2 });
    await vi.waitFor(
      async () => {
        await rt!.go(children, 1);
        expect(I[book.rounds]).toBe(3);
      },
      { timeout: PATIENCE_MS },
    );
    expect(calls("victim")).toBeGreaterThanOrEqual(6);
    expect(wrong()).toEqual([]);
  });
});

describe("slice and tick are obeyed", () => {
  it("a long slice: nobody is asked to stop", async () => {
    await under("slice=60000");
    expect(await rt!.go(hog, 1, VAIN_MS)).toBe(0);
    expect(calls("slice")).toBe(calls("running"));
    expect(of(await whenEnded(2), "stopping", policy.PREEMPTED)).toEqual([]);
  });

  it("a short slice: asked again and again, and the other one has its turn", async () => {
    await under("slice=2", { slice: 10_000 });
    expect(await rt!.go(hog, 3, PATIENCE_MS)).toBeGreaterThanOrEqual(3);
    const all = await whenEnded(2);
    expect(of(all, "place", policy.PREEMPT).filter(({ g }) => g === 1)).toHaveLength(calls("tick"));
    expect(of(all, "stopping", policy.ENDED).map(({ g }) => g)).toEqual([2, 1]);
    accounted(all);
    expect(wrong()).toEqual([]);
  });

  it("a short slice and another one each time: the other one waits", async () => {
    await under("slice=2,again=1", { slice: 10_000 });
    expect(await rt!.go(hog, 3, PATIENCE_MS)).toBeGreaterThanOrEqual(3);
    const all = await whenEnded(2);
    // The other one may have been placed once more before its turn: see above.
    expect(of(all, "place", policy.PREEMPT).filter(({ g }) => g === 1)).toEqual([]);
    expect(of(all, "tick").length).toBe(of(all, "stopping", policy.PREEMPTED).length);
    expect(of(all, "stopping", policy.ENDED).map(({ g }) => g)).toEqual([1, 2]);
    accounted(all);
    expect(wrong()).toEqual([]);
  });
});
