/**
 * Exhaustive search by dynamic partial-order reduction (Flanagan and Godefroid, POPL 2005) with sleep sets.
 *
 * Most interleavings differ only in the order of steps that do not touch the same word: they all end alike, and one of them
 * is enough. So each execution is watched for *races*: two steps of different threads on the same word, at least one a
 * write, with nothing in between that orders them. Only there the other order is tried too.
 *
 *   1. Run an execution to its end, always going on with the same thread where it can.
 *   2. At each step, look for the last steps of others that conflict with it and are not before it in the order of
 *      causes (vector clocks over conflicting steps). In the state before such a step, a thread that can begin what leads to
 *      the other order is to be tried: a backtracking point. Which those are: what came after that step without being
 *      caused by it, and then this step, make a sequence v; any thread whose first step in v has no cause in v will do
 *      (source sets: Abdulla et al., POPL 2014; just taking this thread is not enough beside sleep sets: an outcome was lost).
 *   3. At the end, go back to the deepest state with a point that was not tried, and go on from there.
 *
 * Sleep sets: what was tried in a state need not be tried again below a later choice, until a step conflicts with it.
 *
 * With a bound on preemptions (switches away from a thread that could go on) the search looks only at executions with at
 * most so many (Musuvathi and Qadeer, PLDI 2007: most bugs need two). A point may then lie beyond the bound where an
 * earlier switch would not, so the start of the block is a point as well (Coons, Musuvathi and McKinley, OOPSLA 2013), and
 * sleep sets are off.
 */
import type { Chooser } from "./execution.js";
import type { Machine, Thread } from "./machine.js";
import { AWAIT, CAS, LOAD, NOTIFY, RACY, STORE, TIMEOUT, WAIT, WAKE, YIELD } from "./ops.js";

interface Frame {
  /** Threads that could run here, that are to be tried, that were tried, that need not be: bits. */
  enabled: number;
  todo: number;
  done: number;
  sleep: number;
  chosen: number;
  /** Preemptions before this step, and the thread of the step before. */
  preemptions: number;
  last: number;
}

/** What a step touches: a word, or the queue of sleepers of a word. */
interface Place {
  /** Step of the last write, -1 none. Reads since then, by thread. */
  write: number;
  reads: Map<number, number>;
  /** Causes of its writes, and of all its accesses. */
  writeClock: number[];
  clock: number[];
}

/** Queues of sleepers have keys of their own, beside the words. */
const QUEUE = 0x4000_0000;

/** The places of t's next operation, each with whether it counts as a write. */
function places(t: Thread): [number, boolean][] {
  if (t.asleep || t.kind === TIMEOUT) return [[QUEUE + t.a, true]];
  switch (t.kind) {
    case LOAD:
    case RACY:
    case AWAIT:
      return [[t.a, false]];
    case WAIT:
      return [
        [t.a, false],
        [QUEUE + t.a, true],
      ];
    case NOTIFY:
      return [[QUEUE + t.a, true]];
    case WAKE:
    case YIELD:
      return [];
    case CAS:
    case STORE:
    default:
      return [[t.a, true]];
  }
}

function conflict(a: readonly [number, boolean][], b: readonly [number, boolean][]): boolean {
  return a.some(([p, w]) => b.some(([q, x]) => p === q && (w || x)));
}

const bits = function* (set: number): Generator<number> {
  for (let i = 0; set >>> i !== 0; i++) if ((set >>> i) & 1) yield i;
};
const lowest = (set: number): number => 31 - Math.clz32(set & -set);

export class Dpor implements Chooser {
  private readonly frames: Frame[] = [];
  private depth = 0;
  private clocks: number[][] = [];
  private counts: number[] = [];
  /** The steps so far: thread, number within the thread, and causes. */
  private steps: { thread: number; n: number; clock: number[] }[] = [];
  private readonly world = new Map<number, Place>();
  private pending: [number, boolean][] = [];
  /** Points that lay beyond the bound: then the search is not complete. */
  cut = 0;

  /** `bound`: most preemptions in an execution; Infinity: none. */
  constructor(private readonly bound: number) {}

  /** Before each execution. */
  begin(machine: Machine): void {
    const n = machine.threads.length;
    this.depth = 0;
    this.clocks = Array.from({ length: n }, () => new Array<number>(n).fill(0));
    this.counts = new Array<number>(n).fill(0);
    this.steps = [];
    this.world.clear();
  }

  choose(machine: Machine, runnable: number): number {
    const i = this.depth++;
    const before = i === 0 ? undefined : this.frames[i - 1]!;
    let f = this.frames[i];
    if (f === undefined) {
      const last = before?.chosen ?? -1;
      const preemptions = before === undefined ? 0 : before.preemptions + preempts(before, before.chosen);
      const sleep = before === undefined ? 0 : this.asleepBelow(machine, before, runnable);
      const free = runnable & ~sleep;
      // All that could be done here was done elsewhere.
      if (free === 0) return -1;
      const chosen = last >= 0 && (free >>> last) & 1 ? last : lowest(free);
      f = { enabled: runnable, todo: 1 << chosen, done: 0, sleep, chosen, preemptions, last };
      this.frames.push(f);
    }
    this.pending = places(machine.threads[f.chosen]!);
    this.counts[f.chosen] = this.counts[f.chosen]! + 1;
    this.races(f.chosen, i, this.pending);
    return f.chosen;
  }

  /** A step's plain writes to words that others read by `racy` are conflicts too; they are known only after it. */
  took(machine: Machine, id: number): void {
    if (machine.plainWrites.length === 0) return;
    const more = [...new Set(machine.plainWrites)].map((a): [number, boolean] => [a, true]);
    this.races(id, this.depth - 1, more);
    this.pending = [...this.pending, ...more];
  }

  /** Sleeping threads stay asleep below a step that does not conflict with what they would do. */
  private asleepBelow(machine: Machine, before: Frame, runnable: number): number {
    if (this.bound !== Infinity) return 0;
    let sleep = 0;
    for (const t of bits((before.sleep | before.done) & runnable & ~(1 << before.chosen))) {
      const sleeper = machine.threads[t]!;
      // Woken by this step: what it would have done, a time-out, conflicts with that.
      if (sleeper.kind !== WAKE && !conflict(places(sleeper), this.pending)) sleep |= 1 << t;
    }
    return sleep;
  }

  /** Step 2: the conflicts of step i, which thread t is about to take, at these places. */
  private races(t: number, i: number, touched: readonly [number, boolean][]): void {
    const c = this.clocks[t]!;
    for (const [key, write] of touched) {
      const p = this.world.get(key);
      if (p === undefined) continue;
      const conflicts = write ? [...p.reads.values()] : [];
      if (p.write >= 0) conflicts.push(p.write);
      for (const j of conflicts) {
        const s = this.steps[j]!;
        if (s.thread !== t && s.n > c[s.thread]!) this.point(j, i, t, touched);
      }
    }
    // The step itself.
    c[t] = this.counts[t]!;
    for (const [key, write] of touched) {
      let p = this.world.get(key);
      if (p === undefined) {
        const zero = c.map(() => 0);
        this.world.set(key, (p = { write: -1, reads: new Map(), writeClock: zero, clock: zero.slice() }));
      }
      join(c, write ? p.clock : p.writeClock);
      join(p.clock, c);
      if (write) {
        p.writeClock = c.slice();
        p.write = i;
        p.reads.clear();
      } else p.reads.set(t, i);
    }
    this.steps[i] = { thread: t, n: this.counts[t]!, clock: c.slice() };
  }

  /** The other order of step j and step i, which thread t is about to take, is to be tried. */
  private point(j: number, i: number, t: number, touched: readonly [number, boolean][]): void {
    const f = this.frames[j]!;
    const first = this.initials(j, i, t, touched);
    if ((first & (f.todo | f.sleep)) === 0) {
      const can = first & f.enabled;
      this.want(f, can === 0 ? f.enabled : (can >>> t) & 1 ? 1 << t : can & -can);
    }
    if (this.bound === Infinity) return;
    let k = j;
    while (k > 0 && this.frames[k - 1]!.chosen === f.chosen) k--;
    const start = this.frames[k]!;
    if (k !== j) this.want(start, (start.enabled >>> t) & 1 ? 1 << t : start.enabled);
  }

  /** Threads whose first step in v has no cause in v; v: the steps between j and i that j did not cause, and step i of t. */
  private initials(j: number, i: number, t: number, touched: readonly [number, boolean][]): number {
    const { thread, n } = this.steps[j]!;
    const v: { thread: number; n: number }[] = [];
    let seen = 0;
    let first = 0;
    const look = (q: number, clock: readonly number[]): void => {
      if ((seen >>> q) & 1) return;
      seen |= 1 << q;
      if (v.every((s) => clock[s.thread]! < s.n)) first |= 1 << q;
    };
    for (let k = j + 1; k < i; k++) {
      const s = this.steps[k]!;
      if (s.clock[thread]! >= n) continue;
      look(s.thread, s.clock);
      v.push(s);
    }
    const clock = this.clocks[t]!.slice();
    for (const [key, write] of touched) {
      const p = this.world.get(key);
      if (p !== undefined) join(clock, write ? p.clock : p.writeClock);
    }
    look(t, clock);
    return first;
  }

  private want(f: Frame, set: number): void {
    for (const t of bits(set & f.enabled & ~f.todo)) {
      if (f.preemptions + preempts(f, t) > this.bound) this.cut++;
      else f.todo |= 1 << t;
    }
  }

  /** Step 3: the next execution. False: all were seen. */
  next(): boolean {
    while (this.frames.length > 0) {
      const f = this.frames.at(-1)!;
      f.done |= 1 << f.chosen;
      const left = f.todo & ~f.done & ~f.sleep;
      if (left !== 0) {
        f.chosen = lowest(left);
        return true;
      }
      this.frames.pop();
    }
    return false;
  }
}

/** 1 if running t in this state takes the turn from a thread that could go on. */
function preempts(f: Frame, t: number): number {
  return f.last >= 0 && t !== f.last && (f.enabled >>> f.last) & 1 ? 1 : 0;
}

function join(c: number[], l: readonly number[]): void {
  for (let i = 0; i < c.length; i++) if (l[i]! > c[i]!) c[i] = l[i]!;
}
