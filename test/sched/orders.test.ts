/**
 * The lock-free steps in all orders in which one thread stops once and another does all its work meanwhile
 * (interleave.ts): every goroutine is taken exactly once.
 */
import { describe, expect, test } from "vitest";
import { I } from "../../src/arena/arena.js";
import { M_PINQ } from "../../src/arena/layout.js";
import { takeBound } from "../../src/sched/bound.js";
import { globrunqget, globrunqput, injectg } from "../../src/sched/globrunq.js";
import { allm } from "../../src/sched/m.js";
import { allp } from "../../src/sched/p.js";
import { runqget, runqput, runqsteal } from "../../src/sched/runq.js";
import { interleave } from "./interleave.js";
import { as, become, global, ring, runnext, startAt, token, tokens, world } from "./world.js";

let all: number[] = [];
let taken: number[] = [];

/** Two Ps (three with `ps`), n goroutines in the ring of P0, from an index that wraps. */
function fill(n: number, next: boolean, ps = 2): void {
  world(ps);
  for (let id = 0; id < ps; id++) startAt(id, -3 - id);
  all = tokens(n);
  taken = [];
  for (const g of all) runqput(allp(0), g, false);
  if (next) {
    const g = token();
    all.push(g);
    runqput(allp(0), g, true);
  }
}

function take(g: number): void {
  if (g !== 0) taken.push(g);
}
const get = (id: number) => (): void => as(id, () => take(runqget(allp(id))));
const put = (next: boolean) => (): void =>
  as(0, () => {
    const g = token();
    all.push(g);
    runqput(allp(0), g, next);
  });
const steal =
  (thief: number, last = true) =>
  (): void =>
    as(thief, () => take(runqsteal(allp(thief), allp(0), last)));

/** Each goroutine is in exactly one place: taken, or in one queue. */
function once(): void {
  const there = [...taken, ...global()];
  for (let id = 0; id < 3; id++) {
    there.push(...ring(id));
    if (runnext(id) !== 0) there.push(runnext(id));
  }
  const sorted = (list: number[]): number[] => [...list].sort((a, b) => a - b);
  expect(sorted(there)).toEqual(sorted(all));
}

const sizes = [0, 1, 2, 3, 127, 128, 254, 255, 256];
describe.each([false, true])("with a runnext: %s", (next) => {
  test.each(sizes)("a ring of %d: owner and thief", (n) => {
    const setup = (): void => fill(n, next);
    for (const owner of [get(0), put(false), put(true)]) {
      expect(interleave(setup, owner, steal(1), once).orders).toBeGreaterThan(1);
      expect(interleave(setup, steal(1), owner, once).orders).toBeGreaterThan(1);
    }
  });

  test.each(sizes)("a ring of %d: two thieves", (n) => {
    const setup = (): void => fill(n, next, 3);
    expect(interleave(setup, steal(1), steal(2), once).orders).toBeGreaterThan(2);
  });

  test.each([1, 2, 200, 256])("a ring of %d goes round while a thief copies from it", (n) => {
    const setup = (): void => fill(n, next);
    const round = (): void => {
      for (let i = 0; i < 300; i++) {
        get(0)();
        put(i % 5 === 0)();
      }
    };
    interleave(setup, steal(1), round, once);
    const drain = (): void => {
      for (let i = 0; i < 600; i++) get(0)();
    };
    interleave(setup, steal(1), drain, once);
  });
});

test("the last one: the owner and a thief want the same goroutine", () => {
  const outcomes = new Set<string>();
  const setup = (): void => fill(1, false);
  const check = (): void => {
    once();
    expect(taken.length).toBe(1);
    outcomes.add(ring(0).length === 0 ? "gone" : "there");
  };
  interleave(setup, get(0), steal(1), check);
  interleave(setup, steal(1), get(0), check);
  expect([...outcomes]).toEqual(["gone"]);
});

test("an overflow while a thief takes from the ring", () => {
  let orders = 0;
  for (const [a, b] of [
    [put(false), steal(1)],
    [steal(1), put(false)],
  ] as const)
    orders += interleave(() => fill(256, false), a, b, once).orders;
  expect(orders).toBeGreaterThan(8);
});

describe("the inject stack", () => {
  const inject = (who: number, n: number) => (): void => {
    const before = all.length;
    for (let i = 0; i < n; i++) all.push(token());
    const mine = all.slice(before);
    become(-1);
    for (const g of mine) injectg(g);
    become(who);
  };
  const drain = (id: number) => (): void => as(id, () => take(globrunqget(allp(id), 0)));

  test("pushes and drains meet at every point", () => {
    const setup = (): void => {
      fill(0, false, 3);
      inject(0, 3)();
    };
    for (const [a, b] of [
      [inject(0, 2), inject(0, 2)],
      [inject(0, 2), drain(1)],
      [drain(1), inject(0, 2)],
      [drain(1), drain(2)],
    ] as const) {
      const r = interleave(setup, a, b, () => {
        // What was injected is found, each once, by who looks next.
        for (let i = 0; i < 20; i++) {
          drain(0)();
          get(0)();
        }
        once();
        expect(taken.length + ring(1).length + ring(2).length).toBe(all.length);
      });
      expect(r.orders).toBeGreaterThan(1);
    }
  });

  test("keeps the order of injection, behind what is in the queue", () => {
    fill(0, false, 1);
    const first = token();
    globrunqput(first);
    inject(0, 5)();
    const order = [globrunqget(allp(0), 0)];
    for (let g = runqget(allp(0)); g !== 0; g = runqget(allp(0))) order.push(g);
    expect(order).toEqual([first, ...all]);
  });
});

test("a thread's inbox gives what came first first, and loses nothing", () => {
  world(2);
  const g = tokens(4);
  const push = (x: number): void => {
    let h;
    do {
      h = Atomics.load(I, allm(0) + M_PINQ);
      I[x + 4] = h;
    } while (Atomics.compareExchange(I, allm(0) + M_PINQ, h, x) !== h);
  };
  g.forEach(push);
  const got: number[] = [];
  for (let x = takeBound(); x !== 0; x = I[x + 4]!) got.push(x);
  expect(got).toEqual(g);
  expect(takeBound()).toBe(0);
});
