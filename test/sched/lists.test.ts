/** States, sudogs, dead goroutines, ids, shares, victims' order: the small rules of the scheduler. */
import { describe, expect, test } from "vitest";
import { F, I } from "../../src/arena/arena.js";
import {
  G_GOID,
  G_STATUS,
  KIND_SUDOG,
  P_GFREE,
  P_NGFREE,
  P_NSUDOG,
  P_STATUS,
  S_GFREE,
  S_NG,
  S_NGFREE,
  S_SUDOGCACHE,
  SG_NEXT,
} from "../../src/arena/layout.js";
import { forEachObject } from "../../src/arena/malloc.js";
import { numGoroutine } from "../../src/sched/count.js";
import { gfget, gfput, newgoid, spill } from "../../src/sched/g.js";
import { globrunqget, globrunqput, globrunqshare } from "../../src/sched/globrunq.js";
import { casgstatus, caspstatus, gstatusNames } from "../../src/sched/gstatus.js";
import { allp, fastrand } from "../../src/sched/p.js";
import { runqget } from "../../src/sched/runq.js";
import { Gdead, Pidle, Prunning } from "../../src/sched/status.js";
import * as stealOrder from "../../src/sched/stealorder.js";
import { acquireSudog, dequeue, enqueue, releaseSudog, sudogpurge } from "../../src/sched/sudog.js";
import { FatalError } from "../../src/stack/fatal.js";
import { Random } from "../../src/stress/random.js";
import { interleave } from "./interleave.js";
import { as, global, ring, token, tokens, world } from "./world.js";

test("a goroutine changes its state only from the one that is expected", () => {
  world(1);
  const g = gfget(allp(0));
  newgoid(allp(0), g);
  const states = Object.keys(gstatusNames).map(Number);
  expect(states.length).toBe(8);
  for (const now of states)
    for (const old of states)
      for (const v of states) {
        I[g + G_STATUS] = now;
        if (now === old) {
          casgstatus(g, old, v);
          expect(I[g + G_STATUS]).toBe(v);
          continue;
        }
        let error: unknown;
        try {
          casgstatus(g, old, v);
        } catch (e) {
          error = e;
        }
        expect(I[g + G_STATUS]).toBe(now);
        if (!(error instanceof FatalError)) throw new Error(`${now} -> ${v} as ${old}: ${String(error)}`);
        expect(error.message).toBe("bad g status");
        const [is, want, to] = [now, old, v].map((s) => gstatusNames[s]);
        expect(error.before).toBe(`runtime: casgstatus: goroutine 1 is ${is}, not ${want}, on its way to ${to}`);
      }
  expect(() => caspstatus(allp(0), Pidle, Prunning)).toThrow("bad p status");
  caspstatus(allp(0), Prunning, Pidle);
  expect(I[allp(0) + P_STATUS]).toBe(Pidle);
});

describe("sudogs", () => {
  const count = (): number => {
    let n = 0;
    forEachObject(KIND_SUDOG, () => n++);
    return n;
  };

  test("a wait list is first in, first out", () => {
    world(1);
    const q = token();
    I[q] = 0;
    I[q + 1] = 0;
    const model: number[] = [];
    const r = new Random(8);
    for (let step = 0; step < 3000; step++)
      if (r.below(100) < ((step >> 8) & 1 ? 40 : 60)) {
        const s = acquireSudog();
        model.push(s);
        enqueue(q, s);
      } else {
        const s = dequeue(q);
        expect(s).toBe(model.shift() ?? 0);
        if (s !== 0) releaseSudog(s);
        expect(I[q] === 0).toBe(model.length === 0);
        expect(I[q + 1]).toBe(model.at(-1) ?? 0);
      }
    expect(count()).toBeLessThan(400);
  });

  test("a P keeps 128, gives half to the others, and takes 64 from them before it allocates", () => {
    world(2);
    const nsudog = (id: number): number => I[allp(id) + P_NSUDOG]!;
    const shared = (): number => {
      let n = 0;
      for (let s = I[S_SUDOGCACHE]!; s !== 0; s = I[s + SG_NEXT]!) n++;
      return n;
    };
    const all = Array.from({ length: 129 }, acquireSudog);
    expect(new Set(all).size).toBe(129);
    for (const s of all.slice(0, 128)) releaseSudog(s);
    expect([nsudog(0), shared()]).toEqual([128, 0]);
    releaseSudog(all[128]!);
    expect([nsudog(0), shared()]).toEqual([64, 65]);
    const before = count();
    as(1, () => {
      const mine = Array.from({ length: 65 }, acquireSudog);
      expect(new Set(mine).size).toBe(65);
      expect([nsudog(1), shared()]).toEqual([0, 0]);
      expect(count()).toBe(before);
      acquireSudog();
      expect(count()).toBeGreaterThanOrEqual(before);
    });
    sudogpurge(allp(0));
    expect([nsudog(0), shared()]).toEqual([0, 64]);
  });
});

describe("dead goroutines", () => {
  test("are kept by the P up to 64; then half is for all, and an empty P takes 32 of those", () => {
    world(2);
    const free = (id: number): number => I[allp(id) + P_NGFREE]!;
    const all = Array.from({ length: 100 }, () => gfget(allp(0)));
    expect(new Set(all).size).toBe(100);
    for (const g of all) expect(I[g + G_STATUS]).toBe(Gdead);
    expect(I[S_NG]).toBe(100);
    expect(numGoroutine()).toBe(100);
    for (const g of all.slice(0, 63)) gfput(allp(0), g);
    expect([free(0), I[S_NGFREE]]).toEqual([63, 0]);
    gfput(allp(0), all[63]!);
    expect([free(0), I[S_NGFREE]]).toEqual([32, 32]);
    expect(numGoroutine()).toBe(36);
    const got = as(1, () => gfget(allp(1)));
    expect(all).toContain(got);
    expect([free(1), I[S_NGFREE]]).toEqual([31, 0]);
    expect(I[S_NG]).toBe(100);
    spill(allp(1), 0);
    expect([free(1), I[allp(1) + P_GFREE], I[S_NGFREE]]).toEqual([0, 0, 31]);
    expect(numGoroutine()).toBe(37);
  });

  test("two Ps that refill at the same time share them", () => {
    const got: number[][] = [[], []];
    const take = (id: number) => (): void =>
      as(id, () => {
        got[id]!.push(gfget(allp(id)));
      });
    interleave(
      () => {
        world(2);
        got[0] = [];
        got[1] = [];
        const all = Array.from({ length: 64 }, () => gfget(allp(0)));
        for (const g of all) gfput(allp(0), g);
        spill(allp(0), 0);
      },
      take(0),
      take(1),
      () => {
        const a = got[0]![0];
        expect(a).not.toBe(got[1]![0]);
        const left = [I[S_NGFREE]!, I[allp(0) + P_NGFREE]!, I[allp(1) + P_NGFREE]!];
        expect(left.reduce((x, y) => x + y)).toBe(I[S_NG]! - 2);
        expect(I[S_GFREE] === 0).toBe(left[0] === 0);
      },
    );
  });

  test("ids come in batches of 16: unique over all Ps, the first is 1", () => {
    world(4);
    const seen: number[] = [];
    const next = (id: number): number =>
      as(id, () => {
        const g = gfget(allp(id));
        newgoid(allp(id), g);
        return F[(g + G_GOID) >> 1]!;
      });
    expect(next(0)).toBe(1);
    expect(next(1)).toBe(17);
    expect(next(0)).toBe(2);
    seen.push(1, 17, 2);
    const r = new Random(3);
    for (let i = 0; i < 500; i++) seen.push(next(r.below(4)));
    expect(new Set(seen).size).toBe(503);
    expect(Math.max(...seen)).toBeLessThanOrEqual(503 + 3 * 16);
    interleave(
      () => {
        world(2);
        seen.length = 0;
      },
      () => seen.push(next(0)),
      () => seen.push(next(1)),
      () => expect(new Set(seen).size).toBe(2),
    );
  });
});

describe("the global queue", () => {
  test.each([
    [129, 1, 0, 128],
    [127, 1, 0, 127],
    [8, 4, 0, 3],
    [1000, 4, 0, 128],
    [0, 4, 0, 0],
    [1, 8, 0, 1],
    [7, 8, 0, 1],
    [8, 8, 0, 2],
    [500, 4, 1, 1],
    [500, 4, 10, 10],
    [3, 2, 10, 2],
  ])("%d in it, GOMAXPROCS %d, at most %d: a share of %d", (size, procs, max, share) => {
    expect(globrunqshare(size, procs, max)).toBe(share);
    world(procs);
    const g = tokens(size);
    for (const x of g) globrunqput(x);
    expect(globrunqget(allp(0), max)).toBe(g[0] ?? 0);
    expect(ring(0)).toEqual(g.slice(1, share));
    expect(global()).toEqual(g.slice(share));
    for (const x of g.slice(1, share)) expect(runqget(allp(0))).toBe(x);
  });
});

describe("the order of victims", () => {
  test("every order meets each P once, for all counts up to 64", () => {
    for (let n = 1; n <= 64; n++) {
      const coprimes = stealOrder.coprimesOf(n);
      for (let c = 0; c < coprimes.length; c++)
        for (let first = 0; first < n; first++) {
          let seen = 0n;
          let steps = 0;
          for (stealOrder.start(n, first + n * c); stealOrder.more(); stealOrder.next()) {
            seen |= 1n << BigInt(stealOrder.pos);
            steps++;
          }
          if (steps !== n || seen !== (1n << BigInt(n)) - 1n) throw new Error(`${n} Ps, order ${c} from ${first}`);
        }
    }
  });

  test("the catalogue's example: 4 Ps, step 3, from 0 (qa T07)", () => {
    expect(stealOrder.coprimesOf(4)).toEqual([1, 3]);
    const order: number[] = [];
    for (stealOrder.start(4, 4); stealOrder.more(); stealOrder.next()) order.push(stealOrder.pos);
    expect(order).toEqual([0, 3, 2, 1]);
  });

  test("a P's random numbers are its own, and never stuck", () => {
    world(3);
    const draws = [0, 1, 2].map((id) => Array.from({ length: 1000 }, () => fastrand(allp(id))));
    for (const d of draws) expect(new Set(d).size).toBe(1000);
    expect(draws[0]).not.toEqual(draws[1]);
    expect(draws.flat().every((x) => x >= 0 && x < 2 ** 32 && Number.isInteger(x))).toBe(true);
  });
});
