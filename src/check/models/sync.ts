/** What sync/ is made of: semaphores, and on them the locks and counters. */
import type { Core } from "../load.js";
import type { Memory } from "../memory.js";
import type { Act, World } from "../world.js";
import { assert, type CoreModel, together } from "./common.js";

/** The object of the running execution, a plain counter that it guards, and the memory they are in. */
let object = 0;
let counter = 0;
let memory: Memory;

type Of = "MUTEX" | "RWMUTEX" | "WAITGROUP" | "ONCE" | "SEMAPHORE";
const BYTES = {
  MUTEX: "MUTEX_BYTES",
  RWMUTEX: "RW_BYTES",
  WAITGROUP: "WG_BYTES",
  ONCE: "ONCE_BYTES",
  SEMAPHORE: "SEM_BYTES",
};

function make(w: World, kind: Of): void {
  memory = w.memory;
  object = w.object(w.host[`HANDLE_${kind}`], w.host[BYTES[kind]]);
  counter = w.token();
}

/** The handle of the object: its methods are what users call. */
const at = (c: Core, kind: Of): Record<string, (...args: unknown[]) => unknown> =>
  c["handleAt"](c[`HANDLE_${kind}`], object);
const does =
  (kind: Of, method: string, ...args: unknown[]): Act =>
  (c, g) =>
    at(c, kind)[method]!(...(method.startsWith("$") ? [g] : []), ...args);

const count: Act = () => memory.set(counter, memory.get(counter) + 1);
const look: Act = () => memory.get(counter);

const lock = does("MUTEX", "$lock");
const unlock = does("MUTEX", "unlock");

const mutex = (n: number, tick: number, preemptions: number): CoreModel =>
  together(
    `Mutex of ${n} goroutines${tick === 0 ? "" : ", every waiter starves"}`,
    Object.fromEntries(Array.from({ length: n }, (_, i) => [`g${i}`, [lock, count, unlock]])),
    (w) => make(w, "MUTEX"),
    (_r, _s, w) => {
      assert(memory.get(counter) === n, `counted ${memory.get(counter)} of ${n}`);
      assert(memory.get(object + w.host["MUTEX_MU"]) === 0, `the state is ${memory.get(object + w.host["MUTEX_MU"])}`);
    },
    { world: { tick }, search: { preemptions } },
  );

/** Others than the holder cannot get in by tryLock, and it never waits. */
const tryLock: CoreModel = together(
  "Mutex: tryLock against lock and unlock",
  {
    a: [lock, count, unlock],
    b: [
      function* (c) {
        const got = (yield* c["mutextrylock"](object + c["MUTEX_MU"])) as unknown as boolean;
        if (!got) return false;
        memory.set(counter, memory.get(counter) + 1);
        yield* c["mutexunlock"](object + c["MUTEX_MU"]);
        return true;
      },
    ],
  },
  (w) => make(w, "MUTEX"),
  (r) => assert(memory.get(counter) === 1 + (r["b"]![0] === true ? 1 : 0), `counted ${memory.get(counter)}`),
);

const rLock = does("RWMUTEX", "$rLock");
const rUnlock = does("RWMUTEX", "rUnlock");
const wLock = does("RWMUTEX", "$lock");
const wUnlock = does("RWMUTEX", "unlock");

const rwmutex = (name: string, parts: Record<string, readonly Act[]>, preemptions: number): CoreModel =>
  together(
    `RWMutex: ${name}`,
    parts,
    (w) => make(w, "RWMUTEX"),
    () => {
      const writers = Object.values(parts).filter((acts) => acts.includes(count)).length;
      assert(memory.get(counter) === writers, `counted ${memory.get(counter)} of ${writers}`);
      for (const o of [0, 1, 2, 3, 4, 5, 6, 7])
        assert(o === 0 || memory.get(object + o) === 0, `word ${o} of the lock is left at ${memory.get(object + o)}`);
    },
    { search: { preemptions } },
  );
const reader = [rLock, look, rUnlock];
const writer = [wLock, count, wUnlock];

const done = does("WAITGROUP", "done");
const wait = does("WAITGROUP", "$wait");
const waitGroup = (name: string, n: number, parts: Record<string, readonly Act[]>, preemptions: number): CoreModel =>
  together(
    `WaitGroup: ${name}`,
    parts,
    (w) => {
      make(w, "WAITGROUP");
      memory.words[object + w.host["WG_STATE"]] = 2 * n;
    },
    (r, _s, w) => {
      for (const [who, got] of Object.entries(r))
        for (const v of got) assert(typeof v !== "string", `${who}: ${String(v)}`);
      assert(memory.get(object + w.host["WG_STATE"]) === 0, "the counter is not zero");
    },
    { search: { preemptions } },
  );
/** Each worker does something before it is done: who has waited must see it. */
const worker = (i: number): Act[] => [() => memory.set(counter + i, 1), done];
const sees =
  (n: number): Act =>
  () => {
    for (let i = 0; i < n; i++) assert(memory.get(counter + i) === 1, `the work of ${i} is not there`);
  };

/** The function of a Once: counts plainly, so that two at a time, or a caller that does not see it, are races. */
const f = Object.assign(() => undefined, {
  $c: () => {
    memory.set(counter, memory.get(counter) + 1);
    return undefined;
  },
});
const once: Act = (c, g, fp) => at(c, "ONCE")["$do"]!(g, fp, 0, undefined, f);

const acquire: Act = function* (c, g) {
  const done = (yield* c["semacquire"](g, object, c["finAcquire"])) as unknown as boolean;
  return (done ? undefined : c["SUSPEND"]) as unknown as number;
};
const release =
  (handoff: boolean): Act =>
  (c) =>
    c["semrelease"](object, handoff);

const semaphore = (name: string, value: number, parts: Record<string, readonly Act[]>, mayBlock: boolean): CoreModel =>
  together(
    `semacquire and semrelease: ${name}`,
    parts,
    (w) => {
      memory = w.memory;
      object = w.token();
      memory.words[object] = value;
    },
    (r, _s, w) => {
      const given =
        value +
        Object.values(parts)
          .flat()
          .filter((a) => a !== acquire).length;
      const taken = Object.keys(parts).filter((n) => parts[n]!.includes(acquire) && r[n] !== undefined).length;
      const waiting = memory.get((w.host["semaroot"](object) as number) + (w.host["SR_NWAIT"] as number));
      assert(given - taken === memory.get(object), `${given} given, ${taken} taken, ${memory.get(object)} left`);
      assert(memory.get(object) === 0 || waiting === 0, `${memory.get(object)} left, and ${waiting} wait`);
    },
    { mayBlock },
  );

/** Weighted: the first in the queue is never passed over, and what was released reaches it. */
const weighted: CoreModel = together(
  "Semaphore: a large request and a small one",
  {
    large: [does("SEMAPHORE", "$acquire", 0, 0, undefined, 2), does("SEMAPHORE", "release", 2)],
    small: [does("SEMAPHORE", "$acquire", 0, 0, undefined, 1), does("SEMAPHORE", "release", 1)],
  },
  (w) => {
    make(w, "SEMAPHORE");
    w.memory.machine.writeF((object + w.host["SEM_SIZE"]) >> 1, 2, 0);
  },
  (_r, _s, w) => assert(w.memory.machine.readF((object + w.host["SEM_HELD"]) >> 1, 0) === 0, "something is held"),
);

/** The Cond of the running execution; `counter` is the condition. */
let cond = 0;
const condAt = (c: Core): Record<string, (...args: unknown[]) => unknown> => c["handleAt"](c["HANDLE_COND"], cond);
const waitUnless: Act = (c, g) => (memory.get(counter) !== 0 ? undefined : condAt(c)["$wait"]!(g));
const set: Act = () => memory.set(counter, 1);
const waiter = [lock, waitUnless, look, unlock];
const condition = (name: string, parts: Record<string, readonly Act[]>, preemptions: number): CoreModel =>
  together(
    `Cond: ${name}`,
    parts,
    (w) => {
      make(w, "MUTEX");
      cond = w.object(w.host["HANDLE_COND"], w.host["COND_BYTES"]);
      memory.words[cond + w.host["COND_LKIND"]] = w.host["HANDLE_MUTEX"];
      memory.words[cond + w.host["COND_LADDR"]] = object;
    },
    (r) => {
      for (const [who, got] of Object.entries(r))
        if (parts[who] === waiter) assert(got[2] === 1, `${who} has seen ${String(got[2])}`);
    },
    { search: { preemptions } },
  );
const signal: Act = (c) => condAt(c)["signal"]!();
const broadcast: Act = (c) => condAt(c)["broadcast"]!();

/** What is put into a pool is got at most once. */
const pool: CoreModel = together(
  "Pool: its owner puts and gets, another P steals",
  {
    owner: [
      (c) => poolAt(c)["put"]!(1),
      (c) => poolAt(c)["put"]!(2),
      (c) => poolAt(c)["put"]!(3),
      (c) => poolAt(c)["get"]!(),
      (c) => poolAt(c)["get"]!(),
    ],
    thief: [(c) => poolAt(c)["get"]!(), (c) => poolAt(c)["get"]!()],
  },
  (w) => {
    memory = w.memory;
    // Made in a goroutine, as by its constructor.
    const c = w.m(0);
    c["setg"](1);
    object = w.now<number>(c["newpool"]());
    c["setg"](0);
  },
  (r) => {
    const got = [...r["owner"]!.slice(3), ...r["thief"]!].filter((v) => v !== undefined);
    assert(new Set(got).size === got.length, `got ${got}`);
    assert(r["owner"]![3] !== undefined, "the owner has put three, and the thief takes two");
  },
);
const poolAt = (c: Core): Record<string, (...args: unknown[]) => unknown> => c["handleAt"](c["HANDLE_POOL"], object);

export const models: readonly CoreModel[] = [
  mutex(2, 0, 4),
  mutex(3, 0, 2),
  mutex(2, 5, 4),
  mutex(3, 5, 2),
  tryLock,
  rwmutex("a reader and a writer", { reader, writer }, 4),
  rwmutex("two readers and a writer", { a: reader, b: reader, writer }, 2),
  rwmutex("a reader and two writers", { reader, a: writer, b: writer }, 2),
  waitGroup("two are waited for", 2, { a: worker(0), b: worker(1), waiter: [wait, sees(2)] }, 3),
  waitGroup("two wait", 1, { a: worker(0), x: [wait, sees(1)], y: [wait, sees(1)] }, 3),
  together(
    "Once by two",
    { a: [once, look], b: [once, look] },
    (w) => make(w, "ONCE"),
    (r) => assert(r["a"]![1] === 1 && r["b"]![1] === 1, `a has seen ${r["a"]}, b ${r["b"]}`),
  ),
  semaphore("one each", 0, { a: [acquire], b: [release(false)] }, false),
  semaphore("hand-off", 0, { a: [acquire], b: [release(true)] }, false),
  semaphore("hand-off, and one that comes meanwhile", 0, { a: [acquire], b: [release(true)], c: [acquire] }, true),
  semaphore("two released, two acquire", 0, { a: [acquire], b: [acquire], c: [release(false), release(false)] }, false),
  weighted,
  condition("signal against wait", { waiter, signaller: [lock, set, signal, unlock] }, 4),
  condition("signal without the lock held", { waiter, signaller: [lock, set, unlock, signal] }, 4),
  condition("broadcast to two", { x: waiter, y: waiter, signaller: [lock, set, broadcast, unlock] }, 2),
  pool,
];
