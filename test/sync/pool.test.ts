/** Pool: the order of values, stealing, aging, bounds, and all orders with one stop. */
import { describe, expect, test } from "vitest";
import { add } from "../../src/arena/atomics.js";
import { I } from "../../src/arena/arena.js";
import { PL_HEAD, PL_TAIL, PO_TABLE, PR_HEADTAIL, PR_NEXT, PT_LOCALS, S_POOLAGE } from "../../src/arena/layout.js";
import { type Chan, chan, Pool } from "../../src/index.js";
import { setg } from "../../src/stack/current.js";
import { RING_MAX } from "../../src/sync/poolchain.js";
import { random, seeds } from "../arena/model.js";
import { interleave } from "../sched/interleave.js";
import { as } from "../sched/world.js";
import { KINDS, make, numberOf } from "../../src/stress/values.js";
import { asM, fresh, inUse } from "./world.js";

/** What startTheWorld does. */
const age = (): void => void add(S_POOLAGE, 1);
/** All that the pool gives to M number i. */
function drain(p: Pool<number>, i: number): number[] {
  return as(i, () => {
    const r: number[] = [];
    for (let v = p.get(); v !== undefined; v = p.get()) r.push(v);
    return r;
  });
}
const local = (p: Pool<never>, id: number): number => I[I[p.addr + PO_TABLE]! + PT_LOCALS + id]!;

describe.each([1, 2])("procs %i", (n) => {
  test("notes D13: the private place first, then the newest", () => {
    fresh(n);
    const p = new Pool<number>();
    for (const v of [1, 2, 3]) p.put(v);
    const get = (): number => p.get(() => 99);
    expect([get(), get(), get(), get()]).toEqual([1, 3, 2, 99]);
  });

  test("undefined is no value, null and false are", () => {
    fresh(n);
    const p = new Pool<unknown>();
    p.put(undefined);
    expect(p.get()).toBeUndefined();
    for (const v of [null, false, 0, "", NaN, 5e-324]) {
      p.put(v);
      p.put(v);
      expect([p.get(), p.get(), p.get()]).toEqual([v, v, undefined]);
    }
  });

  for (const seed of seeds(1, 2))
    test(`gives each value once, whatever it is, and leaves nothing behind: seed ${seed}`, () => {
      fresh(n);
      const p = new Pool<unknown>();
      const rnd = random(seed);
      const start = inUse(n);
      const inside = new Map<string, number>();
      const key = (kind: number, v: unknown): string => `${kind}:${numberOf(kind, v)}`;
      let size = 0;
      for (let i = 0; i < 5000; i++) {
        as(rnd(n), () => {
          if (rnd(100) < 55) {
            const kind = rnd(KINDS - 1);
            p.put([kind, make(kind, i)]);
            inside.set(`${kind}:${i}`, 1);
            size++;
          } else {
            const v = p.get() as [number, unknown] | undefined;
            if (v === undefined)
              expect(size).toBeLessThan(n); // private to others
            else {
              expect(inside.delete(key(v[0], v[1]))).toBe(true);
              size--;
            }
          }
        });
      }
      // What is private to a P only that one finds.
      let left = 0;
      for (let i = 0; i < n; i++)
        as(i, () => {
          while (p.get() !== undefined) left++;
        });
      expect(left).toBe(size);
      age();
      for (let i = 0; i < n; i++) as(i, () => p.get());
      age();
      for (let i = 0; i < n; i++) as(i, () => p.get());
      // What is left is a part for each P.
      expect(inUse(n)).toEqual({ ...start, "128/7": n });
    });

  test("a pool is bounded: what is too much is dropped", () => {
    fresh(n);
    const p = new Pool<number>();
    const many = 4 * RING_MAX;
    for (let i = 0; i < many; i++) p.put(i);
    const got = drain(p, 0);
    expect(got.length).toBeGreaterThan(RING_MAX);
    expect(got.length).toBeLessThan(2 * RING_MAX);
    expect(new Set(got).size).toBe(got.length);
  });

  test("aging: used within one age, dropped after two", () => {
    fresh(n);
    const p = new Pool<string>();
    const start = inUse(n);
    const text = (i: number): string => `a value that needs a blob, number ${i}`;
    for (let i = 0; i < 40; i++) p.put(text(i));
    age();
    expect(p.get()).toBe(text(0)); // from the victim
    p.put(text(100));
    expect(p.get()).toBe(text(100)); // what is new comes first
    age();
    expect(p.get()).toBeUndefined();
    expect(inUse(n)).toEqual({ ...start, "128/7": 1 });
  });

  test("what cannot cross threads is named; a getter may use the pool", () => {
    fresh(n);
    const p = new Pool<unknown>();
    expect(() => p.put(() => 1)).toThrow("cannot cross threads");
    expect(() => p.put({ f: Symbol("s") })).toThrow("cannot cross threads");
    expect(p.get()).toBeUndefined();
    p.put({
      get x() {
        p.put("inner");
        return 1;
      },
    });
    expect(p.get()).toBe("inner");
    // Serialising looks at the value more than once, so the getter may have run more than once.
    const rest = [p.get(), p.get(), p.get(), p.get()].filter((v) => v !== undefined && v !== "inner");
    expect(rest).toEqual([{ x: 1 }]);
    const ch = chan<number>();
    (p as Pool<Chan<number>>).put(ch);
    expect(p.get()).toBe(ch);
    setg(0);
    expect(() => p.put(1)).toThrow("Pool.put: not inside a goroutine");
    expect(() => new Pool()).toThrow("new Pool: not inside a goroutine");
  });
});

test("other Ps steal the oldest, and not what is private", () => {
  fresh(3);
  const p = new Pool<number>();
  as(1, () => {
    for (let i = 0; i < 20; i++) p.put(i);
  });
  expect(drain(p, 2)).toEqual(Array.from({ length: 19 }, (_, i) => i + 1));
  expect(drain(p, 1)).toEqual([0]);
  // From the victim as well.
  as(1, () => {
    p.put(1);
    p.put(2);
  });
  age();
  as(1, () => expect(p.get()).toBe(1));
  expect(drain(p, 0)).toEqual([2]);
});

test("rings that thieves have emptied are dropped, and freed", () => {
  fresh(2);
  const p = new Pool<number>();
  const rounds = 50;
  let most = 0;
  for (let r = 0; r < rounds; r++) {
    as(1, () => {
      for (let i = 0; i < 100; i++) p.put(i);
    });
    drain(p, 0);
    most = Math.max(
      most,
      Object.values(inUse(2)).reduce((a, b) => a + b, 0),
    );
  }
  expect(most).toBeLessThan(20);
  const l = local(p as Pool<never>, 1);
  expect(I[l + PL_TAIL]).toBe(I[l + PL_HEAD]);
  expect(I[I[l + PL_HEAD]! + PR_NEXT]).toBe(0);
});

test("the indices of a ring wrap", () => {
  fresh(2);
  const p = new Pool<number>();
  p.put(0);
  p.put(1);
  expect(drain(p, 0)).toEqual([0, 1]);
  const ring = I[local(p as Pool<never>, 0) + PL_HEAD]!;
  for (const at of [0xfffe, 0xffff, 0x7fff]) {
    I[ring + PR_HEADTAIL] = (at << 16) | at;
    for (let i = 0; i < 5; i++) p.put(i);
    expect(as(1, () => [p.get(), p.get()])).toEqual([1, 2]);
    expect(drain(p, 0)).toEqual([0, 4, 3]);
  }
});

describe("all orders with one stop", () => {
  const N = 12; // fills the first ring and begins the second
  let p: Pool<number>;
  let got: number[];
  const ops: Record<string, (v: number) => void> = {
    get: () => {
      const v = p.get();
      if (v !== undefined) got.push(v);
    },
    put: (v) => p.put(v),
    "get all": () => {
      for (let v = p.get(); v !== undefined; v = p.get()) got.push(v);
    },
    "put many": (v) => {
      for (let i = 0; i < 10; i++) p.put(v + i);
    },
    "age, get": () => {
      age();
      ops["get"]!(0);
    },
  };
  /** How many each puts: these must come out. */
  const puts: Record<string, number> = { put: 1, "put many": 10 };

  test.each(Object.keys(ops))("%s by the owner against each operation of a thief, and the reverse", (a) => {
    let orders = 0;
    for (const b of Object.keys(ops))
      for (const [first, second] of [
        [0, 1],
        [1, 0],
      ] as const)
        for (const filled of [0, 1, N]) {
          let ended = false;
          const setup = (): void => {
            if (!ended) {
              fresh(2);
              p = new Pool();
            }
            ended = false;
            got = [];
            // Both Ps have a part; P0 has the values.
            as(1, () => p.get());
            for (let i = 0; i < filled; i++) p.put(i);
          };
          const e = interleave(
            setup,
            asM(first, () => ops[a]!(100)),
            asM(second, () => ops[b]!(200)),
            (_, at) => {
              for (let i = 0; i < 2; i++) got.push(...drain(p, i));
              // Twice, for what is private to the first may have been the second's victim meanwhile.
              for (let i = 0; i < 2; i++) got.push(...drain(p, i));
              const want = [
                ...Array.from({ length: filled }, (_, i) => i),
                ...Array.from({ length: puts[a] ?? 0 }, (_, i) => 100 + i),
                ...Array.from({ length: puts[b] ?? 0 }, (_, i) => 200 + i),
              ];
              const twice = a.startsWith("age") && b.startsWith("age");
              const sorted = [...got].sort((x, y) => x - y);
              if (twice) expect(want, at).toEqual(expect.arrayContaining(sorted));
              else expect(sorted, `${a} by P${first} against ${b} with ${filled}, ${at}`).toEqual(want);
              expect(new Set(got).size).toBe(got.length);
              ended = true;
            },
          );
          orders += e.orders;
        }
    expect(orders).toBeGreaterThan(50);
  });
});
