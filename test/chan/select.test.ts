/** select without threads: its protocol in all orders in which one thread stops once (interleave.ts), and its fairness. */
import { beforeEach, describe, expect, test } from "vitest";
import { I } from "../../src/arena/arena.js";
import {
  C_LOCK,
  C_RECVQ,
  C_SENDQ,
  G_SELECTDONE,
  G_STATUS,
  G_WAITING,
  G_WAITREASON,
  KIND_NOSCAN,
  P_RAND,
  SELECT_RECV,
  SELECT_SEND,
} from "../../src/arena/layout.js";
import { intern } from "../../src/arena/names.js";
import { memstats } from "../../src/arena/memstats.js";
import { BLOCKED, CLOSED, closechan, makechan, tryrecv, trysend } from "../../src/chan/hchan.js";
import * as ofM0 from "../../src/chan/selectgo.js";
import { casgstatus } from "../../src/sched/gstatus.js";
import { allp } from "../../src/sched/p.js";
import { newproc1 } from "../../src/sched/proc.js";
import { selunlock } from "../../src/sched/sellock.js";
import { Grunnable, Grunning, Gwaiting } from "../../src/sched/status.js";
import { waitReasons } from "../../src/sched/waitreason.js";
import { ACT_PARK, ACT_SELECT, DONE, PANIC } from "../../src/stack/acts.js";
import { curmid, curp, setg, SUSPEND } from "../../src/stack/current.js";
import { type Compiled, type FuncObject, register } from "../../src/stack/funcs.js";
import { START } from "../../src/stack/native.js";
import { enter } from "../../src/stack/stack.js";
import { outcome, resume } from "../../src/stack/trampoline.js";
import { Asleep, interleave } from "../sched/interleave.js";
import { as, world } from "../sched/world.js";

/** The tables of selectgo belong to a thread: M 1 has a copy of the module for itself. */
const copy = "../../src/chan/selectgo.js?m1";
const ofM1 = (await import(/* @vite-ignore */ copy)) as typeof ofM0;

type Op = [name: string, c: number, send?: unknown];
/** A goroutine that does one select. */
interface Actor {
  g: number;
  /** What it came to: an outcome, or the text of an exception. */
  got: unknown;
}

/** What the next actor does when it starts. */
let script: { ops: Op[]; block: boolean };
let bodyId = 0;
const body: Compiled = (g, fp, pc, sent) => {
  if (pc < 0) throw sent;
  if (pc !== START) return sent;
  const { ops, block } = script;
  const { begin, setcase, selectgo } = curmid === 1 ? ofM1 : ofM0;
  begin(
    ops.map(([name]) => name),
    [],
  );
  ops.forEach((op, i) => setcase(i, op[1], op.length === 3 ? SELECT_SEND : SELECT_RECV, op[2]));
  const r = selectgo(g, ops.length, block);
  if (r === SUSPEND) enter(g, fp, 2, (bodyId << 12) | 1);
  return r;
};

function fresh(procs = 2): void {
  world(procs);
  // Names are kept for good, in memory of the same kind as values.
  for (const name of ["one", "two", "three", "get", "put"]) intern(name);
  named = noscan();
  bodyId = register("test:select", "select", body, { params: 0, rest: false, file: "", lines: [] });
}
function actor(): Actor {
  return { g: newproc1(curp, { $id: bodyId << 12 } as FuncObject, []), got: undefined };
}

/** Runs the goroutine until it stops, on this M: what the scheduler's `execute` does. */
function go(a: Actor): void {
  casgstatus(a.g, Grunnable, Grunning);
  setg(a.g);
  const act = resume(a.g);
  setg(0);
  // Not an exception of the goroutine: this order is impossible (interleave.ts).
  if (act === PANIC && outcome instanceof Asleep) throw outcome;
  if (act === DONE) a.got = outcome;
  else if (act === PANIC) a.got = (outcome as Error).message;
  else {
    expect([ACT_SELECT, ACT_PARK]).toContain(act);
    casgstatus(a.g, Grunning, Gwaiting);
    if (act === ACT_SELECT) selunlock(I[a.g + G_WAITING]!);
  }
}
function select(a: Actor, ops: Op[], block = true): void {
  script = { ops, block };
  go(a);
}
const waits = (a: Actor): boolean => I[a.g + G_STATUS] === Gwaiting;
const readied = (a: Actor): boolean => I[a.g + G_STATUS] === Grunnable;
const reason = (a: Actor): string => waitReasons[I[a.g + G_WAITREASON]!]!;
/** If it was readied, it goes on, on M number `who`. */
const goOn = (a: Actor, who = 0): void => {
  if (readied(a)) as(who, () => go(a));
};
const received = (name: string, value: unknown): unknown => ({ case: name, value, ok: true });
const sent = (name: string): unknown => ({ case: name, value: undefined, ok: true });
const closed = (name: string): unknown => ({ case: name, value: undefined, ok: false });
const DEFAULT = { case: "default", value: undefined, ok: false };

/** Nobody waits on the channel, and it is not locked. */
function quiet(...cs: number[]): void {
  for (const c of cs) {
    expect([I[c + C_RECVQ], I[c + C_RECVQ + 1], I[c + C_SENDQ], I[c + C_SENDQ + 1]]).toEqual([0, 0, 0, 0]);
    expect(I[c + C_LOCK]).toBe(0);
  }
}
/** Objects that hold what does not fit into a slot: values, and names. */
function noscan(): number {
  let n = 0;
  for (const c of memstats().classes) if (c.kind === KIND_NOSCAN) n += c.allocated - c.cached;
  return n;
}
let named = 0;
/** Of these, the values. */
const blobs = (): number => noscan() - named;

let c1 = 0;
let c2 = 0;
let a: Actor;
let b: Actor;
const setup = (size = 0) => {
  fresh();
  c1 = makechan(size);
  c2 = makechan(size);
  a = actor();
  b = actor();
};

describe("in every order", () => {
  const both = (x: unknown[], y: unknown[]): void => expect([x, y]).toContainEqual([...results]);
  let results: unknown[] = [];
  const send = (who: number, c: () => number, v: unknown) => (): void =>
    as(who, () => void (results[who] = trysend(c(), v)));
  const recv = (who: number, c: () => number) => (): void => as(who, () => void (results[who] = tryrecv(c())));
  beforeEach(() => (results = []));

  test("two senders find one selecting receiver on two channels: one has it, the other is refused", () => {
    const r = interleave(
      () => {
        setup();
        select(a, [["one", c1], ["two", c2]]); // prettier-ignore
        expect(waits(a)).toBe(true);
      },
      send(0, () => c1, "a text for the one"),
      send(1, () => c2, "a text for the two"),
      () => {
        both([true, false], [false, true]);
        goOn(a);
        expect(a.got).toEqual(
          results[0] === true ? received("one", "a text for the one") : received("two", "a text for the two"),
        );
        quiet(c1, c2);
        expect(I[a.g + G_SELECTDONE]).toBe(0);
      },
    );
    expect(r.orders).toBeGreaterThan(2);
  });

  test("two receivers find one selecting sender: its value goes to one of them", () => {
    const r = interleave(
      () => {
        setup();
        select(a, [["one", c1, "first text"], ["two", c2, "second text"]]); // prettier-ignore
      },
      recv(0, () => c1),
      recv(1, () => c2),
      () => {
        both(["first text", BLOCKED], [BLOCKED, "second text"]);
        goOn(a);
        expect(a.got).toEqual(sent(results[0] === BLOCKED ? "two" : "one"));
        quiet(c1, c2);
        expect(blobs()).toBe(0);
      },
    );
    expect(r.orders).toBeGreaterThan(2);
  });

  test("a sender comes while the select is about to wait: done, or refused and the select waits", () => {
    for (const swap of [false, true]) {
      const p = (): void => as(0, () => select(a, [["one", c1], ["two", c2]])); // prettier-ignore
      const q = send(1, () => c2, 7);
      const r = interleave(setup, swap ? q : p, swap ? p : q, () => {
        if (results[1] === false) {
          expect(waits(a)).toBe(true);
          as(1, () => expect(trysend(c1, 8)).toBe(true));
        }
        goOn(a, 1);
        expect(a.got).toEqual(results[1] === true ? received("two", 7) : received("one", 8));
        quiet(c1, c2);
      });
      expect(r.orders).toBeGreaterThan(2);
    }
  });

  test("a sender comes while the winner takes itself off the queues: it is refused, and loses nothing", () => {
    const r = interleave(
      () => {
        setup();
        select(a, [["one", c1], ["two", c2]]); // prettier-ignore
        expect(trysend(c1, 1)).toBe(true);
      },
      () => goOn(a, 0),
      send(1, () => c2, "refused"),
      () => {
        expect(results[1]).toBe(false);
        expect(a.got).toEqual(received("one", 1));
        quiet(c1, c2);
        expect(blobs()).toBe(0);
      },
    );
    expect(r.orders).toBeGreaterThan(2);
  });

  test("a close meets a sender: the select gets the value, or the news", () => {
    const r = interleave(
      () => {
        setup();
        select(a, [["one", c1], ["two", c2]]); // prettier-ignore
      },
      () => as(0, () => closechan(c1)),
      send(1, () => c2, 5),
      () => {
        goOn(a);
        expect(a.got).toEqual(results[1] === true ? received("two", 5) : closed("one"));
        quiet(c1, c2);
      },
    );
    expect(r.orders).toBeGreaterThan(2);
  });

  test("a close meets a receiver: the selecting sender panics, or has sent; its values are gone either way", () => {
    const r = interleave(
      () => {
        setup();
        select(a, [["one", c1, "a long text, one"], ["two", c2, "a long text, two"]]); // prettier-ignore
      },
      () => as(0, () => closechan(c1)),
      recv(1, () => c2),
      () => {
        goOn(a);
        expect(a.got).toEqual(results[1] === BLOCKED ? "send on closed channel" : sent("two"));
        quiet(c1, c2);
        expect(blobs()).toBe(0);
      },
    );
    expect(r.orders).toBeGreaterThan(2);
  });

  test("two selects that fit each other meet, whatever the order of their cases", () => {
    for (const flip of [false, true]) {
      const one = (): Op[] => [["get", c1], ["put", c2, 2]]; // prettier-ignore
      const two = (): Op[] => [["put", c1, 1], ["get", c2]]; // prettier-ignore
      const r = interleave(
        setup,
        () => as(0, () => select(a, flip ? one().reverse() : one())),
        () => as(1, () => select(b, two())),
        () => {
          goOn(a, 0);
          goOn(b, 1);
          expect([a.got, b.got]).toContainEqual(
            (a.got as { case: string }).case === "get" ? received("get", 1) : received("get", 2),
          );
          expect([a.got, b.got]).toContainEqual(sent("put"));
          quiet(c1, c2);
        },
      );
      expect(r.orders).toBeGreaterThan(2);
    }
  });

  test("the default is not taken while one of two channels is ready at every moment", () => {
    const r = interleave(
      () => {
        setup(1);
        trysend(c1, 1);
      },
      () => as(0, () => select(a, [["one", c1], ["two", c2]], false)), // prettier-ignore
      () =>
        as(1, () => {
          // Never neither: first the other one, then this one is emptied.
          trysend(c2, 2);
          tryrecv(c1);
        }),
      () => expect([received("one", 1), received("two", 2)]).toContainEqual(a.got),
    );
    expect(r.orders).toBeGreaterThan(2);
  });
});

describe.each([1, 2])("procs %d", (procs) => {
  const start = (size: number): void => {
    fresh(procs);
    c1 = makechan(size);
    c2 = makechan(size);
    a = actor();
    b = actor();
  };

  test("the same channel twice, and once to send, once to receive", () => {
    start(0);
    select(a, [["one", c1], ["two", c1], ["put", c1, "unheard of"]]); // prettier-ignore
    expect(waits(a)).toBe(true);
    expect(tryrecv(c1)).toBe("unheard of");
    goOn(a);
    expect(a.got).toEqual(sent("put"));
    quiet(c1);
    select(b, [["one", c1], ["two", c1], ["put", c1, "unheard of"]]); // prettier-ignore
    expect(trysend(c1, 4)).toBe(true);
    goOn(b);
    expect([received("one", 4), received("two", 4)]).toContainEqual(b.got);
    quiet(c1);
    expect(blobs()).toBe(0);
  });

  test("a select does not meet itself, and meets another one of its kind", () => {
    start(0);
    select(a, [["get", c1], ["put", c1, 1]]); // prettier-ignore
    expect(waits(a)).toBe(true);
    select(b, [["get", c1], ["put", c1, 2]]); // prettier-ignore
    goOn(a);
    expect([a.got, b.got]).toContainEqual(sent("put"));
    expect([received("get", 1), received("get", 2)]).toContainEqual(
      (a.got as { case: string }).case === "get" ? a.got : b.got,
    );
    quiet(c1);
  });

  test("nil channels: never ready, and the reason to wait is Go's", () => {
    start(0);
    select(a, [["nil", 0], ["one", c1]]); // prettier-ignore
    expect(reason(a)).toBe("select");
    trysend(c1, 3);
    goOn(a);
    expect(a.got).toEqual(received("one", 3));
    const why = (ops: Op[]): string => {
      const x = actor();
      select(x, ops);
      expect(waits(x)).toBe(true);
      return reason(x);
    };
    expect(why([])).toBe("select (no cases)");
    expect(why([["a", 0]])).toBe("chan receive (nil chan)");
    expect(why([["a", 0, "text"]])).toBe("chan send (nil chan)");
    expect(why([["a", 0], ["b", 0, 1]])).toBe("select"); // prettier-ignore
    expect(why([["a", c1]])).toBe("chan receive");
    expect(why([["a", c2, 1]])).toBe("chan send");
    const x = actor();
    select(x, [["a", 0], ["b", 0, 1]], false); // prettier-ignore
    expect(x.got).toEqual(DEFAULT);
  });

  test("a thousand cases: each can win, first and last in lock order too", () => {
    start(0);
    const cs = Array.from({ length: 1000 }, () => makechan(0));
    for (const i of [0, 1, 499, 998, 999]) {
      const x = actor();
      select(
        x,
        cs.map((c, k): Op => (k % 3 === 0 ? [`c${k}`, c, k] : [`c${k}`, c])),
      );
      expect(waits(x)).toBe(true);
      if (i % 3 === 0) expect(tryrecv(cs[i]!)).toBe(i);
      else expect(trysend(cs[i]!, i)).toBe(true);
      goOn(x);
      expect(x.got).toEqual(i % 3 === 0 ? sent(`c${i}`) : received(`c${i}`, i));
      quiet(...cs);
    }
  });

  test("what the losers would have sent is given back", () => {
    start(0);
    const before = blobs();
    for (let i = 0; i < 30; i++) {
      const x = actor();
      select(x, [["one", c1, `a text of some length ${i}`], ["two", c2, { an: ["object", i] }], ["three", c1, 10n ** 30n]]); // prettier-ignore
      if (i % 3 === 0) tryrecv(c1);
      else if (i % 3 === 1) tryrecv(c2);
      else closechan(c2);
      goOn(x);
      if (i % 3 === 2) {
        expect(x.got).toBe("send on closed channel");
        c2 = makechan(0);
      }
      // With a default nothing is kept either.
      const y = actor();
      select(y, [["one", c1, "another text to send"], ["two", c2, { more: i }]], false); // prettier-ignore
      expect(y.got).toEqual(DEFAULT);
      quiet(c1, c2);
      expect(blobs()).toBe(before);
    }
  });

  test("a value that cannot cross threads: an error before anything is locked or kept", () => {
    start(0);
    const before = blobs();
    for (const block of procs === 1 ? [true] : [true, false]) {
      const x = actor();
      select(x, [["one", c1, "a text that is encoded"], ["two", c2, () => {}], ["get", c2]], block); // prettier-ignore
      expect(x.got).toMatch(/could not be cloned|cannot cross/);
      quiet(c1, c2);
      expect(blobs()).toBe(before);
    }
  });

  test("a value whose encoding makes another case possible", () => {
    start(1);
    trysend(c2, "full");
    const trap = {
      get x() {
        return trysend(c1, "from the getter");
      },
    };
    select(a, [["put", c2, trap], ["get", c1]]); // prettier-ignore
    expect(a.got).toEqual(received("get", "from the getter"));
  });

  test("a closed channel: a receive is ready, a send panics if it is chosen", () => {
    start(1);
    closechan(c1);
    select(a, [["one", c1], ["two", c2]]); // prettier-ignore
    expect(a.got).toEqual(closed("one"));
    select(b, [["one", c1, "text"], ["two", 0]], false); // prettier-ignore
    expect(b.got).toBe("send on closed channel");
    expect(blobs()).toBe(0);
    const results = new Set<unknown>();
    for (let i = 0; i < 100; i++) {
      const x = actor();
      select(x, [["one", c1, 1], ["two", c2, 2]]); // prettier-ignore
      results.add(typeof x.got === "string" ? x.got : "sent");
      if (tryrecv(c2) === CLOSED) throw new Error("c2 is open");
    }
    expect([...results].sort()).toEqual(["send on closed channel", "sent"]);
  });
});

/** Go's TestSelectFairness: by chance it fails once in a million times. */
const SIX_NINES = 4.891676;
test.each([2, 3, 5])("%d ready channels are chosen evenly", (k) => {
  fresh(2);
  const seed = Math.floor(Math.random() * 2 ** 31) | 1;
  I[allp(0) + P_RAND] = seed;
  const cs = Array.from({ length: k }, () => makechan(1));
  for (const c of cs) trysend(c, 1);
  const n = 10_000;
  const counts = new Map<string, number>();
  for (let i = 0; i < n; i++) {
    ofM0.begin(cs.map(String), []);
    cs.forEach((c, j) => ofM0.setcase(j, c, SELECT_RECV, undefined));
    const { case: name } = ofM0.selectgo(0, k, true) as { case: string };
    counts.set(name, (counts.get(name) ?? 0) + 1);
    trysend(Number(name), 1);
  }
  const p = 1 / k;
  for (const c of cs)
    expect(Math.abs(counts.get(String(c))! / n - p), `seed ${seed}`).toBeLessThan(
      SIX_NINES * Math.sqrt((p * (1 - p)) / n),
    );
});
