/**
 * Parking and waking in all orders in which one thread stops once (interleave.ts). What must never be: a goroutine in a
 * queue, an idle P, and every thread that could take it asleep, with nobody on the way to wake one.
 */
import { describe, expect, test } from "vitest";
import { I } from "../../src/arena/arena.js";
import {
  FLAG_OPEN,
  G_LOCKEDM,
  G_PINM,
  IDLE_LOCKED,
  M_IDLE,
  M_NLOCKED,
  M_NOTE,
  M_NEXTP,
  S_MIDLE,
  S_NCPU,
  S_NMIDLE,
  S_NMIDLELOCKED,
  S_NMSPINNING,
  S_NPIDLE,
  S_NPROCS,
} from "../../src/arena/layout.js";
import { boundTo, handBound } from "../../src/sched/bound.js";
import { injectg } from "../../src/sched/globrunq.js";
import { allm, mPark, wakeIdle, wakep } from "../../src/sched/m.js";
import { allp } from "../../src/sched/p.js";
import { newproc1, schedule } from "../../src/sched/proc.js";
import { runqput } from "../../src/sched/runq.js";
import { curp } from "../../src/stack/current.js";
import { type Compiled, type FuncObject, objects, register, setObject } from "../../src/stack/funcs.js";
import { Asleep, interleave, sleeps } from "./interleave.js";
import { as, become, posted, world } from "./world.js";

let ran: number[] = [];
const body: Compiled = (g) => {
  ran.push(g);
  return undefined;
};

/** `ms` threads and `procs` Ps; no core to spare, so that a thread that finds nothing parks without looking around for long. */
function setup(procs: number, ms = procs): void {
  // Open: the host may still bring work, so "all asleep" is no deadlock.
  world(procs, { ms, flags: FLAG_OPEN });
  I[S_NCPU] = 0;
  ran = [];
  const id = register("test:body", "body", body, { params: 0, rest: false, file: "", lines: [] });
  setObject(id, { $id: id << 12, $c: body, $key: "test:body", $file: "", $name: "body" } as unknown as FuncObject);
  bodyId = id;
}
let bodyId = 0;
const spawn = (): number => newproc1(curp, objects[bodyId]!, []);

/** The state of thread i as others see it. */
const idle = (i: number): boolean => I[allm(i) + M_IDLE] !== 0;
/** Woken, or going to be: a P waits for it. */
const woken = (i: number): boolean => (I[allm(i) + M_NOTE]! & 1) === 1;

/** The counts that several protocols rely on agree with the lists. */
function consistent(ms: number): void {
  let listed = 0;
  for (let m = I[S_MIDLE]!; m !== 0; m = I[m + 6]!) listed++;
  expect(I[S_NMIDLE]).toBe(listed);
  expect(I[S_NMSPINNING]).toBeGreaterThanOrEqual(0);
  expect(I[S_NPIDLE]).toBeGreaterThanOrEqual(0);
  expect(I[S_NPIDLE]).toBeLessThanOrEqual(I[S_NPROCS]!);
  for (let i = 0; i < ms; i++) if (woken(i)) expect(I[allm(i) + M_NEXTP]).not.toBe(0);
}

/** Thread i goes on where it slept, after it was woken, until it sleeps again. */
function wakeUp(i: number): void {
  as(i, () => {
    const goOn = (): void => {
      if (!mPark()) throw new Error("the runtime stops");
      schedule();
    };
    if (!sleeps(goOn)) throw new Error("the loop ended");
  });
}

describe("a goroutine is submitted while the last spinner parks", () => {
  test.each(["ring", "runnext"])("to the %s", (where) => {
    let g = 0;
    const submit = (): void =>
      as(0, () => {
        g = spawn();
        runqput(allp(0), g, where === "runnext");
        wakep();
      });
    const check = (aslept: boolean): void => {
      expect(aslept).toBe(true);
      consistent(2);
      if (ran.length === 0 && !woken(1)) {
        // Thread 0 still holds it. Nobody else may believe that someone looks for it.
        expect(where).toBe("runnext");
        expect(I[S_NMSPINNING]).toBe(0);
      }
      if (woken(1)) wakeUp(1);
      expect(ran.length).toBeLessThanOrEqual(1);
      if (where === "ring") expect(ran).toEqual([g]);
      expect(I[S_NMSPINNING]).toBe(0);
    };
    const park = (): void => as(1, () => void schedule());
    const r = interleave(() => setup(2), park, submit, check);
    expect(r.orders).toBeGreaterThan(30);
    // And the spinner parks while the submitter stands still.
    const asleep = (): void => {
      as(1, () => expect(sleeps(() => void schedule())).toBe(true));
    };
    const back = interleave(
      () => setup(2),
      submit,
      () => asleep(),
      () => {
        consistent(2);
        if (woken(1)) wakeUp(1);
        expect(ran.length === 1 || where === "runnext" || I[S_NMIDLE] === 0).toBe(true);
      },
    );
    expect(back.orders).toBeGreaterThan(4);
  });

  test("from the host, which runs nothing itself: it must be woken, or nobody ever is", () => {
    const submit = (): void => {
      become(-1);
      const g = as(0, () => newproc1(allp(1024), objects[bodyId]!, []));
      become(-1);
      injectg(g);
      wakeIdle();
      become(0);
    };
    for (const procs of [1, 2]) {
      const park = (): void => as(0, () => void schedule());
      const others = (): void => {
        setup(procs);
        if (procs === 2) as(1, () => expect(sleeps(() => void schedule())).toBe(true));
      };
      const r = interleave(others, park, submit, (aslept) => {
        expect(aslept).toBe(true);
        consistent(procs);
        for (let i = 0; i < procs; i++) if (woken(i)) wakeUp(i);
        expect(ran.length).toBe(1);
        expect(I[S_NMSPINNING]).toBe(0);
      });
      expect(r.orders).toBeGreaterThan(5);
    }
  });

  test("three threads, one of them parks, one has work for two", () => {
    const submit = (): void =>
      as(0, () => {
        for (let i = 0; i < 3; i++) {
          runqput(allp(0), spawn(), false);
          wakep();
        }
      });
    const r = interleave(
      () => {
        setup(3);
        as(2, () => expect(sleeps(() => void schedule())).toBe(true));
      },
      () => as(1, () => void schedule()),
      submit,
      () => {
        consistent(3);
        // Each that finds work wakes the next one.
        for (let k = 0; k < 4; k++) for (const i of [1, 2]) if (woken(i)) wakeUp(i);
        expect(ran.length).toBe(3);
        expect(I[S_NMSPINNING]).toBe(0);
        expect(idle(1) && idle(2)).toBe(true);
      },
    );
    expect(r.orders).toBeGreaterThan(20);
  });

  test("from the host, while the only thread goes to wait for its locked goroutine: another thread is needed", () => {
    const submit = (): void => {
      become(-1);
      const g = as(0, () => newproc1(allp(1024), objects[bodyId]!, []));
      become(-1);
      injectg(g);
      wakeIdle();
      become(0);
    };
    const r = interleave(
      () => {
        setup(1);
        I[allm(0) + M_NLOCKED] = 1;
      },
      () => as(0, () => void schedule()),
      submit,
      (aslept) => {
        expect(aslept).toBe(true);
        // The P is with a new thread, for the goroutine is not this one's.
        expect(posted.filter((m) => m.t === "newm")).toEqual([{ t: "newm", mid: 1 }]);
        expect(I[S_NPIDLE]).toBe(0);
        expect(I[allm(1) + M_NEXTP]).toBe(allp(0));
      },
    );
    expect(r.orders).toBeGreaterThan(5);
  });

  test("a thread that was started as a spinner gives the count back (qa T18)", () => {
    setup(2, 1);
    as(0, () => {
      runqput(allp(0), spawn(), false);
      runqput(allp(0), spawn(), false);
      wakep();
    });
    expect(posted).toContainEqual({ t: "newm", mid: 1 });
    expect(I[S_NMSPINNING]).toBe(1);
  });

  test("notes D23: wakep starts a spinner if a P is idle and nobody spins, and none if somebody does", () => {
    for (const spinning of [0, 1]) {
      setup(2, 1);
      I[S_NMSPINNING] = spinning;
      as(0, () => {
        runqput(allp(0), spawn(), false);
        wakep();
      });
      expect(posted.filter((m) => m.t === "newm")).toHaveLength(1 - spinning);
      expect(I[S_NMSPINNING]).toBe(1);
    }
  });
});

describe("a goroutine that belongs to a sleeping thread", () => {
  const bound = (how: "pinned" | "locked", m: number): number =>
    as(0, () => {
      const g = spawn();
      if (how === "pinned") I[g + G_PINM] = m + 1;
      else {
        I[g + G_LOCKEDM] = allm(m);
        I[allm(m) + M_NLOCKED] = 1;
      }
      expect(boundTo(g)).toBe(allm(m));
      return g;
    });

  test.each(["pinned", "locked"] as const)("%s: it is found at each point of the thread's way to sleep", (how) => {
    let g = 0;
    const hand = (): void =>
      as(0, () => {
        try {
          if (!handBound(g, allm(1))) throw new Error("stopped");
        } catch (e) {
          // With our P given away we sleep ourselves.
          if (!(e instanceof Asleep) || curp !== 0) throw e;
        }
      });
    const r = interleave(
      () => {
        setup(2);
        g = bound(how, 1);
      },
      () => as(1, () => void schedule()),
      hand,
      () => {
        for (let k = 0; k < 3; k++) {
          if (woken(1)) wakeUp(1);
          // What was given back to the queues is brought again by who holds a P.
          if (ran.length === 0 && curp !== 0) as(0, () => sleeps(() => void schedule()));
        }
        expect(ran).toEqual([g]);
        consistent(2);
      },
    );
    expect(r.orders).toBeGreaterThan(3);
  });

  test("two that hand it something at the same time wake it once", () => {
    let gs: number[] = [];
    const hand = (i: number, who: number) => (): void =>
      as(who, () => {
        try {
          handBound(gs[i]!, allm(2));
        } catch (e) {
          if (!(e instanceof Asleep) || curp !== 0) throw e;
        }
      });
    const r = interleave(
      () => {
        setup(3);
        gs = [bound("pinned", 2), bound("pinned", 2)];
        as(2, () => expect(sleeps(() => void schedule())).toBe(true));
      },
      hand(0, 0),
      hand(1, 1),
      () => {
        expect(woken(2)).toBe(true);
        wakeUp(2);
        expect([...ran].sort()).toEqual([...gs].sort());
      },
    );
    expect(r.orders).toBeGreaterThan(2);
  });

  test("a locked thread runs what is pinned to it, then sleeps for its own", () => {
    setup(2);
    const pinned = bound("pinned", 1);
    I[allm(1) + M_NLOCKED] = 1;
    expect(as(1, () => sleeps(() => void schedule()))).toBe(true);
    expect(I[S_NMIDLELOCKED]).toBe(1);
    // With an idle P; or with our own, if the other went to a new thread: then we sleep.
    sleeps(() => as(0, () => handBound(pinned, allm(1))));
    expect(I[S_NMIDLELOCKED]).toBe(0);
    wakeUp(1);
    expect(ran).toEqual([pinned]);
    expect(I[S_NMIDLELOCKED]).toBe(1);
    expect(I[allm(1) + M_IDLE]).toBe(IDLE_LOCKED);
  });
});
