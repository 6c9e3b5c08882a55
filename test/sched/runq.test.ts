/** The ring of a P and its runnext against a model, also where the 32-bit indices wrap. */
import { describe, expect, test } from "vitest";
import { I } from "../../src/arena/arena.js";
import {
  G_SCHEDLINK,
  P_RUNNEXT,
  P_RUNQ,
  P_RUNQHEAD,
  P_RUNQTAIL,
  P_STATUS,
  P_SWITCHES,
  S_RUNQSIZE,
} from "../../src/arena/layout.js";
import { Pidle } from "../../src/sched/status.js";
import { allp } from "../../src/sched/p.js";
import { inheritTime, ringlen, runqempty, runqget, runqput, runqsteal } from "../../src/sched/runq.js";
import { Random } from "../../src/stress/random.js";
import { as, global, ring, runnext, startAt, tokens, world } from "./world.js";
import { hooked } from "./interleave.js";

/** Where the indices begin: 0, before the sign changes, before they wrap to 0, and in between. */
const STARTS = [0, 0x7fffff00, 0x7fffffff, -0x80000000, -200, -256, -1, 12345];

/** How a P's queue should behave, written down without atomics or indices. */
class Model {
  ring: number[] = [];
  next = 0;
  constructor(readonly global: number[]) {}
  put(g: number, next: boolean): void {
    if (next) {
      [this.next, g] = [g, this.next];
      if (g === 0) return;
    }
    if (this.ring.length < 256) this.ring.push(g);
    else this.global.push(...this.ring.splice(0, 128), g);
  }
  get(): { g: number; inherit: boolean } {
    if (this.next !== 0) {
      const g = this.next;
      this.next = 0;
      return { g, inherit: true };
    }
    return { g: this.ring.shift() ?? 0, inherit: false };
  }
  /** What a thief takes: half, rounded up, from the head; the last of it is run at once. */
  stolen(thief: Model): number {
    const n = this.ring.length - (this.ring.length >> 1);
    const taken = this.ring.splice(0, n);
    const g = taken.pop() ?? 0;
    thief.ring.push(...taken);
    return g;
  }
}

describe.each(STARTS)("indices from %d", (start) => {
  test.each([1, 2])("random operations, %d P(s)", (procs) => {
    world(procs);
    for (let id = 0; id < procs; id++) startAt(id, start);
    const r = new Random(start + procs);
    const queue: number[] = [];
    const models = Array.from({ length: procs }, () => new Model(queue));
    const free = tokens(4000);
    let seen = 0;
    for (let step = 0; step < 6000; step++) {
      const id = r.below(procs);
      const m = models[id]!;
      // Phases in which more is put than taken, and the other way round: full and empty rings.
      const put = r.below(10) < ((step >> 10) & 1 ? 2 : 8);
      as(id, () => {
        if (put && free.length > 0) {
          const g = free.pop()!;
          const next = r.below(3) === 0;
          runqput(allp(id), g, next);
          m.put(g, next);
        } else if (procs > 1 && m.ring.length === 0 && r.below(2) === 0) {
          const victim = 1 - id;
          const got = runqsteal(allp(id), allp(victim), false);
          expect(got).toBe(models[victim]!.stolen(m));
          if (got !== 0) free.push(got);
        } else {
          const want = m.get();
          const got = runqget(allp(id));
          expect({ g: got, inherit: got !== 0 && inheritTime }).toEqual(want);
          if (got !== 0) free.push(got);
        }
        expect(runqempty(allp(id))).toBe(m.ring.length === 0 && m.next === 0);
        expect(ringlen(allp(id))).toBe(m.ring.length);
      });
      if (step % 50 === 0) {
        models.forEach((x, i) => expect({ ring: ring(i), next: runnext(i) }).toEqual({ ring: x.ring, next: x.next }));
        expect(global()).toEqual(queue);
      }
      seen = Math.max(seen, m.ring.length);
    }
    if (procs === 1) expect(seen).toBe(256);
    expect(queue.length).toBeGreaterThan(0);
  });

  test("a full ring moves its older half and the new one to the global queue, in order", () => {
    world(1);
    startAt(0, start);
    const g = tokens(257);
    for (const x of g) runqput(allp(0), x, false);
    expect(global()).toEqual([...g.slice(0, 128), g[256]]);
    expect(I[S_RUNQSIZE]).toBe(129);
    expect(I[g[256]! + G_SCHEDLINK]).toBe(0);
    expect(ring(0)).toEqual(g.slice(128, 256));
  });

  test("thieves take half, rounded up, and run the last of it", () => {
    for (let n = 0; n <= 256; n++) {
      world(2);
      startAt(0, start);
      startAt(1, start - 7);
      const g = tokens(n);
      for (const x of g) runqput(allp(0), x, false);
      const half = n - Math.floor(n / 2);
      const got = as(1, () => runqsteal(allp(1), allp(0), true));
      expect(got).toBe(n === 0 ? 0 : g[half - 1]);
      expect(ring(1)).toEqual(g.slice(0, Math.max(0, half - 1)));
      expect(ring(0)).toEqual(g.slice(half));
    }
  });
});

test("258 goroutines made by one: the queues of the catalogue (qa T05)", () => {
  world(1);
  const g = [0, ...tokens(258)];
  for (let i = 1; i <= 258; i++) {
    if (i === 258) {
      expect(runnext(0)).toBe(g[257]);
      expect(ring(0)).toEqual(g.slice(1, 257));
      expect(global()).toEqual([]);
    }
    runqput(allp(0), g[i]!, true);
  }
  expect(runnext(0)).toBe(g[258]);
  expect(ring(0)).toEqual(g.slice(129, 257));
  expect(global()).toEqual([...g.slice(1, 129), g[257]]);
});

describe("runnext", () => {
  test("is taken first, and inherits the slice; the ring does not", () => {
    world(1);
    const [a, b, c] = tokens(3) as [number, number, number];
    runqput(allp(0), a, false);
    runqput(allp(0), b, true);
    runqput(allp(0), c, true);
    expect([runqget(allp(0)), inheritTime]).toEqual([c, true]);
    expect([runqget(allp(0)), inheritTime]).toEqual([a, false]);
    expect([runqget(allp(0)), inheritTime]).toEqual([b, false]);
    expect([runqget(allp(0)), inheritTime]).toEqual([0, false]);
  });

  test("is stolen only in the last round, and only from a P that does not come to it", () => {
    world(2);
    const [a] = tokens(1) as [number];
    const [owner, thief] = [allp(0), allp(1)];
    const steal = (last: boolean): number => as(1, () => runqsteal(thief, owner, last));
    runqput(owner, a, true);
    expect(steal(false)).toBe(0);
    // The owner goes on to another goroutine while the thief looks.
    let looks = 0;
    const moving = hooked(
      (op, word) => {
        if (op === "load" && word === owner + P_RUNNEXT && ++looks === 20)
          I[owner + P_SWITCHES] = I[owner + P_SWITCHES]! + 1;
      },
      () => steal(true),
    );
    expect(moving).toBe(0);
    expect(runnext(0)).toBe(a);
    // The owner computes.
    expect(steal(true)).toBe(a);
    expect(runnext(0)).toBe(0);
    // Nobody holds the P: nothing to wait for.
    runqput(owner, a, true);
    I[owner + P_STATUS] = Pidle;
    let atomics = 0;
    expect(
      hooked(
        () => atomics++,
        () => steal(true),
      ),
    ).toBe(a);
    expect(atomics).toBeLessThan(20);
  });

  test("is left alone while the ring has something", () => {
    world(2);
    const [a, b] = tokens(2) as [number, number];
    runqput(allp(0), a, false);
    runqput(allp(0), b, true);
    expect(as(1, () => runqsteal(allp(1), allp(0), true))).toBe(a);
    expect(runnext(0)).toBe(b);
  });
});

test("a head and a tail that were read at different times are not believed", () => {
  world(2);
  const g = tokens(300);
  const p = allp(0);
  for (const x of g.slice(0, 200)) runqput(p, x, false);
  // Between the two reads the owner takes 150 and puts as many: the difference is 350 at first.
  let done = false;
  const got = hooked(
    (op, word) => {
      if (done || op !== "load" || word !== p + P_RUNQTAIL) return;
      done = true;
      as(0, () => {
        for (let i = 0; i < 150; i++) {
          runqget(p);
          runqput(p, g[200 + (i % 100)]!, false);
        }
      });
    },
    () => as(1, () => runqsteal(allp(1), p, false)),
  );
  expect(done).toBe(true);
  expect(I[p + P_RUNQHEAD]).toBe(250);
  expect(ring(1).length).toBe(99);
  expect(got).toBe(I[allp(1) + P_RUNQ + 99]);
  expect([...ring(1), got, ...ring(0)]).toEqual([
    ...g.slice(150, 200),
    ...Array.from({ length: 150 }, (_, i) => g[200 + (i % 100)]),
  ]);
});
