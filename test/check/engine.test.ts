/** The checker checked: programs whose executions and bugs are known. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { check, type Memory, model } from "../../src/check/index.js";
import { instrument } from "../../src/check/instrument.js";
import { Source } from "../../src/check/load.js";
import { models } from "../../src/check/models/index.js";

const fail = (text: string): never => {
  throw new Error(text);
};

/** A lock that spins; `broken`: it tests and sets in two steps. */
function* spinLock(m: Memory, broken: boolean): Generator<void, void, number> {
  for (;;) {
    if (broken) {
      if ((yield* m.load(0)) === 0) {
        yield* m.store(0, 1);
        return;
      }
    } else if ((yield* m.cas(0, 0, 1)) === 1) return;
  }
}
function locker(broken: boolean) {
  return function* (m: Memory): Generator<void, void, number> {
    yield* spinLock(m, broken);
    m.set(1, m.get(1) + 1);
    yield* m.store(0, 0);
  };
}

/** Drepper's mutex 2 (see arena/lock.ts); `lost`: unlock notifies before it stores. */
function futex(lost: boolean) {
  return function* (m: Memory): Generator<void, void, number> {
    if ((yield* m.cas(0, 0, 1)) !== 1) {
      while ((yield* m.xchg(0, 2)) !== 0) yield* m.wait(0, 2);
    }
    m.set(1, m.get(1) + 1);
    if (lost) {
      yield* m.notify(0, 1);
      yield* m.store(0, 0);
    } else if ((yield* m.xchg(0, 0)) === 2) yield* m.notify(0, 1);
  };
}

describe("finds", () => {
  it("a lost update", () => {
    const inc = function* (m: Memory): Generator<void, void, number> {
      yield* m.store(0, (yield* m.load(0)) + 1);
    };
    const m = model("increments", {
      threads: { a: inc, b: inc },
      check: (m) => m.get(0) === 2 || fail(`counted ${m.get(0)}`),
    });
    const r = check(m);
    expect(r.violation).toMatchObject({ kind: "exception", message: "counted 1" });
    expect(r.violation!.steps.map((s) => s.thread).join("")).toMatch(/^(abba|baab|abab|baba)$/);
    // The schedule that it prints shows it again.
    expect(check(m, { replay: r.violation!.replay }).violation?.message).toBe("counted 1");
    for (const strategy of ["random", "pct"] as const)
      expect(check(m, { strategy, seed: 1 }).violation?.message).toBe("counted 1");
  });

  it("a slot that is written after it was published, if racing reads see old values", () => {
    const slots = (late: boolean) =>
      model("slot", {
        threads: {
          owner: function* (m: Memory) {
            if (!late) m.set(1, 7);
            yield* m.store(0, 1);
            if (late) m.set(1, 7);
          },
          thief: function* (m: Memory) {
            if ((yield* m.load(0)) === 1 && (yield* m.racy(1)) !== 7) fail("the slot is empty");
          },
        },
      });
    expect(check(slots(true)).violation).toBeUndefined();
    expect(check(slots(true), { stale: true }).violation?.message).toBe("the slot is empty");
    expect(check(slots(false), { stale: true })).toMatchObject({ complete: true, violation: undefined });
  });

  it("a value that is as old as nothing has ordered, and no older", () => {
    const seen = new Set<number>();
    const m = model("old", {
      threads: {
        writer: function* (m: Memory) {
          yield* m.racy(1); // known from the first execution on
          yield* m.store(1, 1);
          yield* m.store(0, 1);
          yield* m.store(1, 2);
        },
        reader: function* (m: Memory) {
          if ((yield* m.load(0)) === 1) seen.add(yield* m.racy(1));
        },
      },
    });
    expect(check(m, { stale: true })).toMatchObject({ complete: true, violation: undefined });
    expect([...seen]).toEqual([1]);
    check(m);
    expect([...seen].sort()).toEqual([1, 2]);
  });

  it("a race that the thread catches", () => {
    const writes = function* (m: Memory): Generator<void, void, number> {
      yield* m.load(0);
      try {
        m.set(1, 1);
      } catch {
        // as a goroutine might
      }
    };
    expect(check(model("caught", { threads: { a: writes, b: writes } })).violation?.kind).toBe("race");
  });

  it("a lock that tests and sets in two steps: the plain counter races", () => {
    const r = check(model("lock", { threads: { a: locker(true), b: locker(true) } }));
    expect(r.violation?.kind).toBe("race");
  });

  it("a notify before the store: the sleeper sleeps for ever on a word that has changed", () => {
    const r = check(model("futex", { threads: { a: futex(true), b: futex(true) } }));
    expect(r.violation?.kind).toBe("lost wake-up");
  });

  it("a deadlock of two locks taken in two orders", () => {
    const take = (x: number, y: number) =>
      function* (m: Memory): Generator<void, void, number> {
        for (const a of [x, y]) while ((yield* m.cas(a, 0, 1)) !== 1) yield* m.wait(a, 1);
        for (const a of [y, x]) {
          yield* m.store(a, 0);
          yield* m.notify(a, 1);
        }
      };
    expect(check(model("two locks", { threads: { a: take(0, 1), b: take(1, 0) } })).violation?.kind).toBe("deadlock");
    expect(check(model("one order", { threads: { a: take(0, 1), b: take(0, 1) } }))).toMatchObject({
      violation: undefined,
      complete: true,
    });
  });

  it("a thread that goes round for ever", () => {
    const m = model("livelock", {
      threads: {
        a: function* (m) {
          while ((yield* m.load(0)) === 0);
        },
      },
    });
    expect(check(m).violation?.kind).toBe("livelock");
  });

  it("a publication without order; with racy it is none", () => {
    const write = function* (m: Memory): Generator<void, void, number> {
      m.set(0, 42);
      yield* m.store(1, 1);
    };
    const m = (look: (m: Memory) => Generator<void, number, number>) =>
      model("publish", {
        threads: {
          write,
          read: function* (m) {
            if ((yield* look(m)) === 1 && m.get(0) !== 42) fail("not published");
          },
        },
      });
    expect(check(m((m) => m.load(1)))).toMatchObject({ violation: undefined, complete: true });
    const plain = function* (m: Memory): Generator<void, number, number> {
      yield* m.pause();
      return m.get(1);
    };
    expect(check(m(plain)).violation?.kind).toBe("race");
    // racy is no race by itself, but it orders nothing: the value is one then.
    expect(check(m((m) => m.racy(1))).violation?.kind).toBe("race");
  });

  it("what comes after the write that another thread stood still for, and not what came before", () => {
    const waits = (reads: number) =>
      model("until", {
        threads: {
          a: function* (m: Memory) {
            yield* m.load(9);
            m.set(1, 5);
            m.set(0, 1);
            yield* m.load(9);
            m.set(2, 5);
          },
          b: function* (m: Memory) {
            yield* m.until(0, 0);
            m.get(reads);
          },
        },
      });
    expect(check(waits(1))).toMatchObject({ complete: true, violation: undefined });
    expect(check(waits(2)).violation).toMatchObject({ kind: "race", message: expect.stringContaining("word 2 is") });
  });

  it("what a time-out does", () => {
    const m = model("time-out", {
      threads: {
        a: function* (m) {
          if (!(yield* m.wait(0, 0, true))) fail("timed out");
        },
        b: function* (m) {
          yield* m.store(0, 1);
          yield* m.notify(0, 1);
        },
      },
    });
    expect(check(m).violation?.message).toBe("timed out");
    expect(check({ ...m, options: { ...m.options, timeouts: 0 } }).violation).toBeUndefined();
  });
});

describe("passes, and has seen everything", () => {
  it.each([2, 3])("a spin lock of %i threads", (n) => {
    const threads = Object.fromEntries(Array.from({ length: n }, (_, i) => [`t${i}`, locker(false)]));
    const m = model("lock", { threads, check: (m) => m.get(1) === n || fail(`counted ${m.get(1)}`) });
    expect(check(m)).toMatchObject({ violation: undefined, complete: true });
  });

  it.each([2, 3])("a futex mutex of %i threads", (n) => {
    const threads = Object.fromEntries(Array.from({ length: n }, (_, i) => [`t${i}`, futex(false)]));
    const m = model("futex", { threads, check: (m) => m.get(1) === n || fail(`counted ${m.get(1)}`) });
    const r = check(m);
    expect(r).toMatchObject({ violation: undefined, complete: true });
  });
});

it("a notify without a number wakes all", () => {
  const sleeps = function* (m: Memory): Generator<void, void, number> {
    yield* m.wait(0, 0);
  };
  const m = model("all", {
    threads: {
      a: sleeps,
      b: sleeps,
      c: function* (m: Memory) {
        yield* m.store(0, 1);
        yield* m.notify(0);
      },
    },
  });
  expect(check(m)).toMatchObject({ complete: true, violation: undefined });
});

describe("the instrumenter", () => {
  const views = "var I = new Int32Array(0); var F = new Float64Array(0);";

  it("sees a view behind another name, and only there", () => {
    const { code } = instrument(`${views}
      function f(a) { const words = I, doubles = F; words[a + 1] = words[a]; words[a] += 2; doubles[a] = 1; }
      function g(words) { words[0] = 3; }
      function h() { const words = []; words[0] = 4; }
      const k = (a) => { const v = I; return (() => v[a])(); };`);
    for (const text of ["$vm.write(a + 1, $vm.read(a,", '$vm.update(a, "+", 2,', "$vm.writeF(a, 1,", "=> $vm.read(a,"])
      expect(code).toContain(text);
    for (const text of ["words[0] = 3", "words[0] = 4"]) expect(code).toContain(text);
  });

  it("refuses a name that may stand for something else later", () => {
    expect(() => instrument(`${views}\nfunction f() { let words = I; words[0] = 1; }`)).toThrow(
      "instrument: line 2: only a const may stand for I",
    );
  });

  it("leaves nothing behind: an execution does not see the one before", () => {
    const source = new Source();
    const m = models.find(({ name }) => name === "singleflight: two want the same")!.build(source);
    const words = (m.options.memory as Memory).words;
    const before = words.slice();
    expect(check(m, { executions: 30, preemptions: 2 }).violation).toBeUndefined();
    const wrong: number[] = [];
    for (let a = 0; a < words.length; a++) if (words[a] !== before[a]) wrong.push(a);
    expect(wrong).toEqual([]);
  });
});

describe("partial-order reduction", () => {
  /** The outcomes that a program has: by the search, or by so many random orders that all come up (there are 1,680 at most). */
  function outcomes(
    strategy: "random" | "search",
    bodies: ((m: Memory) => Generator<void, void, number>)[],
  ): Set<string> {
    const seen = new Set<string>();
    const threads = Object.fromEntries(bodies.map((f, i) => [`t${i}`, f]));
    const m = model("outcomes", { threads, races: false, check: (m) => void seen.add(m.words.slice(0, 8).join()) });
    if (strategy === "search") {
      const r = check(m);
      expect(r.violation).toBeUndefined();
      expect(r.complete).toBe(true);
    } else check(m, { strategy: "random", executions: 8000, seed: 7 });
    return seen;
  }
  /** Random programs of loads, stores, CAS and adds on three words; what was read is written to a word of the thread. */
  function program(seed: number): ((m: Memory) => Generator<void, void, number>)[] {
    let s = seed * 2654435761;
    const rnd = (n: number): number => ((s = (Math.imul(s, 1103515245) + 12345) | 0), (s >>> 8) % n);
    return [0, 1, 2].map((id) => {
      const ops = Array.from({ length: 2 + rnd(2) }, () => [rnd(4), rnd(3), 1 + rnd(3)] as const);
      return function* (m) {
        let read = 0;
        for (const [op, a, v] of ops) {
          if (op === 0) read = read * 10 + (yield* m.load(a));
          else if (op === 1) yield* m.store(a, v);
          else if (op === 2) read = read * 10 + (yield* m.cas(a, v - 1, v + 1));
          else read = read * 10 + (yield* m.add(a, v));
        }
        m.set(4 + id, read);
      };
    });
  }
  it.each(Array.from({ length: 30 }, (_, i) => i + 1))("loses no outcome (seed %i)", (seed) => {
    const all = outcomes("random", program(seed));
    const reduced = outcomes("search", program(seed));
    expect([...all].filter((o) => !reduced.has(o))).toEqual([]);
  });

  it("runs one execution of threads that share nothing", () => {
    const r = check(
      model("apart", {
        threads: Object.fromEntries(
          [0, 1, 2, 3].map((i) => [
            `t${i}`,
            function* (m: Memory) {
              for (let k = 0; k < 5; k++) yield* m.add(i, 1);
            },
          ]),
        ),
      }),
    );
    expect(r).toMatchObject({ executions: 1, complete: true });
  });
});

describe("each step of a failure says where it stands", () => {
  it("of hand-written threads, also in functions that they share", () => {
    const text = readFileSync(fileURLToPath(import.meta.url), "utf8").split("\n");
    const m = model("a broken lock", { threads: { a: locker(true), b: locker(true) } });
    const { steps, message } = check(m).violation!;
    for (const { op, place, source } of steps) {
      const line = /^test\/check\/engine\.test\.ts:(\d+)$/.exec(place)?.[1];
      expect(line, `${op} at ${place}`).toBeDefined();
      expect(source).toBe(text[Number(line) - 1]!.trim());
      // What is done is what stands there.
      expect(source).toContain(`m.${/^\w+/.exec(op)![0]}(`);
    }
    expect(message).toMatch(/at test\/check\/engine\.test\.ts:\d+, .* at test\/check\/engine\.test\.ts:\d+,/);
  });

  it.each(["a note, 2 rounds", "deadlock detector against a completion"])(
    "of the runtime's code and of what a model adds: %s",
    (name) => {
      const m = models.find((x) => x.name.includes(name))!.build(new Source());
      // One schedule, and a violation at its end.
      const broken = { ...m, options: { ...m.options, check: () => fail("on purpose") } };
      const { steps } = check(broken, { executions: 1 }).violation!;
      const places = new Set(steps.map(({ place }) => place.replace(/:\d+$/, "")));
      expect([...places].filter((p) => !/^src\/[\w/]+\.ts$/.test(p))).toEqual([]);
      expect([...places].some((p) => p.startsWith("src/check/models/"))).toBe(true);
      expect([...places].some((p) => !p.startsWith("src/check/"))).toBe(true);
      expect(steps.filter(({ source }) => source === "")).toEqual([]);
    },
  );
});
