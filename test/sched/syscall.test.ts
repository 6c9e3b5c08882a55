/**
 * The protocol of system calls (src/sched/sysmon.ts, steps 1 to 4 and A to C) in all orders in which one thread stops once:
 * sysmon, another M, the world's stopper, each from start to end between any two atomic operations of an M, and the other
 * way round. What must never be: a P with two holders or none, a goroutine in no place, counts that do not add up.
 */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { I } from "../../src/arena/arena.js";
import { load } from "../../src/arena/atomics.js";
import {
  FLAG_OPEN,
  G_PINM,
  G_PINS,
  G_STATUS,
  G_SYSCALL,
  IDLE_SYSCALL,
  M_IDLE,
  M_NEXTP,
  M_NOTE,
  M_P,
  M_PINQ,
  P_M,
  P_STATUS,
  P_SYSCALLTICK,
  S_FRUITLESS,
  S_GCWAITING,
  S_LOCK,
  S_NCPU,
  S_NINSYSCALL,
  S_NMIDLE,
  S_NMIDLELOCKED,
  S_NMSPINNING,
  S_NPIDLE,
  S_NPROCS,
  S_NRETAKEN,
  S_NRETAKING,
  S_STOPNOTE,
  S_STOPWAIT,
  S_SYSMONNOTE,
  S_SYSMONSLEEP,
  S_SYSMONUP,
  SYSMON_LONG,
} from "../../src/arena/layout.js";
import { handBound } from "../../src/sched/bound.js";
import { globrunqget } from "../../src/sched/globrunq.js";
import { allm, wakep } from "../../src/sched/m.js";
import { allp } from "../../src/sched/p.js";
import { newproc1, schedule } from "../../src/sched/proc.js";
import { runqput } from "../../src/sched/runq.js";
import { Grunning, Gsyscall, Pidle, Prunning, Psyscall } from "../../src/sched/status.js";
import { resizeWorld } from "../../src/sched/stw.js";
import { entersyscall, entersyscallblock, exitsyscall } from "../../src/sched/syscall.js";
import { retake } from "../../src/sched/sysmon.js";
import { curg, curp, insyscall, mustg, setg, setSyscall } from "../../src/stack/current.js";
import { type Compiled, type FuncObject, objects, register, setObject } from "../../src/stack/funcs.js";
import { Asleep, interleave, sleeps } from "./interleave.js";
import { as, become, global, posted, ring, runnext, world } from "./world.js";

let ran: number[] = [];
const body: Compiled = (g) => {
  ran.push(g);
  return undefined;
};
let bodyId = 0;
const spawn = (): number => newproc1(curp, objects[bodyId]!, []);

let worlds = 0;
let now = 0;
/** The goroutine that is in a system call on M 0. */
let g0 = 0;

/** M 0 runs g0; `ms` threads, of which those without a P sleep. */
function setup(procs = 1, ms = 2): void {
  world(procs, { ms, flags: FLAG_OPEN });
  setSyscall(false);
  I[S_NCPU] = 0;
  ran = [];
  const id = register("test:body", "body", body, { params: 0, rest: false, file: "", lines: [] });
  setObject(id, { $id: id << 12, $c: body, $key: "test:body", $file: "", $name: "body" } as unknown as FuncObject);
  bodyId = id;
  // sysmon remembers what it saw; ticks that wrap are ticks.
  for (let id = 0; id < procs; id++) I[allp(id) + P_SYSCALLTICK] = (0x7fff_fff0 + (worlds += 100)) | 0;
  for (let i = procs; i < ms; i++) as(i, () => expect(sleeps(() => void schedule())).toBe(true));
  g0 = running(0);
}

/** A goroutine that M i runs. */
function running(i: number): number {
  return as(i, () => {
    const g = spawn();
    I[g + G_STATUS] = Grunning;
    setg(0);
    return g;
  });
}

/** sysmon looks as often as it takes for it to take a P: once to see the call, once after the grace. */
function monitor(): void {
  become(-1);
  for (let i = 0; i < 2; i++) retake((now += 11));
  become(0);
}
const enter = (): void =>
  as(0, () => {
    setg(g0);
    entersyscall(g0);
  });
const exit = (): void => as(0, () => exitsyscall(g0));
const woken = (i: number): boolean => (I[allm(i) + M_NOTE]! & 1) === 1;
const waits = (i: number): boolean => I[allm(i) + M_IDLE] === IDLE_SYSCALL;

/** Every P is in exactly one place; counts agree. */
function consistent(ms = 2): void {
  const holders = new Map<number, number>();
  const hold = (p: number): void => void (p !== 0 && holders.set(p, (holders.get(p) ?? 0) + 1));
  for (let i = 0; i < ms; i++) {
    hold(I[allm(i) + M_P]!);
    if (woken(i)) hold(I[allm(i) + M_NEXTP]!);
  }
  for (const m of posted) if (m.t === "newm") hold(I[allm(m.mid) + M_NEXTP]!);
  let free = 0;
  for (let id = 0; id < I[S_NPROCS]!; id++) {
    const p = allp(id);
    const s = I[p + P_STATUS];
    const held = holders.get(p) ?? 0;
    expect(held).toBeLessThanOrEqual(1);
    if (s === Prunning) expect(I[p + P_M]).not.toBe(0);
    if (s === Psyscall) expect(held).toBe(0);
    if (s === Pidle && held === 0) free++;
  }
  expect(I[S_NPIDLE]).toBe(free);
  expect(I[S_NRETAKING]).toBe(0);
  expect(I[S_LOCK]).toBe(0);
  expect(I[S_NMSPINNING]).toBeGreaterThanOrEqual(0);
}

beforeEach(() => {
  vi.restoreAllMocks();
  now = 0;
});

describe("a call that is short", () => {
  test("comes back to its P, with one store and one CAS", () => {
    setup();
    const ops: string[] = [];
    const real = { store: Atomics.store, cas: Atomics.compareExchange };
    vi.spyOn(Atomics, "store").mockImplementation(((...a: Parameters<typeof real.store>) => {
      ops.push("store");
      return real.store(...a);
    }) as never);
    vi.spyOn(Atomics, "compareExchange").mockImplementation(((...a: Parameters<typeof real.cas>) => {
      ops.push("cas");
      return real.cas(...a);
    }) as never);
    enter();
    exit();
    vi.restoreAllMocks();
    expect(ops).toEqual(["store", "cas"]);
    expect(curp).toBe(allp(0));
    consistent();
  });

  test("inside there is neither G nor P, and an error says why", () => {
    setup();
    setg(g0);
    entersyscall(g0);
    expect([curp, curg, insyscall]).toEqual([0, 0, true]);
    expect(I[g0 + G_STATUS]).toBe(Gsyscall);
    expect(() => mustg("ch.close")).toThrow("ch.close: not inside syscall()");
    exitsyscall(g0);
    expect([curp, curg, insyscall]).toEqual([allp(0), g0, false]);
  });

  test("is not taken at sysmon's first look, nor one that began since the last", () => {
    setup();
    as(0, () => runqput(curp, spawn(), false));
    become(-1);
    for (let i = 0; i < 20; i++) {
      become(0);
      enter();
      become(-1);
      expect(retake((now += 11))).toBe(0);
      become(0);
      exit();
    }
    expect(I[S_NRETAKEN]).toBe(0);
    expect(I[allp(0) + P_STATUS]).toBe(Prunning);
  });

  test("is left alone for 10 ms when nobody needs its P, and taken then", () => {
    setup(2, 3);
    as(1, () => expect(sleeps(() => void schedule())).toBe(true)); // an idle P
    enter();
    become(-1);
    expect(retake((now += 1))).toBe(0);
    expect(retake((now += 9))).toBe(0);
    expect(retake((now += 1))).toBe(1);
    consistent(3);
    expect(I[S_NPIDLE]).toBe(2);
  });

  test("sysmon in a long nap is woken", () => {
    setup();
    I[S_SYSMONSLEEP] = SYSMON_LONG;
    const epoch = I[S_SYSMONNOTE]!;
    enter();
    expect(I[S_SYSMONNOTE]).toBe(epoch + 1);
    exit();
    enter();
    expect(I[S_SYSMONNOTE]).toBe(epoch + 1);
    exit();
  });
});

describe("sysmon takes the P just as the call ends", () => {
  test.each([
    ["with work for it", true],
    ["without", false],
  ])("%s", (_what, work) => {
    const check = (): void => {
      consistent();
      expect(I[S_NINSYSCALL]).toBe(waits(0) || I[allm(0) + M_P] !== 0 ? 0 : 1);
      const back = I[allm(0) + M_P] === allp(0);
      // Either the M has it, or sysmon has taken it: then the M waits, or it had found the P idle again.
      if (!back) {
        expect(waits(0)).toBe(true);
        expect(I[g0 + G_SYSCALL]).toBe(allm(0));
        // M 1 was given the P, or will find the goroutine: it runs what is there and then brings the P back.
        expect(woken(1)).toBe(true);
        as(1, () => sleeps(() => void runNext(1)));
        expect(woken(0)).toBe(true);
        expect(I[allm(0) + M_NEXTP]).toBe(allp(0));
        consistent();
      }
    };
    const before = (): void => {
      setup();
      if (work) as(0, () => runqput(curp, spawn(), false));
      enter();
    };
    const attempt = (): void => {
      try {
        exit();
      } catch (e) {
        // Asleep until its turn comes.
        if (!(e instanceof Asleep) || !waits(0)) throw e;
      }
    };
    expect(interleave(before, attempt, monitor, check).orders).toBeGreaterThan(1);
    const r = interleave(before, monitor, attempt, check);
    expect(r.orders).toBeGreaterThan(5);
  });
});

/** M i goes on after a wake-up, until it sleeps. */
function runNext(i: number): void {
  as(i, () => {
    const p = I[allm(i) + M_NEXTP]!;
    expect(p).not.toBe(0);
    I[allm(i) + M_NOTE] = I[allm(i) + M_NOTE]! + 1;
    I[allm(i) + M_NEXTP] = 0;
    I[p + P_M] = allm(i);
    I[allm(i) + M_P] = p;
    I[p + P_STATUS] = Prunning;
    become(i);
    schedule();
  });
}

describe("the ABA: the P was taken, and the M that got it is in a system call with it", () => {
  test("the first M may have it back; the other then finds it gone; the counts agree", () => {
    setup();
    as(0, () => runqput(curp, spawn(), false));
    enter();
    monitor();
    expect(woken(1)).toBe(true);
    const g1 = newGoroutineOn(1);
    as(1, () => entersyscall(g1));
    expect(I[allp(0) + P_STATUS]).toBe(Psyscall);
    exit();
    expect(I[allm(0) + M_P]).toBe(allp(0));
    expect(I[S_NINSYSCALL]).toBe(1);
    as(1, () => expect(sleeps(() => exitAs(1, g1, allp(0)))).toBe(true));
    expect(waits(1)).toBe(true);
    expect(I[S_NINSYSCALL]).toBe(0);
    consistent();
  });

  test("sysmon does not take a second call for the first one", () => {
    setup();
    as(0, () => runqput(curp, spawn(), false));
    enter();
    become(-1);
    expect(retake((now += 1))).toBe(0);
    become(0);
    exit();
    enter();
    become(-1);
    expect(retake((now += 1))).toBe(0);
    expect(retake((now += 1))).toBe(1);
  });
});

/** M i takes the P it was given and runs a goroutine with it. */
function newGoroutineOn(i: number): number {
  const p = I[allm(i) + M_NEXTP]!;
  I[allm(i) + M_NOTE] = I[allm(i) + M_NOTE]! + 1;
  I[allm(i) + M_NEXTP] = 0;
  I[allm(i) + M_P] = p;
  I[p + P_M] = allm(i);
  I[p + P_STATUS] = Prunning;
  return running(i);
}

/** exitsyscall keeps the P of the call in variables of its thread; here all Ms are one thread. */
function exitAs(i: number, g: number, p: number): void {
  expect(I[p + P_STATUS]).toBe(Prunning);
  become(i);
  exitsyscall(g);
}

describe("the world is stopped while a P is in a system call", () => {
  /** The stopper waits for M 0, which holds a P. */
  let waiting = false;
  const stop = (): void =>
    as(1, () => {
      try {
        resizeWorld(3);
      } catch (e) {
        if (!(e instanceof Asleep) || I[allm(0) + M_P] === 0) throw e;
        waiting = true;
      }
    });
  const exiting = (): void => {
    try {
      exit();
    } catch (e) {
      if (!(e instanceof Asleep) || !waits(0)) throw e;
    }
  };
  const check = (aslept = false): void => {
    expect(I[S_LOCK]).toBe(0);
    if (aslept || waiting) {
      // The last one to stop wakes the stopper: M 0 as it went into its call, or, with a P, when it comes to its next goroutine.
      if (I[allm(0) + M_P] !== 0) {
        expect(I[S_STOPNOTE]! & 1).toBe(0);
        as(0, () => expect(sleeps(() => void schedule())).toBe(true));
      }
      expect(I[S_STOPNOTE]! & 1).toBe(1);
      expect(I[S_STOPWAIT]).toBe(0);
      return;
    }
    expect(load(S_GCWAITING)).toBe(0);
    expect(I[S_NPROCS]).toBe(3);
    consistent(2);
    expect(I[allm(0) + M_P] !== 0 || waits(0) || I[g0 + G_STATUS] === Gsyscall).toBe(true);
  };
  const before = (entered: boolean) => (): void => {
    waiting = false;
    setup(2, 2);
    if (entered) enter();
  };

  test("during the call, and as it ends", () => {
    before(true)();
    stop();
    check();
    expect(I[S_NINSYSCALL]).toBe(1);
    exiting();
    expect(I[allm(0) + M_P]).not.toBe(0);
    expect(I[S_NINSYSCALL]).toBe(0);
    expect(interleave(before(true), stop, exiting, check).orders).toBeGreaterThan(3);
    expect(interleave(before(true), exiting, stop, check).orders).toBeGreaterThan(1);
  });

  test("as it begins: the stopper takes the P, or the M gives it up", () => {
    expect(interleave(before(false), enter, stop, check).orders).toBeGreaterThan(1);
    expect(interleave(before(false), stop, enter, check).orders).toBeGreaterThan(3);
  });
});

describe("a call that is known to block", () => {
  test("gives the P away at once: to who sleeps, if there is work, else to the idle ones", () => {
    setup();
    const other = as(0, () => {
      const g = spawn();
      runqput(curp, g, false);
      return g;
    });
    as(0, () => entersyscallblock(g0));
    expect(woken(1)).toBe(true);
    expect(sleeps(() => runNext(1))).toBe(true);
    expect(ran).toEqual([other]);
    exit();
    expect(I[allm(0) + M_P]).toBe(allp(0));
    consistent();
    as(0, () => entersyscallblock(g0));
    // Nobody looks for work, so one is woken to do so (handoffp), as in Go.
    if (woken(1)) sleeps(() => runNext(1));
    expect(I[S_NPIDLE]).toBe(1);
    expect(I[S_NINSYSCALL]).toBe(1);
    consistent();
  });
});

describe("qa T25: a goroutine that waits behind its call for its turn", () => {
  /** M 0 waits with g0, M 1 holds the P. */
  function waiting(): void {
    setup();
    as(0, () => runqput(curp, spawn(), false));
    enter();
    monitor();
    expect(sleeps(() => exit())).toBe(true);
    newGoroutineOn(1);
  }

  test("is in the global queue, once, and its M sleeps, which is no deadlock", () => {
    waiting();
    as(1, () => {
      expect(globrunqget(curp, 1)).toBe(g0);
      expect([...global(), ...ring(0), runnext(0)].includes(g0)).toBe(false);
    });
    expect(I[S_NMIDLELOCKED]).toBe(1);
    expect(I[S_NMIDLE]).toBe(0);
  });

  test("who finds it gives its own P to the M, and sleeps", () => {
    waiting();
    as(1, () => {
      expect(globrunqget(curp, 1)).toBe(g0);
      expect(sleeps(() => handBound(g0, allm(0)))).toBe(true);
    });
    expect(woken(0)).toBe(true);
    expect(I[allm(0) + M_NEXTP]).toBe(allp(0));
    expect(I[allm(0) + M_PINQ]).toBe(0);
    expect(I[S_NMIDLELOCKED]).toBe(0);
    consistent();
  });

  test("another goroutine that is pinned to that M waits in its inbox and does not wake it", () => {
    waiting();
    as(1, () => {
      const pinned = spawn();
      I[pinned + G_PINM] = 1;
      expect(handBound(pinned, allm(0))).toBe(true);
      expect(I[allm(0) + M_PINQ]).toBe(pinned);
      expect(waits(0)).toBe(true);
      expect(woken(0)).toBe(false);
    });
  });

  test.each([0, 1])(
    "goes on with the P it is brought, and is free again unless it was pinned before: %d pins",
    (pins) => {
      setup();
      as(0, () => runqput(curp, spawn(), false));
      enter();
      monitor();
      newGoroutineOn(1);
      I[g0 + G_PINS] = pins;
      let sleepers = 0;
      vi.spyOn(Atomics, "wait").mockImplementation((() => {
        if (sleepers++ > 0) throw new Asleep(0, 0);
        // M 0 sleeps: M 1 finds the goroutine, brings its P, and goes to sleep itself.
        expect(waits(0)).toBe(true);
        as(1, () => {
          expect(globrunqget(curp, 1)).toBe(g0);
          expect(() => handBound(g0, allm(0))).toThrow(Asleep);
        });
        return "ok";
      }) as never);
      exit();
      vi.restoreAllMocks();
      expect(sleepers).toBe(2);
      expect(I[allm(0) + M_P]).toBe(allp(0));
      expect(I[g0 + G_STATUS]).toBe(Grunning);
      expect(I[g0 + G_SYSCALL]).toBe(0);
      expect(I[g0 + G_PINM]).toBe(pins);
      expect(I[allm(0) + M_IDLE]).toBe(0);
      consistent();
    },
  );
});

test("a waker leaves its own runnext to itself after searches in vain, if sysmon is there to look", () => {
  for (const up of [0, 1]) {
    setup(2, 2);
    as(1, () => expect(sleeps(() => void schedule())).toBe(true));
    I[S_FRUITLESS] = 5;
    I[S_SYSMONUP] = up;
    as(0, () => {
      runqput(curp, spawn(), true);
      wakep();
    });
    expect(woken(1)).toBe(up === 0);
  }
});
