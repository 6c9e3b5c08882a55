/**
 * The global run queue: a linked list through G_SCHEDLINK (Go: sched.runq, globrunqput, globrunqget), and the inject stack.
 *
 * Go guards its queue with sched.lock. Here it has a lock of its own that only holders of a P take, so that with one P
 * it costs nothing (atomics.ts, family 2); threads without a P (the host, an M that comes back from a
 * system call) push on the inject stack instead, and holders of a P move what they find there into the queue.
 *
 * inject, a Treiber stack: push by CAS of the head (any thread); drain by exchanging the head with 0 (a holder of a P):
 * taking all at once has no ABA. If a pusher stops before its CAS the G is simply not there yet; after it, it must
 * still wake someone (wakeIdle in m.ts); if it dies in between, the run ends with the thread.
 */
import { I } from "../arena/arena.js";
import { cas, load, racy, xchg } from "../arena/atomics.js";
import { refuse } from "../arena/failpoint.js";
import { plock, punlock } from "../arena/lock.js";
import {
  G_SCHEDLINK,
  POLICY_QUEUES,
  RUNQ_LEN,
  S_INJECT,
  S_NPROCS,
  S_POLICY,
  S_RUNQHEAD,
  S_RUNQLOCK,
  S_RUNQSIZE,
  S_RUNQTAIL,
  STAT_GLOBAL,
} from "../arena/layout.js";
import { curp } from "../stack/current.js";
import { hooked } from "./hooked.js";
import { placed } from "./place.js";
import { INJECT } from "./policy.js";
import { noteInjected } from "./policycheck.js";
import { runqput, stat } from "./runq.js";

/** Appends one G. A holder of a P. */
export function globrunqput(g: number): void {
  I[g + G_SCHEDLINK] = 0;
  globrunqputbatch(g, g, 1);
}

/** Appends a linked list of n Gs. A holder of a P. */
export function globrunqputbatch(first: number, last: number, n: number): void {
  plock(S_RUNQLOCK);
  // Plain accesses: under the lock.
  if (I[S_RUNQSIZE] === 0) I[S_RUNQHEAD] = first;
  else I[I[S_RUNQTAIL]! + G_SCHEDLINK] = first;
  I[S_RUNQTAIL] = last;
  I[S_RUNQSIZE] = I[S_RUNQSIZE]! + n;
  punlock(S_RUNQLOCK);
}

/** Go's share: size / GOMAXPROCS + 1, at most all, at most `max` if not 0, at most half a ring. */
export function globrunqshare(size: number, procs: number, max: number): number {
  let n = Math.floor(size / procs) + 1;
  if (n > size) n = size;
  if (max > 0 && n > max) n = max;
  return n > RUNQ_LEN / 2 ? RUNQ_LEN / 2 : n;
}

/**
 * Takes a share: the first is returned (0 if none), the rest goes to p's ring. Only the owner of p.
 *
 * With a policy that has queues of its own the share is one: it comes before the ring (`pick`), so what this put there would
 * wait until the policy has nothing more, perhaps for ever. In the global queue it has its turn, one in 61.
 */
export function globrunqget(p: number, max: number): number {
  if (hooked && (I[S_POLICY]! & POLICY_QUEUES) !== 0) max = 1;
  // A racing look: whoever adds later wakes someone (wakep), and the parking protocol looks again under the lock.
  if (racy(S_RUNQSIZE) === 0) {
    if (racy(S_INJECT) === 0 || !drainInject()) return 0;
  } else if (racy(S_INJECT) !== 0) drainInject();
  plock(S_RUNQLOCK);
  const size = I[S_RUNQSIZE]!;
  const n = globrunqshare(size, I[S_NPROCS]!, max);
  if (n === 0) {
    punlock(S_RUNQLOCK);
    return 0;
  }
  // Unlink n, then give the lock back before filling the ring: the chain is ours.
  const g = I[S_RUNQHEAD]!;
  let last = g;
  for (let i = 1; i < n; i++) last = I[last + G_SCHEDLINK]!;
  I[S_RUNQHEAD] = I[last + G_SCHEDLINK]!;
  I[S_RUNQSIZE] = size - n;
  punlock(S_RUNQLOCK);
  let x = I[g + G_SCHEDLINK]!;
  for (let i = 1; i < n; i++) {
    const next = I[x + G_SCHEDLINK]!; // before the put: another thread may own x afterwards
    runqput(p, x, false);
    x = next;
  }
  stat(p, STAT_GLOBAL, n);
  return g;
}

/** Makes g runnable from a thread that holds no P. Any thread. The caller wakes a P afterwards. */
export function injectg(g: number): void {
  let h;
  do {
    h = load(S_INJECT);
    I[g + G_SCHEDLINK] = h; // plain: g is ours until the CAS
  } while ((FAILPOINTS && refuse("injectg: CAS")) || !cas(S_INJECT, h, g));
}

/** The same with a policy, which says where each goes. `g`: the newest, through G_SCHEDLINK. */
function placeInjected(g: number): void {
  const gs: number[] = [];
  for (; g !== 0; g = I[g + G_SCHEDLINK]!) gs.push(g);
  for (const x of gs.reverse()) {
    noteInjected(x);
    placed(curp, x, INJECT);
  }
}

/** Moves what was injected, oldest first, to the global queue. A holder of a P. */
function drainInject(): boolean {
  let g = xchg(S_INJECT, 0);
  if (g === 0) return false;
  const last = g;
  let first = 0;
  let n = 0;
  if (hooked) {
    placeInjected(g);
    return true;
  }
  // A stack is newest first: reverse it.
  while (g !== 0) {
    const next = I[g + G_SCHEDLINK]!;
    I[g + G_SCHEDLINK] = first;
    first = g;
    g = next;
    n++;
  }
  globrunqputbatch(first, last, n);
  return true;
}

/**
 * g gives way: it goes to the tail, and the head comes back to be run; g itself if nobody waits. What `globrunqput` and then
 * `globrunqget` would do to the order, with one lock, and leaving the rest where others find it. A holder of a P with an
 * empty ring.
 */
export function globrunqturn(g: number): number {
  // A racing look: with an empty queue the way through it leads straight back.
  if (racy(S_INJECT) !== 0) drainInject();
  if (racy(S_RUNQSIZE) === 0) return g;
  plock(S_RUNQLOCK);
  if (I[S_RUNQSIZE] === 0) {
    punlock(S_RUNQLOCK);
    return g;
  }
  const first = I[S_RUNQHEAD]!;
  I[g + G_SCHEDLINK] = 0;
  I[I[S_RUNQTAIL]! + G_SCHEDLINK] = g;
  I[S_RUNQTAIL] = g;
  I[S_RUNQHEAD] = I[first + G_SCHEDLINK]!;
  punlock(S_RUNQLOCK);
  return first;
}

/**
 * Anything there, seen with the strength the parking protocol needs. A holder of no queue lock.
 *
 * The size is written plainly, under the lock. So the lock first: either this load sees the putter's unlocking, and with it
 * the size, or it comes before that, and then before the putter's look at who is idle.
 */
export function globrunqempty(): boolean {
  load(S_RUNQLOCK);
  return racy(S_RUNQSIZE) === 0 && load(S_INJECT) === 0;
}
