/** RWMutex, WaitGroup, Cond, Semaphore, Barrier: the race that each protocol is about, in all orders in which one thread stops once. */
import { expect, test } from "vitest";
import { I } from "../../src/arena/arena.js";
import {
  COND_NL,
  NL_HEAD,
  NL_NOTIFY,
  NL_TAIL,
  NL_WAIT,
  RW_READERCOUNT,
  RW_READERWAIT,
  WG_STATE,
} from "../../src/arena/layout.js";
import { handleAt } from "../../src/arena/value.js";
import { curg, setg, type SUSPEND } from "../../src/stack/current.js";
import { Barrier } from "../../src/sync/barrier.js";
import { Cond } from "../../src/sync/cond.js";
import { Mutex } from "../../src/sync/mutex.js";
import { RWMutex } from "../../src/sync/rwmutex.js";
import { Semaphore } from "../../src/sync/semaphore.js";
import { WaitGroup } from "../../src/sync/waitgroup.js";
import { type Explored, interleave } from "../sched/interleave.js";
import { as } from "../sched/world.js";
import { empty, play, settle, spawn, type Step, thrown } from "./script.js";

let log: string[] = [];
const say =
  (what: string): Step =>
  () =>
    void log.push(what);

/** What is called outside of the goroutines of the script counts as called by one. */
function inside<T>(f: () => T): T {
  const before = curg;
  setg(1);
  try {
    return f();
  } finally {
    setg(before);
  }
}
function on(m: number, f: () => void): () => void {
  return () => as(m, () => inside(f));
}
/** An operation on an object that is made anew for each order. */
type Op = (g: number) => unknown | typeof SUSPEND;

/** Both ways round: a stops and b happens, b stops and a happens. */
function both(setup: () => void, a: [number, ...Step[]], b: () => void, check: () => void): Explored {
  const [m, ...steps] = a;
  const begin = (): void => {
    setup();
    log = [];
    spawn(m, ...steps);
  };
  const after = (): void => {
    for (const x of [1 - m, m, 1 - m]) settle(x);
    check();
  };
  const one = interleave(begin, () => play(m), b, after);
  const two = interleave(begin, b, () => settle(m), after);
  return { orders: one.orders + two.orders, skipped: one.skipped + two.skipped };
}

test("RWMutex: a reader comes while the writer leaves; a writer comes while the last reader leaves", () => {
  let rw!: RWMutex;
  const quiet = (readers: number): void => {
    expect([I[rw.addr + RW_READERCOUNT], I[rw.addr + RW_READERWAIT]]).toEqual([readers, 0]);
  };
  const rLock: Op = (g) => rw.$rLock(g);
  const lock: Op = (g) => rw.$lock(g);
  const r = both(
    () => {
      empty(2);
      rw = inside(() => new RWMutex());
      inside(() => rw.tryLock());
    },
    [0, rLock, say("reads"), () => rw.rUnlock()],
    on(1, () => rw.unlock()),
    () => {
      expect(log).toEqual(["reads"]);
      quiet(0);
      expect(inside(() => rw.tryLock())).toBe(true);
    },
  );
  expect(r.orders).toBeGreaterThan(10);
  both(
    () => {
      empty(2);
      rw = inside(() => new RWMutex());
      inside(() => rw.tryRLock() && rw.tryRLock() && rw.rUnlock());
    },
    [0, lock, say("writes"), () => rw.unlock()],
    on(1, () => rw.rUnlock()),
    () => {
      expect(log).toEqual(["writes"]);
      quiet(0);
      expect(inside(() => rw.tryLock())).toBe(true);
    },
  );
});

test("RWMutex: once a writer waits no reader gets in, and after it all of them do before the next writer", () => {
  empty(1);
  log = [];
  const rw = inside(() => new RWMutex());
  inside(() => rw.tryRLock());
  const write = (name: string): number =>
    spawn(
      0,
      (g) => rw.$lock(g),
      say(name),
      () => rw.unlock(),
    );
  const read = (name: string): number =>
    spawn(
      0,
      (g) => rw.$rLock(g),
      say(name),
      () => rw.rUnlock(),
    );
  write("writer 1");
  settle(0);
  expect(inside(() => rw.tryRLock())).toBe(false);
  for (let i = 0; i < 3; i++) read("reader");
  write("writer 2");
  settle(0);
  expect(log).toEqual([]);
  inside(() => rw.rUnlock());
  settle(0);
  expect(log).toEqual(["writer 1", "reader", "reader", "reader", "writer 2"]);
});

test("WaitGroup: the last one is done while another begins to wait", () => {
  let wg!: WaitGroup;
  const r = both(
    () => {
      empty(2);
      wg = inside(() => new WaitGroup());
      inside(() => wg.add(1));
    },
    [0, (g) => wg.$wait(g), say("waited")],
    on(1, () => wg.done()),
    () => {
      expect(log).toEqual(["waited"]);
      expect(I[wg.addr + WG_STATE]).toBe(0);
    },
  );
  expect(r.orders).toBeGreaterThan(10);
});

test("WaitGroup: misuse is noticed where Go notices it", () => {
  empty(1);
  log = [];
  const wg = inside(() => new WaitGroup());
  const fails = (f: () => void, text: string): void => expect(() => inside(f)).toThrow(text);
  fails(() => wg.done(), "sync: negative WaitGroup counter");
  for (const n of [1.5, NaN, 2 ** 30, -(2 ** 30) - 1, "1", undefined])
    fails(() => wg.add(n as number), `wg.add(${String(n)}): use an integer from -2^30 to 2^30 - 1`);
});

test("WaitGroup: added to while the last one is done: wherever it comes in between, it is noticed", () => {
  let wg!: WaitGroup;
  let panics: string[] = [];
  const attempt = (f: () => void) => (): void => {
    try {
      f();
    } catch (e) {
      panics.push((e as Error).message);
    }
  };
  const seen = new Set<string>();
  interleave(
    () => {
      empty(2);
      wg = inside(() => new WaitGroup());
      inside(() => wg.add(1));
      log = [];
      panics = [];
      spawn(0, (g) => wg.$wait(g), say("waited"));
      settle(0);
    },
    on(
      1,
      attempt(() => wg.done()),
    ),
    on(
      0,
      attempt(() => wg.add(1)),
    ),
    () => {
      for (const m of [1, 0, 1]) settle(m);
      seen.add([...panics, ...thrown, ...log].join("; ") || "waits for the new one too");
    },
  );
  const misuse = "sync: WaitGroup misuse: Add called concurrently with Wait";
  expect([...seen].sort()).toEqual([
    "sync: WaitGroup is reused before previous Wait has returned", // added after the end, before the waiter ran
    `${misuse}; ${misuse}`, // in between: both notice
    "waits for the new one too", // added before the end: no misuse
  ]);
});

test("Cond: a signal comes while another goes to wait: if it comes after the unlock, it counts", () => {
  let mu!: Mutex;
  let cond!: Cond;
  let set = false;
  const r = both(
    () => {
      empty(2);
      mu = inside(() => new Mutex());
      cond = inside(() => new Cond(mu));
      set = false;
    },
    // if !set { wait }: one round of the usual loop; the goroutine holds the mutex while it looks.
    [0, (g) => mu.$lock(g), (g) => (set ? undefined : cond.$wait(g)), () => log.push(`set: ${set}`), () => mu.unlock()],
    on(1, () => {
      if (!mu.tryLock()) return;
      set = true;
      mu.unlock();
      cond.signal();
    }),
    () => {
      if (!set) {
        // The other one held the mutex: it changes the state now.
        inside(() => {
          expect(mu.tryLock()).toBe(true);
          set = true;
          mu.unlock();
          cond.signal();
        });
        settle(0);
      }
      expect(log).toEqual(["set: true"]);
      expect(inside(() => mu.tryLock())).toBe(true);
      const l = cond.addr + COND_NL;
      expect([I[l + NL_HEAD], I[l + NL_TAIL]]).toEqual([0, 0]);
    },
  );
  expect(r.orders).toBeGreaterThan(10);
});

test("Cond: tickets are served in order, wrap around, and a broadcast serves all of them", () => {
  empty(1);
  log = [];
  const mu = inside(() => new Mutex());
  const cond = inside(() => new Cond(mu));
  const l = cond.addr + COND_NL;
  I[l + NL_WAIT] = 2 ** 31 - 2;
  I[l + NL_NOTIFY] = 2 ** 31 - 2;
  const waiter = (i: number): void =>
    void spawn(
      0,
      (g) => mu.$lock(g),
      (g) => cond.$wait(g),
      say(`woken ${i}`),
      () => mu.unlock(),
    );
  for (let i = 0; i < 6; i++) {
    waiter(i);
    settle(0);
  }
  expect(I[l + NL_WAIT]).toBe(-(2 ** 31) + 4);
  for (let i = 0; i < 3; i++) {
    inside(() => cond.signal());
    settle(0);
  }
  expect(log).toEqual(["woken 0", "woken 1", "woken 2"]);
  inside(() => cond.broadcast());
  settle(0);
  expect([...log].sort()).toEqual([0, 1, 2, 3, 4, 5].map((i) => `woken ${i}`));
  inside(() => {
    cond.signal();
    cond.broadcast();
  });
  expect(I[l + NL_WAIT]).toBe(I[l + NL_NOTIFY]);
});

test("Semaphore: an acquire while the units come back", () => {
  let sem!: Semaphore;
  const r = both(
    () => {
      empty(2);
      sem = inside(() => new Semaphore(3));
      inside(() => sem.tryAcquire(2));
    },
    [0, (g) => sem.$acquire(g, 0, 0, undefined, 3), say("acquired")],
    on(1, () => sem.release(2)),
    () => {
      expect(log).toEqual(["acquired"]);
      expect(inside(() => sem.tryAcquire(1))).toBe(false);
      inside(() => sem.release(3));
      expect(inside(() => sem.tryAcquire(3))).toBe(true);
    },
  );
  expect(r.orders).toBeGreaterThan(4);
});

test("Semaphore: first in, first out; a small one does not overtake a large one", () => {
  empty(1);
  log = [];
  const sem = inside(() => new Semaphore(5));
  inside(() => sem.tryAcquire(4));
  const want = (n: number): void => void spawn(0, (g) => sem.$acquire(g, 0, 0, undefined, n), say(`got ${n}`));
  for (const n of [5, 1, 2]) {
    want(n);
    settle(0);
  }
  expect(log).toEqual([]);
  expect(inside(() => sem.tryAcquire(1))).toBe(false);
  expect(inside(() => sem.tryAcquire(0))).toBe(false);
  inside(() => sem.release(4));
  settle(0);
  expect(log).toEqual(["got 5"]);
  inside(() => sem.release(5));
  settle(0);
  expect([...log].sort()).toEqual(["got 1", "got 2", "got 5"]);
  inside(() => sem.release(3));
  const fails = (f: () => unknown, text: string): void => expect(() => inside(f)).toThrow(text);
  fails(() => sem.release(1), "semaphore: released more than held");
  for (const n of [-1, 0.5, NaN, Infinity, 2 ** 53, "1"]) {
    const use = "use an integer from 0 to 2^53 - 1";
    fails(() => new Semaphore(n as number), `new Semaphore(${n}): ${use}`);
    fails(() => sem.$acquire(1, 0, 0, undefined, n as number), `sem.acquire(${n}): ${use}`);
    fails(() => sem.tryAcquire(n as number), `sem.tryAcquire(${n}): ${use}`);
    fails(() => sem.release(n as number), `sem.release(${n}): ${use}`);
  }
  fails(
    () => sem.$acquire(1, 0, 0, undefined, 6),
    "sem.acquire(6): the semaphore's size is 5, so this would wait for ever",
  );
  expect(inside(() => sem.tryAcquire(6))).toBe(false);
  const large = inside(() => new Semaphore(2 ** 40));
  expect(inside(() => [large.tryAcquire(2 ** 39), large.tryAcquire(2 ** 39), large.tryAcquire(1)])).toEqual([
    true,
    true,
    false,
  ]);
});

test("Barrier: the last one arrives while another does", () => {
  let bar!: Barrier;
  const wait: Step = (g) => bar.$wait(g);
  const r = both(
    () => {
      empty(2);
      bar = inside(() => new Barrier(2));
      spawn(1, wait, say("b 1"), wait, say("b 2"));
    },
    [0, wait, say("a 1"), wait, say("a 2")],
    () => settle(1),
    () => {
      for (const m of [0, 1, 0, 1]) settle(m);
      expect([...log].sort()).toEqual(["a 1", "a 2", "b 1", "b 2"]);
      // Both have left round 1 before either leaves round 2.
      expect(log.slice(0, 2).sort()).toEqual(["a 1", "b 1"]);
    },
  );
  expect(r.orders).toBeGreaterThan(10);
  for (const n of [0, -1, 1.5, NaN, 2 ** 30 + 1, "2"])
    expect(() => inside(() => new Barrier(n as number))).toThrow(`new Barrier(${n}): use an integer from 1 to 2^30`);
});

test("a Cond needs a lock that is the same on every thread", () => {
  empty(1);
  for (const l of [undefined, {}, new Map(), { lock() {}, unlock() {} }])
    expect(() => inside(() => new Cond(l as never))).toThrow(
      "new Cond: the lock must be a Mutex, an RWMutex, or what rw.rLocker() returns",
    );
});

test.each([
  ["Mutex", () => new Mutex()],
  ["RWMutex", () => new RWMutex()],
  ["WaitGroup", () => new WaitGroup()],
  ["Semaphore", () => new Semaphore(1)],
  ["Barrier", () => new Barrier(1)],
] as const)("%s: outside of a goroutine it cannot be made", (name, make) => {
  empty(1);
  expect(make).toThrow(`new ${name}: not inside a goroutine`);
});

test("objects of all classes on one page have handles of their own", () => {
  empty(1);
  as(0, () =>
    inside(() => {
      const made = Array.from({ length: 200 }, (_, i) =>
        [() => new RWMutex(), () => new WaitGroup(), () => new Mutex(), () => new RWMutex().rLocker()][(i * 7) % 4]!(),
      );
      expect(new Set(made).size).toBe(made.length);
      // What an address leads to: the same object, also after all the others were made.
      for (const h of made) expect(handleAt(h.kind, h.addr)).toBe(h);
      const names = ["RWMutex", "RLocker", "Mutex", "WaitGroup"];
      expect(made.map((h) => h.constructor.name)).toEqual(made.map((_, i) => names[i % 4]));
    }),
  );
});
