/** Goroutines for tests of sync/ in a world without threads (test/sched/world.ts): a list of steps, played by the real scheduler. */
import { FLAG_OPEN, KIND_NOSCAN, M_NOTE, M_P, S_NCPU } from "../../src/arena/layout.js";
import { I } from "../../src/arena/arena.js";
import { mallocgc } from "../../src/arena/malloc.js";
import { allm, mgetthis, mPark } from "../../src/sched/m.js";
import { acquirep, pidleget } from "../../src/sched/p.js";
import { newproc1, schedule } from "../../src/sched/proc.js";
import { runqput } from "../../src/sched/runq.js";
import { curg, curp, setg, SUSPEND } from "../../src/stack/current.js";
import { type Compiled, type FuncObject, objects, register, setObject } from "../../src/stack/funcs.js";
import { enter } from "../../src/stack/stack.js";
import { Asleep, hooked } from "../sched/interleave.js";
import { as, world } from "../sched/world.js";

/** What compiled code would do at this place: an operation's value, or SUSPEND. */
export type Step = (g: number) => unknown;

const scripts = new Map<number, readonly Step[]>();
let id = 0;

/** What operations threw that had been waiting; their goroutines end there. */
export let thrown: string[] = [];

/** Why a goroutine could not go on. */
let stuck: Asleep | undefined;

const body: Compiled = (g, fp, pc, sent) => {
  if (pc < 0) {
    thrown.push(sent instanceof Error ? sent.message : String(sent));
    return undefined;
  }
  const steps = scripts.get(g)!;
  try {
    for (let i = pc === 0xfff ? 0 : pc; i < steps.length; i++) {
      if (steps[i]!(g) !== SUSPEND) continue;
      enter(g, fp, 2, (id << 12) | (i + 1));
      return SUSPEND;
    }
  } catch (e) {
    // It would have to wait for a lock of the runtime. No panic of this goroutine: an order that is not possible.
    if (!(e instanceof Asleep)) throw e;
    stuck ??= e;
  }
  return undefined;
};

/** A runtime with so many Ps, no core to spare, and no goroutine. */
export function empty(procs: number): void {
  // Open: the host may still bring work, so "all asleep" is no deadlock.
  world(procs, { flags: FLAG_OPEN });
  I[S_NCPU] = 0;
  scripts.clear();
  stuck = undefined;
  thrown = [];
  id = register("test:script", "script", body, { params: 0, rest: false, file: "", lines: [] });
  setObject(id, { $id: id << 12, $c: body, $key: "test:script", $file: "", $name: "script" } as unknown as FuncObject);
}

/** A goroutine at the end of the queue of thread `m`. */
export function spawn(m: number, ...steps: Step[]): number {
  return as(m, () => {
    const g = newproc1(curp, objects[id]!, []);
    scripts.set(g, steps);
    runqput(curp, g, false);
    return g;
  });
}

/** Thread `m` runs what there is to run, until it goes to sleep. Inside of `interleave`. */
export function play(m: number): void {
  as(m, () => void schedule());
}

/**
 * The same outside of it, or as its second part; the thread gets a P first if it has none, and one again when it has gone to sleep.
 * Throws Asleep if a goroutine waits for a lock of the runtime, which `interleave` takes for an order that is not possible.
 */
export function settle(m: number): void {
  const before = curg; // of the thread that stands still meanwhile
  rouse(m);
  try {
    hooked(
      () => {},
      () => play(m),
    );
  } catch (e) {
    if (!(e instanceof Asleep)) throw e;
  }
  rouse(m);
  setg(before);
  if (stuck !== undefined) throw stuck;
}

/** Wakes thread `m`, as its waker has decided, or with an idle P. */
function rouse(m: number): void {
  const self = allm(m);
  if (I[self + M_P] !== 0) return;
  as(m, () => {
    if ((I[self + M_NOTE]! & 1) === 0) {
      mgetthis(self);
      acquirep(pidleget());
    } else if (!mPark()) throw new Error("the runtime stops");
  });
}

/** Words that are all zero. */
export function words(n: number): number {
  const a = mallocgc(n * 4, KIND_NOSCAN);
  I.fill(0, a, a + n);
  return a;
}
