/**
 * A runtime without threads: an arena with Ps and Ms, and this thread plays all the Ms, one at a time. The sources run as
 * they are; what belongs to a thread (current.ts, m.ts) is swapped when another M takes its turn.
 */
import { attach, I, newArena } from "../../src/arena/arena.js";
import { setSmp } from "../../src/arena/atomics.js";
import { lock, unlock } from "../../src/arena/lock.js";
import {
  G_SCHEDLINK,
  KIND_NOSCAN,
  M_P,
  M_STATE,
  M_UP,
  P_ID,
  P_RUNNEXT,
  P_RUNQ,
  P_RUNQHEAD,
  P_RUNQTAIL,
  RUNQ_LEN,
  SCHED,
  S_LOCK,
  S_NSTARTING,
  S_RUNQHEAD,
  S_RUNQSIZE,
} from "../../src/arena/layout.js";
import { mallocgc, setMcache } from "../../src/arena/malloc.js";
import { setPost, type ToHost } from "../../src/sched/hostlink.js";
import { allm, mcommoninit, setSpinning, spinning } from "../../src/sched/m.js";
import { acquirep, allp, pidleget } from "../../src/sched/p.js";
import { schedinit } from "../../src/sched/schedinit.js";
import { curmid, setg, setm, setp } from "../../src/stack/current.js";

/** What the runtime told the host. */
export let posted: ToHost[] = [];
let spins: boolean[] = [];
let worlds = 0;

/** An arena without WebAssembly: its atomics are the engine's, which interleave.ts replaces to stand between any two of them. */
function scriptedArena(bytes: number, id: number, flags: number): SharedArrayBuffer {
  const made = newArena(bytes, id, flags);
  if (!("buffer" in made)) return made;
  const plain = new SharedArrayBuffer(made.buffer.byteLength);
  new Int32Array(plain, 0, SCHED).set(new Int32Array(made.buffer, 0, SCHED)); // the header
  return plain;
}

/** A fresh runtime with so many Ps; M number i holds P number i, and this thread is M 0. */
export function world(procs: number, options: { arena?: number; flags?: number; ms?: number } = {}): void {
  attach(scriptedArena(options.arena ?? 16 << 20, ++worlds, options.flags ?? 0));
  posted = [];
  spins = [];
  setPost((m) => void posted.push(m));
  setg(0);
  setp(0);
  setm(0, -1);
  setSpinning(false);
  setMcache(0);
  schedinit({ procs, maxThreads: 64, maxStack: 1 << 20 });
  for (let i = 0; i < (options.ms ?? procs); i++) {
    lock(S_LOCK);
    const m = mcommoninit();
    I[m + M_STATE] = M_UP;
    I[S_NSTARTING] = I[S_NSTARTING]! - 1;
    const p = pidleget();
    unlock(S_LOCK);
    setm(m, i);
    setp(0);
    if (p !== 0) acquirep(p);
  }
  become(0);
}

/** From now on this thread is M number i. -1: the host, which holds no P. */
export function become(i: number): void {
  spins[curmid] = spinning;
  setm(i < 0 ? 0 : allm(i), i);
  const p = i < 0 ? 0 : I[allm(i) + M_P]!;
  setp(p);
  setMcache(p === 0 ? 0 : I[p + P_ID]!);
  setSpinning(spins[i] ?? false);
  setSmp();
}

/** Does something as M number i. */
export function as<T>(i: number, f: () => T): T {
  const before = curmid;
  become(i);
  try {
    return f();
  } finally {
    become(before);
  }
}

/** An object that queues can hold; nobody runs it. */
export function token(): number {
  return mallocgc(64, KIND_NOSCAN);
}
export function tokens(n: number): number[] {
  return Array.from({ length: n }, token);
}

/** Lets the ring of P number id begin at an index, so that it wraps. */
export function startAt(id: number, index: number): void {
  const p = allp(id);
  I[p + P_RUNQHEAD] = index;
  I[p + P_RUNQTAIL] = index;
}

/** What is in the ring of P number id, oldest first. */
export function ring(id: number): number[] {
  const p = allp(id);
  const r: number[] = [];
  for (let x = I[p + P_RUNQHEAD]!; x !== I[p + P_RUNQTAIL]; x = (x + 1) | 0)
    r.push(I[p + P_RUNQ + (x & (RUNQ_LEN - 1))]!);
  return r;
}
export function runnext(id: number): number {
  return I[allp(id) + P_RUNNEXT]!;
}

/** What is in the global queue, oldest first. */
export function global(): number[] {
  const r: number[] = [];
  for (let g = I[S_RUNQHEAD]!; r.length < I[S_RUNQSIZE]!; g = I[g + G_SCHEDLINK]!) r.push(g);
  return r;
}
