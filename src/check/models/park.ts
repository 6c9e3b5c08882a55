/** The parking protocol (sched/m.ts): who submits work, and who is about to sleep. */
import type { Core } from "../load.js";
import type { Body } from "../machine.js";
import type { Memory } from "../memory.js";
import type { Act, World } from "../world.js";
import { assert, coreModel, type CoreModel, range } from "./common.js";

/** A goroutine's one act: nothing. */
export const nothing: Act = () => undefined;

/** All is as it should be when nobody runs: no work left, all Ps idle, nobody counted as spinning. `busy`: Ps still held. */
export function quiet(w: World, busy = 0): void {
  const { words } = w.memory;
  const { S_NPROCS, S_NPIDLE, S_NMSPINNING } = w.host as Record<string, number>;
  const procs = words[S_NPROCS!]!;
  for (const i of range(procs))
    assert(w.ring(i).length === 0, `P${i} has ${w.ring(i).length} goroutines, and nobody runs`);
  assert(w.global().length === 0, "goroutines in the global queue, and nobody runs");
  assert(words[w.host["S_INJECT"]] === 0, "injected goroutines, and nobody runs");
  assert(words[S_NPIDLE!] === procs - busy, `${words[S_NPIDLE!]} of ${procs} Ps are idle, and ${busy} Ms hold one`);
  assert(words[S_NMSPINNING!] === 0, `${words[S_NMSPINNING!]} spinners are counted, and nobody runs`);
}

const ended = (w: World, names: readonly string[]): void => {
  for (const n of names) assert(w.results[n]?.length === 1, `${n} has run ${w.results[n]?.length ?? 0} times`);
};

type Submit = (c: Core, w: World, g: number) => Body;

/** M0 submits and computes on with its P; M1 looks for work and finds none: it must find what was submitted, or be woken. */
const against = (name: string, submit: Submit, search = {}): CoreModel =>
  coreModel(
    `${name} against an M that parks`,
    { procs: 2, open: true, goroutines: { a: [nothing] } },
    (w) => w.go(0, "a"),
    (g, w) => ({ submitter: submit(w.m(0), w, g), M1: w.schedules(1) }),
    (_g, w) => {
      ended(w, ["a"]);
      quiet(w, 1);
    },
    { mayBlock: true, search: { preemptions: 3, ...search } },
  );

const local: Submit = function* (c, w, g) {
  yield* c["runqput"](w.p(0), g, false);
  yield* c["wakep"]();
};
const global: Submit = function* (c, _w, g) {
  yield* c["globrunqput"](g);
  yield* c["wakep"]();
};
const injected: Submit = function* (_c, w, g) {
  yield* w.host["injectg"](g);
  yield* w.host["wakeIdle"]();
};

/** A goroutine that computes for ever: nobody else runs on its M. */
let never = 0;
let memory: Memory;
const computes: Act = () => memory.until(never, 0);

/** Two goroutines, one wake-up: the last spinner that finds work wakes the next one. */
const lastSpinner: CoreModel = coreModel(
  "wakep twice and one spinner: it wakes the next",
  { procs: 3, open: true, goroutines: { a: [nothing, computes], b: [nothing, computes] } },
  (w) => {
    memory = w.memory;
    never = w.token();
    w.idle(1);
    w.idle(2);
    return [w.go(0, "a"), w.go(0, "b")];
  },
  (gs, w) => ({
    submitter: (function* () {
      for (const g of gs) yield* local(w.m(0), w, g);
    })(),
    M1: w.schedules(1, true),
    M2: w.schedules(2, true),
  }),
  (_g, w) => {
    ended(w, ["a", "b"]);
    quiet(w, 3);
  },
  { mayBlock: true, search: { preemptions: 1 }, full: 2 },
);

/** A host counts itself as the spinner while M0 submits: M1 does not spin because of it, and may be the last that looks. */
const twoWakers: CoreModel = coreModel(
  "runqput and wakep beside a host that wakes, against an M that parks",
  { procs: 2, open: true, goroutines: { a: [nothing], b: [nothing] } },
  (w) => [w.go(0, "a"), w.go(0, "b")],
  (gs, w) => ({
    submitter: local(w.m(0), w, gs[0]!),
    host: (function* () {
      yield* w.host["injectg"](gs[1]) as Body;
      yield* w.host["wakeIdle"](true) as Body;
    })(),
    M1: w.schedules(1),
  }),
  (_g, w) => {
    ended(w, ["a", "b"]);
    quiet(w, 1);
  },
  { mayBlock: true, search: { preemptions: 3 } },
);

/** One P, two Ms: the one that gives it up hands it to the other. */
const handsOff: CoreModel = coreModel(
  "handoffp against a submission to the global queue",
  { procs: 2, open: true, goroutines: { a: [nothing] } },
  (w) => {
    const g = w.go(0, "a");
    return g;
  },
  (g, w) => ({
    submitter: injected(w.m(0), w, g),
    "M0 hands off": (function* () {
      const c = w.m(0);
      yield* c["handoffp"](yield* c["releasep"]());
      yield* c["stopm"]();
      yield* c["schedule"]();
    })(),
    M1: w.schedules(1),
  }),
  (_g, w) => {
    ended(w, ["a"]);
    quiet(w);
  },
  { mayBlock: true, search: { preemptions: 2 } },
);

/** An M is wanted while one is on its way to sleep. */
const needed: CoreModel = coreModel(
  "startm against an M on its way to stopm",
  { procs: 2, open: true, goroutines: { a: [nothing] } },
  (w) => ({ g: w.queued(0, "a", true) }),
  (_s, w) => ({
    waker: w.m(0)["wakep"]() as Body,
    M1: w.schedules(1),
  }),
  (_s, w) => {
    const { words } = w.memory;
    // Its own next one need not be taken from it; but nobody may be counted who does not look.
    assert(words[w.host["S_NMSPINNING"]] === 0, "a spinner is counted, and nobody runs");
    assert(!w.posted.some((m) => (m as { t: string }).t === "newm"), "a thread was started, and one was on its way");
  },
  { mayBlock: true, search: { preemptions: 3 } },
);

export const models = [
  against("runqput and wakep", local),
  against("globrunqput and wakep", global),
  against("injectg and wakeIdle of a host", injected),
  lastSpinner,
  twoWakers,
  handsOff,
  needed,
];
