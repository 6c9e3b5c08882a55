/** The network poller: submissions, completions, and the deadlock detector that must not come in between. */
import { type Core, isBody } from "../load.js";
import type { Body } from "../machine.js";
import type { Memory } from "../memory.js";
import type { Act, World } from "../world.js";
import { assert, coreModel, type CoreModel, range } from "./common.js";
import { quiet } from "./park.js";

let memory: Memory;
/** What the poller was told to do, by object. */
let handled = new Map<number, number>();
const KIND = 1;
/** The continuation of a goroutine that has waited for an event. */
let fin = 0;
/** The wait word, and the object that the event changes. */
let word = 0;
let object = 0;

const register = (c: Core): void => {
  (c["handlers"] as Map<number, (o: number, what: number) => void>).set(KIND, (o, what) => {
    handled.set(o, (handled.get(o) ?? 0) | what);
  });
  fin = c["registerFin"](function* () {
    yield* c["unblocked"](word);
    return yield* memory.load(object);
  }) as number;
};

/** The poller's thread as `netpoll` runs it, until all was handled; its event loop is a sleep. */
function* poller(c: Core, w: World, all: () => boolean): Body<void> {
  for (;;) {
    yield* c["drain"]() as Body;
    if (all()) return;
    if ((yield* w.memory.load(c["S_NETWAKE"])) === 1) yield* w.memory.wait(c["S_NETWAKE"], 1);
  }
}

/** Each of `n` submitters wants something of its object, or all of the same one. */
const submissions = (n: number, same: boolean): CoreModel =>
  coreModel(
    `netpoll: ${n} submit${same ? " the same object" : ""} against the poller`,
    { procs: n, outsiders: 1, register },
    (w) => {
      handled = new Map();
      memory = w.memory;
      return range(n).map(() => {
        const o = w.object(KIND, w.host["PD_BYTES"]);
        w.memory.words[o + w.host["PD_KIND"]] = KIND;
        return o;
      });
    },
    (os, w) => {
      const want = (i: number): number => 1 << i;
      const all = (): boolean =>
        same ? handled.get(os[0]!) === (1 << n) - 1 : os.every((o, i) => handled.get(o) === want(i));
      return {
        ...Object.fromEntries(range(n).map((i) => [`M${i}`, w.m(i)["want"](os[same ? 0 : i], want(i)) as Body])),
        poller: poller(w.outsider(0), w, all),
      };
    },
    () => undefined,
    { search: { preemptions: n === 1 ? 6 : 3 } },
  );

/** Looks whether it is there, and waits for the event if not. */
const awaits: Act = function* (c, g) {
  for (;;) {
    const v = yield* memory.load(object);
    if (v !== 0) return v;
    const r = (yield* c["netpollblock"](g, word, fin, c["waitReasonIOWait"])) as unknown;
    if (r !== undefined) return r as number;
  }
};

/** The event: the object changes, then who waits is readied. From a thread without a P, or from a goroutine. */
const event = (c: Core): Body<void> =>
  (function* () {
    yield* memory.store(object, 7);
    const g = (yield* c["netpollunblock"](word)) as number;
    if (g !== 0) yield* c["netpollready"]([g]);
  })();

/**
 * A goroutine waits for the network, and nobody runs but it: the last M goes to sleep while the event comes. It must
 * neither be called a deadlock nor be missed. `procs`: Ms that park.
 */
const completion = (procs: number): CoreModel =>
  coreModel(
    `the deadlock detector against a completion of the network, ${procs} ${procs === 1 ? "M" : "Ms"}`,
    {
      procs,
      outsiders: 1,
      register,
      // The main goroutine: when it has ended the runtime stops.
      goroutines: { main: [awaits, (c) => c["setMainDone"]()] },
    },
    (w) => {
      memory = w.memory;
      word = w.token();
      object = word + 1;
      w.queued(0, "main");
    },
    (_s, w) => ({
      ...Object.fromEntries(range(procs).map((i) => [`M${i}`, w.schedules(i)])),
      poller: event(w.outsider(0)),
    }),
    (_s, w) => {
      const fatal = w.posted.find((m) => (m as { t: string }).t === "fatal") as { message: string } | undefined;
      assert(fatal === undefined, `reported: ${fatal?.message}`);
      assert(w.results["main"]?.[0] === 7, `it got ${String(w.results["main"]?.[0])}`);
      assert(w.memory.words[w.host["S_NETPOLLWAITERS"]] === 0, "a waiter is counted, and nobody waits");
      quiet(w);
    },
    { mayBlock: true, search: { preemptions: procs === 1 ? 4 : 2 } },
  );

/** A connection of the running execution, and the three bytes that arrive. */
let conn = 0;
let chunk = 0;

const reads: Act = function* (c, g) {
  const r = c["handleAt"](c["HANDLE_CONN"], conn)["$read"](g, 0, 0, undefined, 3) as unknown;
  return isBody(r) ? yield* r : r;
};
/** Any time that has passed: the clock of deadlines is the host's. */
const PAST = 1;
const expires: Act = (c) => c["setDeadline"](conn, [c["PD_RD"]], PAST);
const closes: Act = (c) => c["closePollDesc"](conn);

/** What the poller does with data: into the list, then who waits is readied. */
function* arrives(c: Core): Body<void> {
  yield* c["lock"](conn + c["PD_LOCK"]) as Body;
  c["append"](conn + c["PD_RHEAD"], chunk);
  memory.set(conn + c["PD_RBYTES"], 3);
  yield* c["unlock"](conn + c["PD_LOCK"]) as Body;
  // A goroutine of a model is run by its own thread as soon as it is runnable.
  yield* c["netpollunblock"](conn + c["PD_RG"]) as Body;
}

/** A goroutine reads, and what should wake it comes in any order: it gets the data or an error that is true, and no data is lost. */
const socket = (name: string, parts: Record<string, readonly Act[]>, data: boolean, errors: RegExp): CoreModel =>
  coreModel(
    `netpoll: a read against ${name}`,
    { procs: Object.keys(parts).length + 1, outsiders: 1, open: true, goroutines: { reader: [reads], ...parts } },
    (w) => {
      memory = w.memory;
      const c = w.m(0);
      conn = w.now<number>(c["newPollDesc"](c["HANDLE_CONN"], 0, "a", "b"));
      chunk = w.now<number>(c["newChunk"](new Uint8Array(3)));
      return ["reader", ...Object.keys(parts)].map((n, i) => w.go(i, n));
    },
    (gs, w) => ({
      reader: w.runs(0, gs[0]!),
      ...Object.fromEntries(Object.keys(parts).map((n, i) => [n, w.runs(i + 1, gs[i + 1]!)])),
      ...(data ? { poller: arrives(w.outsider(0)) } : {}),
    }),
    (_gs, w) => {
      const got = w.results["reader"]?.[0];
      const left = memory.get(conn + w.host["PD_RHEAD"]) !== 0;
      if (got instanceof Uint8Array) assert(got.length === 3 && !left, `read ${got.length}, left: ${left}`);
      else assert(errors.test(String(got)) && left === data, `got ${String(got)}, left: ${left}`);
      assert(memory.get(w.host["S_NETPOLLWAITERS"]) === 0, "a waiter is counted, and nobody waits");
    },
    { search: { preemptions: 3 } },
  );
const TIMEOUT = /i\/o timeout$/;
const CLOSED = /use of closed network connection$/;

export const models: readonly CoreModel[] = [
  submissions(1, false),
  submissions(2, false),
  submissions(2, true),
  completion(1),
  completion(2),
  socket("data that arrives", {}, true, /^never$/),
  socket("its deadline", { setter: [expires] }, false, TIMEOUT),
  socket("its deadline and data", { setter: [expires] }, true, TIMEOUT),
  socket("close", { closer: [closes] }, false, CLOSED),
  socket("its deadline, close and data", { setter: [expires], closer: [closes] }, true, /timeout$|closed network/),
];
