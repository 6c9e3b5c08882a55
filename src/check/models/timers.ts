/** Timers: who starts, stops and changes one, against who runs those that are due (sched/timers.ts, poller.ts). */
import type { Core } from "../load.js";
import type { Body } from "../machine.js";
import type { Memory } from "../memory.js";
import type { World } from "../world.js";
import { assert, coreModel, type CoreModel } from "./common.js";
import { quiet } from "./park.js";

let memory: Memory;
/** A timer fires into the plain word that is its argument: twice at once would be a race. */
let fired = 0;
const register = (c: Core): void => {
  fired = c["registerTimerFunc"]((a: number) => memory.set(a, memory.get(a) + 1)) as number;
};

interface State {
  /** Where it fires into. */
  word: number;
  t: number;
  /** What its users were told, in the order in which they asked. */
  told: boolean[];
}

/** A timer that is due at `when`, not started. The clock stands at 0. */
function timer(w: World, when: number): State {
  memory = w.memory;
  const word = w.token();
  const t = w.now<number>(w.m(0)["newtimer"](fired, word));
  memory.machine.writeF((t + (w.host["T_WHEN"] as number)) >> 1, when, 0);
  return { word, t, told: [] };
}
const started = (w: World, when: number): State => {
  const s = timer(w, when);
  w.now(w.m(0)["addtimer"](s.t));
  return s;
};

type Part = (s: State, w: World) => Body<void>;

const runs = (i: number): Part =>
  function* (_s, w) {
    yield* w.m(i)["checkTimers"](w.p(0)) as Body;
  };
const stops = (i: number): Part =>
  function* (s, w) {
    s.told.push((yield* w.m(i)["deltimer"](s.t) as Body) as unknown as boolean);
  };
const resets = (i: number, when: number): Part =>
  function* (s, w) {
    s.told.push((yield* w.m(i)["modtimer"](s.t, when, 0) as Body) as unknown as boolean);
  };
const adds = (i: number, when: number): Part =>
  function* (s, w) {
    const other = timer(w, when);
    s.told.push(true);
    memory.words[other.t + w.host["T_ARG"]] = s.word + 1;
    yield* w.m(i)["addtimer"](other.t) as Body;
  };

/** `check`: told how often it has fired, once all that is due has been run. */
const on = (
  name: string,
  when: number,
  parts: Record<string, Part>,
  check: (fired: number, s: State, w: World) => void,
  preemptions = 4,
  more: (s: State, w: World) => void = () => undefined,
): CoreModel =>
  coreModel(
    `timers: ${name}`,
    { procs: 2, register },
    (w) => {
      const s = started(w, when);
      more(s, w);
      return s;
    },
    (s, w) => Object.fromEntries(Object.entries(parts).map(([n, part]) => [n, part(s, w)])),
    (s, w) => {
      for (const i of [0, 1]) w.now(w.m(i)["checkTimers"](w.p(i)));
      check(memory.get(s.word), s, w);
      const { words } = memory;
      for (const i of [0, 1]) {
        const p = w.p(i);
        const [n, dead] = [words[p + w.host["P_NUMTIMERS"]]!, words[p + w.host["P_DELETEDTIMERS"]]!];
        assert(dead >= 0 && dead <= n, `${dead} of ${n} timers are counted as deleted`);
      }
    },
    { search: { preemptions } },
  );

/** A goroutine sleeps, and all Ms park: the one that waits for the timer must wake. */
const sleeper = (ms: number, busy: boolean): CoreModel =>
  coreModel(
    `a goroutine sleeps, ${ms === 1 ? "two Ms park" : "long"}${busy ? ", the M that took its timer computes" : ""}`,
    {
      procs: 2,
      open: true,
      goroutines: { a: [(c, g) => c["timeSleep"](g, ms), () => "rested"] },
    },
    (w) => ((memory = w.memory), busy ? w.go(0, "a") : w.queued(0, "a")),
    (g, w) => ({
      M0: busy
        ? (function* () {
            const c = w.m(0);
            yield* c["execute"](g, false) as Body;
            yield* c["payOwed"]() as Body;
          })()
        : w.schedules(0),
      M1: w.schedules(1),
    }),
    (_g, w) => {
      assert(w.results["a"]?.[1] === "rested", "it sleeps for ever");
      quiet(w, busy ? 1 : 0);
    },
    { mayBlock: true, search: { preemptions: 2 }, ...(busy ? { full: 3 } : {}) },
  );

/** A timer of an M that computes on is made earlier while the poller sleeps for the later time. */
const earlier: CoreModel = coreModel(
  "a timer is made earlier while the poller goes to sleep",
  { procs: 2, open: true, register },
  (w) => started(w, 1000),
  (s, w) => ({
    changer: (function* () {
      yield* w.m(0)["modtimer"](s.t, 1, 0) as Body;
    })(),
    M1: w.schedules(1),
  }),
  (s, w) => {
    assert(memory.get(s.word) === 1, `it fired ${memory.get(s.word)} times`);
    assert(memory.machine.clock < 1500, `it fired late, at ${memory.machine.clock}`);
    quiet(w, 1);
  },
  { mayBlock: true, search: { preemptions: 3 }, timeouts: 0 },
);

/** Ticks of a ticker, which go into its channel of one slot; what it does after the threads have ended is looked at by `later`. */
const PERIOD = 10;
interface Ticks {
  t: number;
  ch: number;
  /** Lets time pass, runs what is due, and returns how many ticks are in the channel, which are taken out. */
  later(ms: number): number;
}

const ticker = (
  name: string,
  parts: Record<string, (s: Ticks, w: World) => Body<void>>,
  check: (s: Ticks, w: World) => void,
): CoreModel =>
  coreModel(
    `ticker: ${name}`,
    { procs: 2 },
    (w) => {
      memory = w.memory;
      const c = w.m(0);
      c["setg"](1);
      const t = w.now<number>(c["startChanTimer"](c["sendTick"], PERIOD, PERIOD));
      c["setg"](0);
      const ch = memory.get(t + w.host["T_CHAN"]);
      // The first tick is due.
      memory.machine.clock += PERIOD;
      const later = (ms: number): number => {
        memory.machine.clock += ms;
        for (const i of [0, 1]) w.now(w.m(i)["checkTimers"](w.p(i)));
        const n = memory.get(ch + w.host["C_QCOUNT"]);
        if (n > 0) w.now(c["tryrecv"](ch));
        return n;
      };
      return { t, ch, later };
    },
    (s, w) => Object.fromEntries(Object.entries(parts).map(([n, part]) => [n, part(s, w)])),
    check,
    { search: { preemptions: 3 } },
  );

const fires = (i: number): ((s: Ticks, w: World) => Body<void>) =>
  function* (_s, w) {
    yield* w.m(i)["checkTimers"](w.p(0)) as Body;
  };
/** What the methods of a Ticker do. */
const stopsTicker = (i: number): ((s: Ticks, w: World) => Body<void>) =>
  function* (s, w) {
    yield* w.m(i)["deltimer"](s.t) as Body;
  };
const resetsTicker = (i: number, ms: number): ((s: Ticks, w: World) => Body<void>) =>
  function* (s, w) {
    yield* w.m(i)["modtimer"](s.t, (yield* w.m(i)["nanotime"]() as Body<number>) + ms, ms) as Body;
  };
const stopped = (s: Ticks): void => {
  // One may be in the channel still.
  s.later(0);
  assert(s.later(100 * PERIOD) === 0, "it ticks although it was stopped");
};
const ticksAt = (s: Ticks, ms: number): void => {
  s.later(0);
  assert(s.later(ms - 1) === 0, `it ticks before ${ms} ms`);
  for (let i = 0; i < 3; i++) {
    assert(s.later(1) === 1, `no tick after ${ms} ms`);
    assert(s.later(ms - 1) === 0, `it ticks twice in ${ms} ms`);
  }
};

export const models: readonly CoreModel[] = [
  ticker("stop against a tick", { runner: fires(0), stopper: stopsTicker(1) }, stopped),
  ticker("stop by two against a tick", { runner: fires(0), a: stopsTicker(0), b: stopsTicker(1) }, stopped),
  ticker("reset against a tick", { runner: fires(0), resetter: resetsTicker(1, 3 * PERIOD) }, (s) =>
    ticksAt(s, 3 * PERIOD),
  ),
  ticker("reset against a thief that runs it", { thief: fires(1), resetter: resetsTicker(0, 3 * PERIOD) }, (s) =>
    ticksAt(s, 3 * PERIOD),
  ),
  ticker("two run it at once", { owner: fires(0), thief: fires(1) }, (s) => ticksAt(s, PERIOD)),
  on("stop against fire", 0, { runner: runs(0), stopper: stops(1) }, (fired, s) =>
    assert(fired === (s.told[0] ? 0 : 1), `fired ${fired} times, stopped: ${s.told[0]}`),
  ),
  on("stop against a thief that runs it", 0, { thief: runs(1), stopper: stops(0) }, (fired, s) =>
    assert(fired === (s.told[0] ? 0 : 1), `fired ${fired} times, stopped: ${s.told[0]}`),
  ),
  on("owner and thief run it", 0, { owner: runs(0), thief: runs(1) }, (fired) =>
    assert(fired === 1, `fired ${fired} times`),
  ),
  on("reset against fire", 0, { runner: runs(0), resetter: resets(1, 0) }, (fired, s) =>
    assert(fired === (s.told[0] ? 1 : 2), `fired ${fired} times, was running: ${s.told[0]}`),
  ),
  on("two stops", 10, { a: stops(0), b: stops(1) }, (fired, s) =>
    assert(fired === 0 && s.told[0] !== s.told[1], `fired ${fired} times, told ${s.told}`),
  ),
  on("stop against reset", 10, { a: stops(0), b: resets(1, 0) }, (fired, s) =>
    assert(s.told.includes(true) && fired <= 1, `fired ${fired} times, told ${s.told}`),
  ),
  on("made earlier against a look through all", 10, { runner: runs(0), resetter: resets(1, 0) }, (fired, s) =>
    assert(fired === 1 && s.told[0] === true, `fired ${fired} times`),
  ),
  on(
    "made earlier while another one that was is looked for",
    10,
    {
      runner: runs(0),
      resetter: resets(1, 0),
    },
    (fired, s) =>
      assert(fired === 1 && memory.get(s.word + 1) === 1, `fired ${fired} and ${memory.get(s.word + 1)} times`),
    4,
    (s, w) => {
      // A third one is first in the heap and not due: nobody comes across the others by themselves.
      const [other, first] = [timer(w, 10), timer(w, 5)];
      memory.words[other.t + w.host["T_ARG"]] = s.word + 1;
      memory.words[first.t + w.host["T_ARG"]] = s.word + 2;
      for (const { t } of [first, other]) w.now(w.m(0)["addtimer"](t));
      w.now(w.m(0)["modtimer"](other.t, 0, 0));
    },
  ),
  on("made later against fire", 0, { runner: runs(0), resetter: resets(1, 10) }, (fired, s) =>
    assert(fired === (s.told[0] ? 0 : 1), `fired ${fired} times, was running: ${s.told[0]}`),
  ),
  on("one is added against a thief that runs the other", 0, { adder: adds(0, 0), thief: runs(1) }, (fired, s) =>
    assert(fired === 1 && memory.get(s.word + 1) === 1, `fired ${fired} and ${memory.get(s.word + 1)} times`),
  ),
  on("stopped, started again, and run", 0, { runner: runs(0), a: stops(1), b: resets(1, 0) }, () => undefined, 3),
  sleeper(1, false),
  sleeper(1, true),
  earlier,
];
