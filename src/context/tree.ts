/**
 * The tree of contexts in the arena, and cancelling it (Go: context.go).
 *
 * A context is one object, constant but for what cancelling changes. One that can be cancelled is in the list of children
 * of the nearest one above it that can be; contexts that carry a value have a place in the tree by their parent only. Each
 * knows that nearest one (itself, if it can be cancelled), so `done` and `err` are a step away however many values lie
 * between (Go asks all of them, one after the other).
 *
 * Cancelling a context, and all below it:
 *   1. downwards, parents before children: take the lock of each, take its children out of its list, and keep them in a
 *      queue, linked through the same words. One that was cancelled before is left alone, its children are as well
 *   2. upwards: set the error of each
 *   3. downwards: close the channel of each, stop its timer
 *   4. upwards: let go of the locks
 *   5. the first one leaves its parent's children, under the parent's lock
 *
 * What can be seen, as in Go: channels are closed parents first. Who sees the error of a context, or its channel closed,
 * sees the errors of all below it (2 before 3; in Go asking for the error waits for the lock). Who comes second to cancel
 * waits for the lock of its context, so when `cancel` returns all below it are cancelled and their channels closed, whoever
 * has done it. To let go of a context before its children are done would not be enough: stress found it (docs/bugs-found.md).
 *
 * No deadlock: locks are taken downwards, and 5 holds no other. The locks of channels and the states of timers come after
 * these: who has one of those takes none of a context.
 *
 * What if a thread stops right there? In 1 to 4: who asks for an error goes on; who cancels one of these contexts, or adds a
 * child to one, waits. A child that leaves (5) while another thread takes its parent's children: both happen under the
 * parent's lock, and what is taken is in no list any more; the other thread finds it cancelled in 1. A child that is being
 * added: under the parent's lock as well, it sees the error or is taken.
 *
 * Nothing is freed: handles may be anywhere until there is a garbage collector.
 */
import { F, I } from "../arena/arena.js";
import { pload, pstore } from "../arena/atomics.js";
import {
  C_BYTES,
  CTX_BYTES,
  CTX_CANCELER,
  CTX_CAUSE,
  CTX_CAUSEOF,
  CTX_CHILDREN,
  CTX_DEADLINE,
  CTX_DONE,
  CTX_ERR,
  CTX_KIND,
  CTX_LOCK,
  CTX_NEXT,
  CTX_PARENT,
  CTX_PREV,
  CTX_TIMER,
  KIND_HCHAN,
  KIND_OBJ,
  S_SCRATCH,
} from "../arena/layout.js";
import { plock, punlock } from "../arena/lock.js";
import { mallocgc, mfree } from "../arena/malloc.js";
import { drop, encode, HANDLE_CANCELCTX, move } from "../arena/value.js";
import { closechan, makechan } from "../chan/hchan.js";
import { nanotime, sinceStart } from "../sched/clock.js";
import { deltimer, modtimer, registerTimerFunc } from "../sched/timers.js";
import { curmid } from "../stack/current.js";
import { newtimer } from "../time/sleep.js";

/** CTX_ERR. */
export const ALIVE = 0;
export const CANCELED = 1;
export const DEADLINE_EXCEEDED = 2;
/** CTX_PREV of a context that is in no list. */
const UNLINKED = -1;

/** A context below `parent`, alive, which has its deadline. A holder of a P, or the host. */
export function newctx(kind: number, parent: number): number {
  const c = mallocgc(CTX_BYTES, KIND_OBJ);
  for (let i = 0; i < CTX_BYTES / 4; i++) I[c + i] = 0;
  I[c + CTX_KIND] = kind;
  I[c + CTX_PARENT] = parent;
  I[c + CTX_CANCELER] = I[parent + CTX_CANCELER]!;
  F[(c + CTX_DEADLINE) >> 1] = F[(parent + CTX_DEADLINE) >> 1]!;
  return c;
}

/** One that can be cancelled, and will be when its parent is. A holder of a P; the host only below a root. */
export function newCancelCtx(parent: number): number {
  const c = newctx(HANDLE_CANCELCTX, parent);
  propagateCancel(c);
  return c;
}

/** When `ctx` is cancelled at the latest, as by `now`; 0: no deadline. Constant. */
export function deadlineOf(c: number): number {
  return F[(c + CTX_DEADLINE) >> 1]!;
}

function deadlinePassed(c: number): void {
  if (cancelTree(c, DEADLINE_EXCEEDED, 0)) detach(c);
}
const deadlineTimer = registerTimerFunc(deadlinePassed);

/** The same with a deadline, earlier than the parent's. A holder of a P. */
export function newDeadlineCtx(parent: number, deadline: number): number {
  const c = newctx(HANDLE_CANCELCTX, parent);
  F[(c + CTX_DEADLINE) >> 1] = deadline;
  const when = sinceStart(deadline);
  if (when <= nanotime()) {
    propagateCancel(c);
    deadlinePassed(c);
    return c;
  }
  // Before others can see it: who cancels it stops the timer that it finds.
  const t = newtimer(deadlineTimer, c);
  I[c + CTX_TIMER] = t;
  propagateCancel(c);
  modtimer(t, when, 0);
  // Cancelled meanwhile: it may have been too early to stop the timer. Either it saw the timer running, or we see the error.
  if (pload(c + CTX_ERR) !== ALIVE) deltimer(t);
  return c;
}

/** Makes a new context a child of the nearest one that can be cancelled (Go: propagateCancel). A holder of a P. */
function propagateCancel(c: number): void {
  const p = I[c + CTX_CANCELER]!; // plain: still the parent's, and constant
  I[c + CTX_CANCELER] = c;
  I[c + CTX_PREV] = UNLINKED;
  if (p === 0) return; // never cancelled
  plock(p + CTX_LOCK);
  const err = I[p + CTX_ERR]!;
  if (err === ALIVE) {
    const first = I[p + CTX_CHILDREN]!;
    I[c + CTX_NEXT] = first;
    I[c + CTX_PREV] = 0;
    if (first !== 0) I[first + CTX_PREV] = c;
    I[p + CTX_CHILDREN] = c;
  }
  punlock(p + CTX_LOCK);
  // Plain: constant once there is an error.
  if (err !== ALIVE) cancelTree(c, err, I[p + CTX_CAUSEOF]!);
}

/**
 * Cancels c and all below it; `cause`: undefined for none. Waits for whoever is at it, and does nothing if it was
 * cancelled before. A holder of a P.
 */
export function cancel(c: number, cause: unknown): void {
  if (cause === undefined || pload(c + CTX_ERR) !== ALIVE) {
    if (cancelTree(c, CANCELED, 0)) detach(c);
    return;
  }
  // Encoded before the lock: it may be long, and throw.
  const w = (S_SCRATCH >> 1) + curmid;
  encode(w, cause);
  if (cancelTree(c, CANCELED, c)) detach(c);
  else drop(w);
}

/** The same for a context that nobody else has yet, in no tree: on the host, which could not cancel it otherwise. */
export function bornCanceled(c: number, cause: unknown): void {
  encode((c + CTX_CAUSE) >> 1, cause);
  I[c + CTX_CAUSEOF] = c;
  I[c + CTX_ERR] = CANCELED;
}

/** Step 1 for one context: its lock is held afterwards. False, and the lock is free: it was cancelled before. */
function take(c: number): boolean {
  plock(c + CTX_LOCK);
  if (I[c + CTX_ERR] === ALIVE) return true;
  punlock(c + CTX_LOCK);
  return false;
}

/**
 * Steps 1 to 4. False: it was cancelled before. `causeOf`: see CTX_CAUSEOF; if it is c, the cause waits in this thread's
 * scratch slot. A holder of a P.
 *
 * The queue: CTX_NEXT to the next one, CTX_PREV to the one before. c is not in it, for its links are its parent's.
 */
function cancelTree(c: number, err: number, causeOf: number): boolean {
  if (!take(c)) return false;
  // 1.
  let first = 0;
  let last = 0;
  for (let x = c; x !== 0; x = x === c ? first : I[x + CTX_NEXT]!) {
    let child = I[x + CTX_CHILDREN]!;
    I[x + CTX_CHILDREN] = 0;
    while (child !== 0) {
      const next = I[child + CTX_NEXT]!;
      if (take(child)) {
        I[child + CTX_PREV] = last;
        I[child + CTX_NEXT] = 0;
        if (last === 0) first = child;
        else I[last + CTX_NEXT] = child;
        last = child;
      } else I[child + CTX_PREV] = UNLINKED;
      child = next;
    }
  }
  if (causeOf === c) move((c + CTX_CAUSE) >> 1, (S_SCRATCH >> 1) + curmid);
  // 2.
  for (let x = last; x !== 0; x = I[x + CTX_PREV]!) setErr(x, err, causeOf);
  setErr(c, err, causeOf);
  // 3.
  finish(c);
  for (let x = first; x !== 0; x = I[x + CTX_NEXT]!) finish(x);
  // 4. What is no child any more says so before its parent's lock is free: the parent comes later.
  for (let x = last; x !== 0;) {
    const before = I[x + CTX_PREV]!;
    I[x + CTX_PREV] = UNLINKED;
    punlock(x + CTX_LOCK);
    x = before;
  }
  punlock(c + CTX_LOCK);
  return true;
}

function setErr(c: number, err: number, causeOf: number): void {
  I[c + CTX_CAUSEOF] = causeOf;
  // Atomic: who sees the error without the lock sees what is written above.
  pstore(c + CTX_ERR, err);
}

function finish(c: number): void {
  const ch = I[c + CTX_DONE]!;
  if (ch !== 0) closechan(ch);
  if (I[c + CTX_TIMER] !== 0) deltimer(I[c + CTX_TIMER]!);
}

/** Step 5. */
function detach(c: number): void {
  const p = I[I[c + CTX_PARENT]! + CTX_CANCELER]!;
  if (p === 0) return;
  plock(p + CTX_LOCK);
  const prev = I[c + CTX_PREV]!;
  if (prev !== UNLINKED) {
    const next = I[c + CTX_NEXT]!;
    if (prev === 0) I[p + CTX_CHILDREN] = next;
    else I[prev + CTX_NEXT] = next;
    if (next !== 0) I[next + CTX_PREV] = prev;
    I[c + CTX_PREV] = UNLINKED;
  }
  punlock(p + CTX_LOCK);
}

/** The channel that is closed when c is cancelled, 0: never. Made when it is first asked for. A holder of a P. */
export function doneOf(c: number): number {
  const x = I[c + CTX_CANCELER]!;
  if (x === 0) return 0;
  const old = pload(x + CTX_DONE);
  if (old !== 0) return old;
  const ch = makechan(0);
  plock(x + CTX_LOCK);
  const other = I[x + CTX_DONE]!;
  if (other === 0) pstore(x + CTX_DONE, ch);
  const dead = I[x + CTX_ERR] !== ALIVE;
  punlock(x + CTX_LOCK);
  if (other !== 0) {
    mfree(ch, C_BYTES, KIND_HCHAN);
    return other;
  }
  // Who cancelled it found no channel.
  if (dead) closechan(ch);
  return ch;
}

/** ALIVE, CANCELED or DEADLINE_EXCEEDED. A holder of a P. */
export function errOf(c: number): number {
  const x = I[c + CTX_CANCELER]!;
  return x === 0 ? ALIVE : pload(x + CTX_ERR);
}

/** Slot of the cause of a context that is cancelled, 0: none was given. A holder of a P. */
export function causeSlot(c: number): number {
  const of = I[I[c + CTX_CANCELER]! + CTX_CAUSEOF]!;
  return of === 0 ? 0 : (of + CTX_CAUSE) >> 1;
}
