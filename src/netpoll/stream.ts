/**
 * Reading, writing, closing and deadlines of what has two directions of bytes: connections (conn.ts) and HTTP exchanges
 * (message.ts). The goroutines' side.
 */
import { F, I } from "../arena/arena.js";
import { failpoint } from "../arena/failpoint.js";
import {
  CH_NEXT,
  CH_SIZE,
  CH_START,
  G_PARAM,
  PD_ABORTED,
  PD_AHEAD,
  PD_ARMED,
  PD_CLOSED,
  PD_EOF,
  PD_ERR,
  PD_GONE,
  PD_LOCK,
  PD_PAUSED,
  PD_RBYTES,
  PD_RD,
  PD_RG,
  PD_RHEAD,
  PD_RMAX,
  PD_STATE,
  PD_WBYTES,
  PD_WCHUNK,
  PD_WD,
  PD_WG,
  PD_WHEAD,
  PD_WRITECLOSED,
  WANT_CLOSE,
  WANT_CLOSEWRITE,
  WANT_DEADLINE,
  WANT_RESUME,
  WANT_WRITE,
} from "../arena/layout.js";
import { lock, unlock } from "../arena/lock.js";
import { peek } from "../arena/value.js";
import { waitReasonIOWait } from "../sched/waitreason.js";
import { registerFin } from "../stack/trampoline.js";
import { unblocked } from "./block.js";
import { append, first, freeChunk, freeChunks, newChunk, takeAll, view } from "./chunks.js";
import { ErrClosed, ErrTimeout, OpError } from "./operror.js";
import { AHEAD, expired, localAddr, remoteAddr, wakeBoth } from "./polldesc.js";
import { block, hold, release } from "./refs.js";
import { want } from "./submit.js";

/** Nothing is there yet. Not zero, which is a result. */
export const BLOCKED = Symbol("blocked");

export function networkOf(addr: string): string {
  return addr.includes(":") && !addr.startsWith("/") ? "tcp" : "unix";
}

export function fails(pd: number, op: string, code: string): never {
  const [l, r] = [localAddr(pd), remoteAddr(pd)];
  throw new OpError(op, `${networkOf(l)} ${l}->${r}`, code);
}

/** Closed by us, deadline passed. The lock is held, and released before it throws. */
export function check(pd: number, op: string, deadline: number): void {
  const closed = (I[pd + PD_STATE]! & (PD_CLOSED | PD_ABORTED)) !== 0;
  const code = closed ? ErrClosed : expired(deadline) ? ErrTimeout : undefined;
  if (code === undefined) return;
  unlock(pd + PD_LOCK);
  fails(pd, op, code);
}

// ------------------------------------------------------------------------------------------- read

/** Atomics of a read that finds data: 2 for the lock. */
function tryRead(pd: number, max: number): unknown {
  lock(pd + PD_LOCK);
  check(pd, "read", pd + PD_RD);
  const c = first(pd + PD_RHEAD);
  if (c === 0) {
    const state = I[pd + PD_STATE]!;
    const code = peek((pd + PD_ERR) >> 1) as string | undefined;
    const over = (state & (PD_EOF | PD_GONE)) !== 0;
    if (code === undefined && !over) hold(pd);
    unlock(pd + PD_LOCK);
    // An error that came after the end is the writer's.
    if (code !== undefined && (state & PD_EOF) === 0) fails(pd, "read", code);
    return over ? undefined : BLOCKED;
  }
  const there = I[c + CH_SIZE]! - I[c + CH_START]!;
  const n = Math.min(max, there);
  if (n < there) hold(pd);
  I[pd + PD_RBYTES] = I[pd + PD_RBYTES]! - n;
  const resume = (I[pd + PD_STATE]! & PD_PAUSED) !== 0 && I[pd + PD_RBYTES]! < I[pd + PD_AHEAD]! / 2;
  if (resume) I[pd + PD_STATE] = I[pd + PD_STATE]! & ~PD_PAUSED;
  unlock(pd + PD_LOCK);
  if (resume) want(pd, WANT_RESUME);
  // Off the list the chunk is ours; no object is made under the lock.
  if (FAILPOINTS) failpoint("read: chunk taken");
  const bytes = view(c).slice(0, n);
  if (n === there) {
    freeChunk(c);
    return bytes;
  }
  I[c + CH_START] = I[c + CH_START]! + n;
  lock(pd + PD_LOCK);
  // Closed meanwhile: what was unread has been dropped.
  const closed = (I[pd + PD_STATE]! & PD_CLOSED) !== 0;
  if (!closed) {
    I[c + CH_NEXT] = I[pd + PD_RHEAD]!;
    if (I[pd + PD_RHEAD] === 0) I[pd + PD_RHEAD + 1] = c;
    I[pd + PD_RHEAD] = c;
  }
  unlock(pd + PD_LOCK);
  if (closed) freeChunk(c);
  release(pd);
  return bytes;
}

/** The running goroutine; pd is a connection, or an exchange that is not closed. */
export function read(g: number, pd: number, max: number): unknown {
  for (;;) {
    const v = tryRead(pd, max);
    if (v !== BLOCKED) return v;
    const r = block(g, pd, PD_RG, finRead, waitReasonIOWait);
    if (r === undefined) continue;
    // Before the goroutine is committed to the word: nobody runs it yet.
    I[g + G_PARAM] = pd;
    I[pd + PD_RMAX] = max;
    return r;
  }
}

const finRead = registerFin((g) => {
  const pd = I[g + G_PARAM]!;
  unblocked(pd + PD_RG);
  try {
    return read(g, pd, I[pd + PD_RMAX]!);
  } finally {
    release(pd);
  }
});

// ------------------------------------------------------------------------------------------- write

/** Code of the error that a write fails with; undefined: none. Under the lock. */
function broken(pd: number): string | undefined {
  return (
    (peek((pd + PD_ERR) >> 1) as string | undefined) ??
    ((I[pd + PD_STATE]! & (PD_GONE | PD_WRITECLOSED)) !== 0 ? "EPIPE" : undefined)
  );
}

/** A write of no bytes: waits for nothing, and fails as any other. The running goroutine. */
export function writeNothing(pd: number): void {
  lock(pd + PD_LOCK);
  check(pd, "write", pd + PD_WD);
  const code = broken(pd);
  unlock(pd + PD_LOCK);
  if (code !== undefined) fails(pd, "write", code);
}

/** Atomics of a write that need not wait: 2 for the lock, 2 to 4 to submit it. */
function tryWrite(pd: number, c: number): unknown {
  lock(pd + PD_LOCK);
  check(pd, "write", pd + PD_WD);
  const code = broken(pd);
  const full = I[pd + PD_WBYTES]! >= AHEAD;
  if (code === undefined && !full) {
    I[pd + PD_WBYTES] = I[pd + PD_WBYTES]! + I[c + CH_SIZE]!;
    append(pd + PD_WHEAD, c);
  }
  if (code === undefined && full) hold(pd);
  unlock(pd + PD_LOCK);
  if (code !== undefined) fails(pd, "write", code);
  if (full) return BLOCKED;
  want(pd, WANT_WRITE);
  return undefined;
}

/** Writes the chunk, which is the stream's then, also if it fails. The running goroutine. */
export function write(g: number, pd: number, c: number): unknown {
  try {
    for (;;) {
      const v = tryWrite(pd, c);
      if (v !== BLOCKED) return v;
      const r = block(g, pd, PD_WG, finWrite, waitReasonIOWait);
      if (r === undefined) continue;
      I[g + G_PARAM] = pd;
      I[pd + PD_WCHUNK] = c;
      return r;
    }
  } catch (e) {
    freeChunk(c);
    throw e;
  }
}

const finWrite = registerFin((g) => {
  const pd = I[g + G_PARAM]!;
  unblocked(pd + PD_WG);
  try {
    return write(g, pd, I[pd + PD_WCHUNK]!);
  } finally {
    release(pd);
  }
});

// ------------------------------------------------------------------------------------------- deadlines, closing

/** Also of listeners. Any thread that runs a goroutine. */
export function setDeadline(pd: number, words: readonly number[], t: number | Date): void {
  const at: unknown = t instanceof Date ? t.getTime() : t;
  if (typeof at !== "number" || !(at >= 0))
    throw new RangeError(`setDeadline: ${String(t)} is no time; use milliseconds of Date.now(), 0: none`);
  lock(pd + PD_LOCK);
  for (const w of words) F[(pd + w) >> 1] = at;
  const armed = F[(pd + PD_ARMED) >> 1]!;
  const closed = (I[pd + PD_STATE]! & PD_CLOSED) !== 0;
  unlock(pd + PD_LOCK);
  if (closed) {
    const addr = localAddr(pd);
    throw new OpError("set", `${networkOf(addr)} ${addr}`, ErrClosed);
  }
  if (at === 0) return;
  // A timer that fires earlier looks at what holds then: moving a deadline on, as each read of a server may do, is free.
  if (Date.now() >= at) wakeBoth(pd);
  else if (armed === 0 || at < armed) want(pd, WANT_DEADLINE);
}

/** Also of listeners: closes the goroutines' side; the poller is told. Any thread that runs a goroutine. */
export function closePollDesc(pd: number): boolean {
  lock(pd + PD_LOCK);
  const again = (I[pd + PD_STATE]! & PD_CLOSED) !== 0;
  I[pd + PD_STATE] = I[pd + PD_STATE]! | PD_CLOSED;
  unlock(pd + PD_LOCK);
  if (again) return false;
  if (FAILPOINTS) failpoint("close: not told");
  wakeBoth(pd);
  want(pd, WANT_CLOSE);
  return true;
}

/** Takes what was read ahead and will not be read. Any thread. */
export function dropReads(pd: number): void {
  lock(pd + PD_LOCK);
  const unread = takeAll(pd + PD_RHEAD);
  unlock(pd + PD_LOCK);
  freeChunks(unread);
}

/** No more will be written: the other end reads the end after what was. False: closed. Any thread that runs a goroutine. */
export function closeWrite(pd: number): boolean {
  lock(pd + PD_LOCK);
  const closed = (I[pd + PD_STATE]! & PD_CLOSED) !== 0;
  I[pd + PD_STATE] = I[pd + PD_STATE]! | PD_WRITECLOSED;
  unlock(pd + PD_LOCK);
  if (!closed) want(pd, WANT_CLOSEWRITE);
  return !closed;
}

// ------------------------------------------------------------------------------------------- what users hand over

const utf8 = new TextEncoder();

/** A chunk with what is to be written; 0 if that is nothing. @throws TypeError */
export function chunkOf(what: string, data: unknown): number {
  const bytes = typeof data === "string" ? utf8.encode(data) : data;
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`${what}: expected a string or a Uint8Array`);
  return bytes.length === 0 ? 0 : newChunk(bytes);
}

/** @throws RangeError */
export function checkMax(what: string, max: unknown): void {
  if (!Number.isInteger(max) || (max as number) < 1)
    throw new RangeError(`${what}: ${String(max)} is no number of bytes from 1`);
}
