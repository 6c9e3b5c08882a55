/** States of goroutines on their way between Ms, bound ones, the deadlock report, and the end of the runtime. */
import type { Body } from "../machine.js";
import type { Act, World } from "../world.js";
import { assert, coreModel, type CoreModel } from "./common.js";
import { nothing, quiet } from "./park.js";

const yields: Act = (c) => c["suspend"](c["ACT_YIELD"], 0);

const ended = (w: World, name: string, times: number): void =>
  assert(w.results[name]?.length === times, `${name} has done ${w.results[name]?.length ?? 0} of ${times}`);

/** A goroutine that gives way is taken by another M at once: it must not be seen before it is put away. */
const givesWay = (others: Record<string, readonly Act[]>): CoreModel =>
  coreModel(
    `G status: a goroutine gives way, ${Object.keys(others).length} beside it, another M looks for work`,
    { procs: 2, open: true, goroutines: { a: [yields, nothing], ...others } },
    (w) => {
      for (const n of ["a", ...Object.keys(others)]) w.queued(0, n);
    },
    (_s, w) => ({ M0: w.schedules(0), M1: w.schedules(1) }),
    (_s, w) => {
      ended(w, "a", 2);
      for (const n of Object.keys(others)) ended(w, n, 1);
      quiet(w);
    },
    { mayBlock: true, search: { preemptions: 2 }, full: 3 },
  );

/** M0 finds a goroutine that can run on M1 only, which is about to sleep. */
const bound = (locked: boolean): CoreModel =>
  coreModel(
    locked
      ? "handBound: a goroutine locked to an M that waits for it"
      : "handBound: a pinned goroutine against its M, which parks",
    { procs: 2, ms: 3, open: true, goroutines: { a: [(c) => c["curmid"] as number] } },
    (w) => {
      w.idle(2);
      const g = w.queued(0, "a");
      const { words } = w.memory;
      if (locked) {
        words[g + w.host["G_LOCKEDM"]] = w.m(1)["curm"] as number;
        words[(w.m(1)["curm"] as number) + w.host["M_NLOCKED"]] = 1;
      } else words[g + w.host["G_PINM"]] = 2;
    },
    (_s, w) => ({ M0: w.schedules(0), M1: w.schedules(1), spare: w.schedules(2, true) }),
    (_s, w) => {
      assert(w.results["a"]?.[0] === 1, `it ran on M${String(w.results["a"]?.[0])}`);
      quiet(w);
    },
    { mayBlock: true, search: { preemptions: 2 } },
  );

/** One P, two Ms: a goroutine that is pinned to the one without a P. */
const boundOneP: CoreModel = coreModel(
  "handBound with one P: the finder gives its own away",
  { procs: 1, ms: 2, open: true, goroutines: { a: [(c) => c["curmid"] as number], b: [nothing] } },
  (w) => {
    const g = w.queued(0, "a");
    w.queued(0, "b");
    w.memory.words[g + w.host["G_PINM"]] = 2;
  },
  (_s, w) => ({ M0: w.schedules(0), M1: w.schedules(1) }),
  (_s, w) => {
    assert(w.results["a"]?.[0] === 1, `it ran on M${String(w.results["a"]?.[0])}`);
    ended(w, "b", 1);
    quiet(w);
  },
  { mayBlock: true, search: { preemptions: 3 } },
);

const fatals = (w: World): string[] =>
  w.posted.filter((m) => (m as { t: string }).t === "fatal").map((m) => (m as { message: string }).message);

/** A goroutine waits for ever, and all Ms go to sleep: said once, and everybody stops. */
const deadlock: CoreModel = coreModel(
  "the deadlock detector: two Ms park at once",
  { procs: 2, goroutines: { a: [(c, g) => c["gopark"](g, c["finNil"], 0, c["waitReasonSleep"])] } },
  (w) => {
    w.queued(0, "a");
  },
  (_s, w) => ({ M0: w.schedules(0), M1: w.schedules(1) }),
  (_s, w) => assert(fatals(w).join("; ") === "all goroutines are asleep - deadlock!", `said: ${fatals(w).join("; ")}`),
  { search: { preemptions: 3 } },
);

/** The host brings work while the last M goes to sleep. It may hear that nobody runs, but only when that is so. */
const lateWork: CoreModel = coreModel(
  "the deadlock detector against work from the host",
  { procs: 2, open: true, goroutines: { a: [nothing] } },
  (w) => w.go(0, "a"),
  (g, w) => ({
    host: (function* () {
      yield* w.host["injectg"](g) as Body;
      yield* w.host["wakeIdle"]() as Body;
    })(),
    M0: w.schedules(0),
    M1: w.schedules(1),
  }),
  (_g, w) => {
    ended(w, "a", 1);
    quiet(w);
    assert((w.posted.at(-1) as { t: string }).t === "idle", "the host does not know that nobody runs");
  },
  { mayBlock: true, search: { preemptions: 2 } },
);

/** Everybody must come out of the loop, wherever they are. */
const shutdown = (name: string, asleep: boolean, waker: boolean): CoreModel =>
  coreModel(
    `shutdown: stopAll against ${name}`,
    { procs: 3, outsiders: 1, open: true, goroutines: { a: [nothing] } },
    (w) => {
      if (asleep) w.idle(1);
      return w.go(0, "a");
    },
    (g, w) => ({
      stopper: w.outsider(0)["stopAll"]() as Body,
      M0: waker
        ? (function* () {
            const c = w.m(0);
            yield* c["runqput"](w.p(0), g, false) as Body;
            yield* c["wakep"]() as Body;
            yield* c["schedule"]() as Body;
          })()
        : w.schedules(0),
      M1: w.schedules(1, asleep),
    }),
    () => undefined,
    { search: { preemptions: 2 }, ...(asleep ? {} : { full: 3 }) },
  );

/** The main goroutine returns on one M while another one computes, or looks for work. */
const mainReturns: CoreModel = coreModel(
  "shutdown: main returns while another M parks",
  { procs: 2, goroutines: { main: [nothing] } },
  (w) => {
    const g = w.queued(0, "main");
    w.memory.words[g + w.host["G_RESULT"]] = w.host["MAIN_REQUEST"] as number;
  },
  (_s, w) => ({ M0: w.schedules(0), M1: w.schedules(1) }),
  (_s, w) => {
    const told = w.posted.map((m) => (m as { t: string }).t).join();
    assert(told === "result", `the host was told: ${told}`);
  },
  { search: { preemptions: 3 } },
);

export const models: readonly CoreModel[] = [
  givesWay({}),
  givesWay({ b: [nothing] }),
  bound(false),
  bound(true),
  boundOneP,
  deadlock,
  lateWork,
  shutdown("an M that parks", false, false),
  shutdown("an M asleep that is being woken", true, true),
  mainReturns,
];
