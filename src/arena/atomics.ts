/**
 * The facade: every synchronising access to shared memory in src/ goes through this file, so that the model
 * checker can take its place. Plain accesses `I[a]` stand in the code only where the word is private to
 * the running thread at that moment, and say why; plain reads that race on purpose go through `racy`.
 *
 * Two kinds of words, two families of functions.
 *
 * 1. Words that any thread may touch (notes, sched.lock, inject, idle counts): `load`, `store`, `cas`, `xchg`,
 *    `add`. Always real atomics, 5 (load) to 10 ns each on the reference machine.
 *
 * 2. Words that only threads *holding a P* touch (run queues, channel locks, the global queue): `pload`,
 *    `pstore`, `pcas`, `pxchg`, `padd`. When GOMAXPROCS is 1 there is one P, so one thread at a time, and the
 *    locked instruction orders nothing: these become plain accesses (1-2 ns). This is what an operating system
 *    kernel does on a uniprocessor when it patches the lock prefixes away. Why it is safe:
 *      a. A P changes hands through a real atomic (its status, a note, sched.lock): the old holder's plain
 *         stores happen before the new holder's loads. That holds for system calls as well: an M that goes into one lets
 *         go of the P by an atomic store of its status, and touches no such word until it has a P again, by a CAS on the
 *         status or through sched.lock; sysmon takes the P by a CAS on the same word, and only then looks into its queue.
 *      b. `smp` changes only with the world stopped (procresize), and a thread reads it anew each time it
 *         acquires a P, before it touches any such word.
 *         One exception: an M that has just given up its P looks at all rings once more (anyWork), by atomic loads. If GOMAXPROCS has
 *         become 1 meanwhile, the one holder writes them plainly; but then no P is idle, and what it saw does not matter.
 *      c. A thread without a P (host, sysmon, an M in a system call) must use family 1 on its own words; the inject stack
 *         exists so that it never needs a run queue.
 *
 * Where the arena is the memory of a WebAssembly module, the atomics are functions of that module: half the price, see
 * wasm.ts. `scripted` below is what they do, in the language of the rest; it is used where there is no such module, and tested
 * equal. Each operation is a variable of this file, so a call site has seen one function only (a thread has one arena; the
 * host, which may have several one after the other, pays an ordinary call).
 */
import { arena, type Arena, F, I, onAttach } from "./arena.js";
import { dropped, patience } from "./failpoint.js";
import * as polyfill from "../atomics-wait-polyfill.js";
import { S_NPROCS } from "./layout.js";
import { type AtomicOps, wasmOps } from "./wasm.js";

/** By way of the engine's own Atomics. */
export const scripted: AtomicOps = {
  load: (a) => Atomics.load(I, a),
  store: (a, v) => Atomics.store(I, a, v),
  cas: (a, old, v) => Atomics.compareExchange(I, a, old, v),
  xchg: (a, v) => Atomics.exchange(I, a, v),
  add: (a, d) => (Atomics.add(I, a, d) + d) | 0,
};
let { load: aload, store: astore, cas: acas, xchg: axchg, add: aadd } = scripted;

const known = new WeakMap<Arena, AtomicOps>();
onAttach(() => {
  if (arena === undefined) return;
  let ops = known.get(arena);
  if (ops === undefined) known.set(arena, (ops = "buffer" in arena ? wasmOps(arena) : scripted));
  ({ load: aload, store: astore, cas: acas, xchg: axchg, add: aadd } = ops);
});

/** 1: more than one P exists, family 2 needs real atomics; else 0. Thread-local copy, see (b). A number: cheaper to test. */
export let smp = 1;

/** Reads GOMAXPROCS anew. Called by a thread when it acquires a P and by who resizes, world stopped. */
export function setSmp(): void {
  smp = aload(S_NPROCS) === 1 ? 0 : 1;
}

export function load(a: number): number {
  return aload(a);
}
export function store(a: number, v: number): void {
  astore(a, v);
}
export function cas(a: number, old: number, v: number): boolean {
  return acas(a, old, v) === old;
}
export function xchg(a: number, v: number): number {
  return axchg(a, v);
}
/** Returns the new value, as Go's `Xadd`. */
export function add(a: number, d: number): number {
  return aadd(a, d);
}

/** A plain load of a word that others write at the same time. A hint only: never a base for a decision alone. */
export function racy(a: number): number {
  return I[a]!;
}
/** A plain store that others race with on purpose: a hint that may be overwritten, and that its writer repeats. */
export function racyset(a: number, v: number): void {
  I[a] = v;
}
/**
 * The same as `racy` for a double, `a` being the word index. The language allows a torn read of 64 bits; every engine that this package
 * runs on reads an aligned double in one instruction. Times are such words: a wrong one would be looked at again under a lock.
 */
export function racyF(a: number): number {
  return F[a >> 1]!;
}

export function pload(a: number): number {
  return smp !== 0 ? aload(a) : I[a]!;
}
export function pstore(a: number, v: number): void {
  if (smp !== 0) astore(a, v);
  else I[a] = v;
}
export function pcas(a: number, old: number, v: number): boolean {
  if (smp !== 0) return acas(a, old, v) === old;
  if (I[a] !== old) return false;
  I[a] = v;
  return true;
}
/** Returns the new value. */
export function padd(a: number, d: number): number {
  if (smp !== 0) return aadd(a, d);
  const v = (I[a]! + d) | 0;
  I[a] = v;
  return v;
}
export function pxchg(a: number, v: number): number {
  if (smp !== 0) return axchg(a, v);
  const old = I[a]!;
  I[a] = v;
  return old;
}

// 64-bit words, for atomic.Int64 and its kin alone: each value is a BigInt. `a` is the address of the low word, even. Family 2.
// By the engine's own Atomics everywhere: a function of the module would have to make the same BigInt.
let B: BigInt64Array = new BigInt64Array(0);
onAttach((view) => {
  B = new BigInt64Array(view.buffer);
});
export function pload64(a: number): bigint {
  return smp !== 0 ? Atomics.load(B, a >> 1) : B[a >> 1]!;
}
export function pstore64(a: number, v: bigint): void {
  if (smp !== 0) Atomics.store(B, a >> 1, v);
  else B[a >> 1] = v;
}
export function pcas64(a: number, old: bigint, v: bigint): boolean {
  if (smp !== 0) return Atomics.compareExchange(B, a >> 1, old, v) === old;
  if (B[a >> 1] !== old) return false;
  B[a >> 1] = v;
  return true;
}
/** Returns the new value, without the wrap at 64 bits. */
export function padd64(a: number, d: bigint): bigint {
  if (smp !== 0) return Atomics.add(B, a >> 1, d) + d;
  const v = B[a >> 1]! + d;
  B[a >> 1] = v;
  return v;
}
export function pxchg64(a: number, v: bigint): bigint {
  if (smp !== 0) return Atomics.exchange(B, a >> 1, v);
  const old = B[a >> 1]!;
  B[a >> 1] = v;
  return old;
}

/**
 * Sleeps while the word is `v`, at most `ms` milliseconds (Infinity: until notified).
 * Returns false on time-out. Blocks the thread and its event loop: Ms only, never the host.
 */
export function wait(a: number, v: number, ms: number): boolean {
  if (FAILPOINTS) return waitInTurns(a, v, ms);
  return Atomics.wait(I, a, v, ms) !== "timed-out";
}
/** The same, looking now and then whether a wake-up was dropped: of a word that has changed, and nobody notified. */
function waitInTurns(a: number, v: number, ms: number): boolean {
  for (const end = performance.now() + ms; ;) {
    const left = end - performance.now();
    const turn = patience(left);
    if (Atomics.wait(I, a, v, turn) !== "timed-out" || Atomics.load(I, a) !== v) return true;
    if (turn === left || left <= 0) return false;
  }
}
/**
 * As `wait`, without blocking the thread: the promise resolves when notified (true) or after `ms` milliseconds (false).
 * Does not keep the thread's event loop alive. A waiter whose promise nobody waits for any more still counts for `notify`.
 */
export async function waitAsync(a: number, v: number, ms: number): Promise<boolean> {
  // The engine's own where it has one: every Node that we run on, but browsers got it late.
  if (FAILPOINTS) ms = patience(ms);
  const engine = Atomics as { waitAsync?: typeof polyfill.waitAsync };
  const r = engine.waitAsync === undefined ? polyfill.waitAsync(I, a, v, ms) : engine.waitAsync(I, a, v, ms);
  return (r.async ? await r.value : r.value) !== "timed-out";
}
/** Wakes up to `n` sleepers. 65 ns without a sleeper, 2-10 us with one: call it only when someone sleeps. */
export function notify(a: number, n: number): number {
  if (FAILPOINTS && dropped()) return 0;
  return Atomics.notify(I, a, n);
}
