/**
 * One thread of threads.test.ts: plays a role on the shared structures, without any goroutine. Bundled by the test. A
 * token is an object that queues can hold; its word TAKEN counts how often it was taken, and nobody writes it but who
 * took the token.
 */
import { parentPort, workerData } from "node:worker_threads";
import { type Arena, attach, I } from "../../src/arena/arena.js";
import { setSmp } from "../../src/arena/atomics.js";
import { LINE } from "../../src/arena/layout.js";
import { lock, unlock } from "../../src/arena/lock.js";
import { setMcache } from "../../src/arena/malloc.js";
import { noteclear, notesleep, notewakeup } from "../../src/arena/note.js";
import { globrunqget, injectg } from "../../src/sched/globrunq.js";
import { allm } from "../../src/sched/m.js";
import { acquirep, allp } from "../../src/sched/p.js";
import { runqempty, runqget, runqput, runqsteal } from "../../src/sched/runq.js";
import { setm, setp } from "../../src/stack/current.js";
import type { Operation, RunqOp } from "../../src/stress/linear.js";

export interface Job {
  arena: Arena;
  role:
    | "owner"
    | "thief"
    | "recordingOwner"
    | "recordingThief"
    | "nextOwner"
    | "injector"
    | "drainer"
    | "locker"
    | "sleeper"
    | "waker";
  /** Number of this thread: its M and, if it needs one, its P. */
  me: number;
  tokens: number[];
  /** A word that ends the work when it is not 0, a counter, notes. */
  words: number;
  rounds: number;
}
export const TAKEN = 8;
export const WHERE = 9;
const FREE = 0;
const QUEUED = 1;

const job = workerData as Job;
const { me, tokens, words, rounds } = job;
attach(job.arena);
setm(allm(me), me);
setp(0);
setMcache(me);
setSmp();

/** The token was queued by someone, and now it is ours, and only ours. */
function take(g: number): boolean {
  if (g === 0) return false;
  if (Atomics.compareExchange(I, g + WHERE, QUEUED, FREE) !== QUEUED) throw new Error(`token ${g} was taken twice`);
  Atomics.add(I, g + TAKEN, 1);
  return true;
}
function offer(g: number): boolean {
  return Atomics.compareExchange(I, g + WHERE, FREE, QUEUED) === FREE;
}
const over = (): boolean => Atomics.load(I, words) !== 0;

/** What this thread did to the queue of P0, by the clock in the third line of `words`. */
const history: Operation<RunqOp>[] = [];
function record(op: RunqOp["op"], f: () => number[]): number {
  const call = Atomics.add(I, words + 2 * LINE, 1);
  const gs = f();
  const ret = Atomics.add(I, words + 2 * LINE, 1);
  // A thief finds nothing most of the time; as that changes nothing, all but the first of it may be left out.
  if (op !== "steal" || gs.length > 0 || history.at(-1)?.what.gs.length !== 0)
    history.push({ call, ret, what: { op, gs } });
  return gs.length;
}
const some = (g: number): number[] => (g === 0 ? [] : [g]);

const roles: Record<Job["role"], () => number> = {
  /** Puts all free tokens, in bursts, and takes some back. */
  owner() {
    acquirep(allp(me));
    const p = allp(me);
    let taken = 0;
    for (let round = 0; round < rounds; round++) {
      const burst = 1 + ((round * 7919) % 300);
      for (let i = 0; i < burst; i++) {
        const g = tokens[(round * 31 + i) % tokens.length]!;
        if (offer(g)) runqput(p, g, (round + i) % 3 === 0);
      }
      const back = (round * 104729) % 200;
      for (let i = 0; i < back; i++) if (take(runqget(p))) taken++;
    }
    Atomics.store(I, words, 1);
    for (let g = runqget(p); g !== 0; g = runqget(p)) if (take(g)) taken++;
    for (let g = globrunqget(p, 0); g !== 0; g = globrunqget(p, 0)) {
      if (take(g)) taken++;
      for (let x = runqget(p); x !== 0; x = runqget(p)) if (take(x)) taken++;
    }
    return taken;
  },
  /** Only runnext, which is stolen when the owner does not come to it. */
  nextOwner() {
    acquirep(allp(me));
    const p = allp(me);
    let taken = 0;
    for (let round = 0; round < rounds; round++) {
      const g = tokens[round % tokens.length]!;
      if (offer(g)) runqput(p, g, true);
      // Now and then it computes for longer than a thief's patience.
      if (round % 4 === 0) for (let i = 0; i < 600; i++) Atomics.load(I, words);
      if (round % 3 !== 0 && take(runqget(p))) taken++;
    }
    Atomics.store(I, words, 1);
    for (let g = runqget(p); g !== 0; g = runqget(p)) if (take(g)) taken++;
    return taken;
  },
  thief() {
    acquirep(allp(me));
    const p = allp(me);
    let taken = 0;
    while (!over()) {
      if (take(runqsteal(p, allp(0), true))) taken++;
      for (let g = runqget(p); g !== 0; g = runqget(p)) if (take(g)) taken++;
    }
    return taken;
  },
  /** Puts tokens and takes some back, in small bursts, so that the queue is often empty and never long. */
  recordingOwner() {
    acquirep(allp(me));
    const p = allp(me);
    let taken = 0;
    for (let round = 0, k = 0; k < tokens.length; round++) {
      // In the middle, with something in the queue, until a thief has had its turn: the machine may be busy.
      if (k > tokens.length / 2 && !runqempty(p)) while (Atomics.load(I, words + 1) === 0);
      for (let i = (round * 7919) % 5; i > 0 && k < tokens.length; i--) {
        const g = tokens[k++]!;
        record("put", () => (runqput(p, g, false), [g]));
      }
      for (let i = (round * 104729) % 4; i > 0; i--) taken += record("get", () => some(runqget(p)));
      // The thieves' turn, or the history would be the owner's alone.
      for (let i = (round * 31) % 400; i > 0; i--) Atomics.load(I, words);
    }
    Atomics.store(I, words, 1);
    return taken;
  },
  recordingThief() {
    acquirep(allp(me));
    const p = allp(me);
    let taken = 0;
    while (!over()) {
      const n = record("steal", () => {
        const last = runqsteal(p, allp(0), false);
        const gs: number[] = [];
        for (let g = runqget(p); g !== 0; g = runqget(p)) gs.push(g);
        return [...gs, ...some(last)];
      });
      taken += n;
      if (n > 0) Atomics.add(I, words + 1, n);
    }
    return taken;
  },
  /** A thread without a P. */
  injector() {
    for (let i = 0; i < rounds; i++) {
      const g = tokens[i % tokens.length]!;
      while (!offer(g)) if (over()) return i;
      injectg(g);
    }
    return rounds;
  },
  drainer() {
    acquirep(allp(me));
    const p = allp(me);
    let taken = 0;
    const order = new Map<number, number>();
    while (taken < rounds) {
      let g = globrunqget(p, 0);
      while (g !== 0) {
        // What one thread injects comes in its order: its tokens in a circle.
        const [who, place] = [I[g + 10]!, I[g + 11]!];
        const last = order.get(who);
        if (last !== undefined && place !== (last + 1) % I[g + 12]!)
          throw new Error(`token ${place} of thread ${who} came after ${last}`);
        order.set(who, place);
        take(g);
        taken++;
        g = runqget(p);
      }
    }
    Atomics.store(I, words, 1);
    return taken;
  },
  locker() {
    for (let i = 0; i < rounds; i++) {
      lock(words + 8);
      // Plain: the lock is what is tested.
      const n = I[words + 1]!;
      if (i % 64 === 0) for (let k = 0; k < 200; k++) Atomics.load(I, words);
      I[words + 1] = n + 1;
      unlock(words + 8);
    }
    return rounds;
  },
  sleeper() {
    for (let i = 1; i <= rounds; i++) {
      notesleep(words + 8);
      noteclear(words + 8);
      if (I[words + 1] !== i) throw new Error(`woken in round ${I[words + 1]}, not ${i}`);
      notewakeup(words + 16);
    }
    return rounds;
  },
  waker() {
    for (let i = 1; i <= rounds; i++) {
      I[words + 1] = i;
      notewakeup(words + 8);
      notesleep(words + 16);
      noteclear(words + 16);
    }
    return rounds;
  },
};

parentPort!.postMessage({ role: job.role, done: roles[job.role](), history });
