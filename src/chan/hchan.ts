/**
 * Channels: the shared object and its operations (Go: chan.go).
 *
 * Invariants, all under the channel's lock:
 *   - at least one of sendq and recvq is empty;
 *   - buffered: qcount > 0 implies recvq is empty, qcount < dataqsiz implies sendq is empty;
 *   - waiters are served first in, first out.
 *
 * A value goes straight to a waiting receiver, past the buffer; a receiver of a full channel takes the head of the ring and
 * puts the waiting sender's value into the same slot. Readied goroutines become the waker's runnext.
 *
 * A goroutine that must wait parks with the lock held; the scheduler releases it when the frames are saved (gopark), so a
 * peer that finds the sudog finds a goroutine that can be readied.
 *
 * Values are encoded before the lock is taken and decoded after it is released unless they are numbers and the like: cloning
 * is long, and may throw.
 *
 * Atomics: 2 for the lock, 2 more when someone is readied (runnext, npidle). With one P: none.
 */
import { I } from "../arena/arena.js";
import { racy } from "../arena/atomics.js";
import { plock, punlock } from "../arena/lock.js";
import {
  C_BUF,
  C_BYTES,
  C_CLOSED,
  C_DATAQSIZ,
  C_LOCK,
  C_QCOUNT,
  C_RECVQ,
  C_RECVX,
  C_SENDQ,
  C_SENDX,
  G_WAITING,
  KIND_HCHAN,
  KIND_WORDS,
  SG_CHAN,
  SG_ELEM,
  SG_G,
  SG_SUCCESS,
  S_SCRATCH,
} from "../arena/layout.js";
import { mallocgc } from "../arena/malloc.js";
import { TAG_BLOB, TAG_FN, TAG_MASK } from "../arena/tags.js";
import { decode, drop, encode, move, putNumber } from "../arena/value.js";
import { goready, gopark } from "../sched/proc.js";
import { acquireSudog, dequeue, enqueue, releaseSudog } from "../sched/sudog.js";
import {
  waitReasonChanReceive,
  waitReasonChanReceiveNilChan,
  waitReasonChanSend,
  waitReasonChanSendNilChan,
} from "../sched/waitreason.js";
import { curmid, type SUSPEND } from "../stack/current.js";
import { FatalError, GoPanic } from "../stack/fatal.js";
import { registerFin } from "../stack/trampoline.js";

/** The largest buffer: what the largest arena could hold is far less. */
const MAX_SIZE = 2 ** 28;

/** Go: makechan. A holder of a P, or the host. */
export function makechan(size: number): number {
  if (typeof size !== "number" || !Number.isInteger(size) || size < 0 || size > MAX_SIZE)
    throw new GoPanic("makechan: size out of range");
  const c = mallocgc(C_BYTES, KIND_HCHAN);
  for (let i = 0; i < C_BYTES / 4; i++) I[c + i] = 0;
  I[c + C_DATAQSIZ] = size;
  I[c + C_BUF] = size === 0 ? 0 : mallocgc(size * 8, KIND_WORDS) >> 1;
  return c;
}

/** A slot of this thread for a value on its way into a channel or out of it. */
export function scratch(): number {
  return (S_SCRATCH >> 1) + curmid;
}

/** Puts v, or what slot `from` holds if v is no number, into slot w. */
function place(w: number, v: unknown, from: number): void {
  if (typeof v === "number") putNumber(w, v);
  else move(w, from);
}

/** Readies the goroutine of a dequeued sudog; `success`: by a peer, not by close. Not under the channel's lock. */
export function wake(sg: number, success: number): void {
  I[sg + SG_SUCCESS] = success;
  goready(I[sg + SG_G]!);
}

// ------------------------------------------------------------------------------------------- send

/** `ch <- v`. Returns undefined, or SUSPEND. */
export function chansend(g: number, c: number, v: unknown): undefined | typeof SUSPEND {
  if (c === 0) return gopark(g, finNil, 0, waitReasonChanSendNilChan);
  if (typeof v !== "number") encode(scratch(), v);
  plock(c + C_LOCK);
  if (offer(c, v)) return undefined;
  const sg = acquireSudog();
  I[sg + SG_G] = g;
  I[sg + SG_CHAN] = c;
  place((sg + SG_ELEM) >> 1, v, scratch());
  I[g + G_WAITING] = sg;
  enqueue(c + C_SENDQ, sg);
  return gopark(g, finSend, c + C_LOCK, waitReasonChanSend);
}

/** Non-blocking send: whether it was done. */
export function trysend(c: number, v: unknown): boolean {
  if (full(c)) return false;
  if (typeof v !== "number") encode(scratch(), v);
  plock(c + C_LOCK);
  if (offer(c, v)) return true;
  punlock(c + C_LOCK);
  if (typeof v !== "number") drop(scratch());
  return false;
}

/**
 * Whether an attempt to send is in vain, seen without the lock and without an atomic (Go: full). Of nil, too.
 *
 * Unbuffered, count and size are always 0, and the queue of receivers decides. Buffered, the count does: while the buffer is
 * full nobody waits to receive. So one test serves both, and each word that decides is read once: true says that the channel was
 * like that at some moment of the call. A closed channel is never full: sending on it panics.
 */
export function full(c: number): boolean {
  return c === 0 || (racy(c + C_CLOSED) === 0 && ((racy(c + C_QCOUNT) ^ I[c + C_DATAQSIZ]!) | racy(c + C_RECVQ)) === 0);
}

/** Delivers v to a receiver or the buffer and unlocks; false: neither is possible, still locked. Throws on a closed channel. */
function offer(c: number, v: unknown): boolean {
  const sg = give(c, v, scratch());
  if (sg === NO_ROOM) return false;
  punlock(c + C_LOCK);
  if (sg > 0) wake(sg, 1);
  else if (sg === NO_MORE) {
    if (typeof v !== "number") drop(scratch());
    throw new GoPanic("send on closed channel");
  }
  return true;
}

/** `give`: the channel can take no value now. */
export const NO_ROOM = -1;
/** `give`: the channel is closed. */
export const NO_MORE = -2;

/**
 * Under the lock: delivers v, or what slot `from` holds if v is no number. Returns the receiver that has it, to be woken
 * without the lock; 0: it is in the buffer; NO_ROOM, NO_MORE: nothing was done.
 */
export function give(c: number, v: unknown, from: number): number {
  if (I[c + C_CLOSED] !== 0) return NO_MORE;
  const sg = dequeue(c + C_RECVQ);
  if (sg !== 0) {
    place((sg + SG_ELEM) >> 1, v, from);
    return sg;
  }
  const n = I[c + C_QCOUNT]!;
  if (n === I[c + C_DATAQSIZ]!) return NO_ROOM;
  const x = I[c + C_SENDX]!;
  place(I[c + C_BUF]! + x, v, from);
  I[c + C_SENDX] = x + 1 === I[c + C_DATAQSIZ] ? 0 : x + 1;
  I[c + C_QCOUNT] = n + 1;
  return 0;
}

/** After a parked send was readied. */
const finSend = registerFin((g) => {
  const sg = I[g + G_WAITING]!;
  I[g + G_WAITING] = 0;
  const ok = I[sg + SG_SUCCESS]!;
  const c = I[sg + SG_CHAN]!;
  if (ok === 0) drop((sg + SG_ELEM) >> 1);
  releaseSudog(sg);
  if (ok !== 0) return undefined;
  if (I[c + C_CLOSED] === 0) throw new FatalError("chansend: spurious wakeup");
  throw new GoPanic("send on closed channel");
});

export const finNil = registerFin(() => {
  throw new FatalError("unreachable");
});

// ------------------------------------------------------------------------------------------- receive

/** What a non-blocking receive returns when nothing is ready. */
export const BLOCKED: unique symbol = Symbol("gosched.BLOCKED");
/** What a receive returns from a channel that is closed and drained. */
export const CLOSED: unique symbol = Symbol("gosched.CLOSED");

/** Whether decoding is left until the lock is released: it copies memory, or fails if this thread lacks a module. */
function late(w: number): boolean {
  const tag = I[(w << 1) + 1]! & TAG_MASK;
  return tag === TAG_BLOB || tag === TAG_FN;
}

/** Takes a value and unlocks, or returns BLOCKED, still locked; CLOSED: closed and drained, unlocked. */
function take(c: number): unknown {
  const v = get(c);
  if (v === BLOCKED) return BLOCKED;
  const sg = sender;
  punlock(c + C_LOCK);
  if (sg !== 0) wake(sg, 1);
  return v === LATER ? decode(scratch()) : v;
}

/** `get`: the sender that has got rid of its value, to be woken without the lock; 0: none. Of this thread. */
export let sender = 0;
/** `get`: the value is in the scratch slot, to be decoded without the lock. */
export const LATER: unique symbol = Symbol("gosched.LATER");

/** Under the lock: takes a value, and sets `sender`. Or LATER; CLOSED: closed and drained; BLOCKED. */
export function get(c: number): unknown {
  sender = 0;
  const n = I[c + C_QCOUNT]!;
  if (I[c + C_CLOSED] !== 0 && n === 0) return CLOSED;
  const sg = dequeue(c + C_SENDQ);
  if (sg === 0 && n === 0) return BLOCKED;
  const e = (sg + SG_ELEM) >> 1;
  const size = I[c + C_DATAQSIZ]!;
  const x = I[c + C_RECVX]!;
  const w = size === 0 ? e : I[c + C_BUF]! + x;
  let v: unknown = LATER;
  if (late(w)) move(scratch(), w);
  else v = decode(w);
  if (size !== 0) {
    const y = x + 1 === size ? 0 : x + 1;
    I[c + C_RECVX] = y;
    if (sg === 0) I[c + C_QCOUNT] = n - 1;
    else {
      move(w, e);
      I[c + C_SENDX] = y;
    }
  }
  sender = sg;
  return v;
}

/** Parks the receiver; the lock is held. */
function parkrecv(g: number, c: number, fin: number): typeof SUSPEND {
  const sg = acquireSudog();
  I[sg + SG_G] = g;
  I[sg + SG_CHAN] = c;
  I[g + G_WAITING] = sg;
  enqueue(c + C_RECVQ, sg);
  return gopark(g, fin, c + C_LOCK, waitReasonChanReceive);
}

/** `<-ch`: the value, undefined from a closed and drained channel, or SUSPEND. */
export function chanrecv(g: number, c: number): unknown {
  if (c === 0) return gopark(g, finNil, 0, waitReasonChanReceiveNilChan);
  plock(c + C_LOCK);
  const v = take(c);
  if (v === BLOCKED) return parkrecv(g, c, finRecv);
  return v === CLOSED ? undefined : v;
}

/** `v, ok = <-ch`. */
export function chanrecv2(g: number, c: number): unknown {
  if (c === 0) return gopark(g, finNil, 0, waitReasonChanReceiveNilChan);
  plock(c + C_LOCK);
  const v = take(c);
  if (v === BLOCKED) return parkrecv(g, c, finRecv2);
  return v === CLOSED ? { value: undefined, ok: false } : { value: v, ok: true };
}

/** Non-blocking receive: the value, CLOSED, or BLOCKED. */
export function tryrecv(c: number): unknown {
  if (empty(c)) return BLOCKED;
  plock(c + C_LOCK);
  const v = take(c);
  if (v === BLOCKED) punlock(c + C_LOCK);
  return v;
}

/**
 * Whether an attempt to receive is in vain: the mirror image of `full`. The count is always 0 where there is no buffer, and nobody
 * waits to send where a buffer is empty. Empty must be seen before open (Go's chanrecv, fast path): a channel that was
 * closed in between is ready.
 */
export function empty(c: number): boolean {
  return c === 0 || ((racy(c + C_QCOUNT) | racy(c + C_SENDQ)) === 0 && racy(c + C_CLOSED) === 0);
}

/** After a parked receive was readied: the value, or CLOSED. */
function received(g: number): unknown {
  const sg = I[g + G_WAITING]!;
  I[g + G_WAITING] = 0;
  const v = I[sg + SG_SUCCESS] !== 0 ? decode((sg + SG_ELEM) >> 1) : CLOSED;
  releaseSudog(sg);
  return v;
}
const finRecv = registerFin((g) => {
  const v = received(g);
  return v === CLOSED ? undefined : v;
});
const finRecv2 = registerFin((g) => {
  const v = received(g);
  return v === CLOSED ? { value: undefined, ok: false } : { value: v, ok: true };
});

// ------------------------------------------------------------------------------------------- close

/** Go: closechan. All waiters are readied: receivers get nothing, senders panic. */
export function closechan(c: number): void {
  if (c === 0) throw new GoPanic("close of nil channel");
  plock(c + C_LOCK);
  if (I[c + C_CLOSED] !== 0) {
    punlock(c + C_LOCK);
    throw new GoPanic("close of closed channel");
  }
  I[c + C_CLOSED] = 1;
  // Taken under the lock, readied without it: nobody may be readied under a channel lock.
  const woken: number[] = [];
  for (let s = dequeue(c + C_RECVQ); s !== 0; s = dequeue(c + C_RECVQ)) woken.push(s);
  for (let s = dequeue(c + C_SENDQ); s !== 0; s = dequeue(c + C_SENDQ)) woken.push(s);
  punlock(c + C_LOCK);
  // Last first: Go collects them in a stack (closechan's gList), so who waited longest becomes runnext.
  for (let i = woken.length - 1; i >= 0; i--) wake(woken[i]!, 0);
}
