/** Connections as goroutines hold them. */
import { F, I } from "../arena/arena.js";
import {
  CH_NEXT,
  CH_SIZE,
  CH_START,
  G_PARAM,
  PD_ARMED,
  PD_BYTES,
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
import { Handle, HANDLE_CONN, handleClass, peek } from "../arena/value.js";
import { waitReasonIOWait } from "../sched/waitreason.js";
import { mustg, type Suspend } from "../stack/current.js";
import { finish } from "../stack/native.js";
import { registerFin } from "../stack/trampoline.js";
import { netpollblock, unblocked } from "./block.js";
import { append, first, freeChunk, freeChunks, newChunk, view } from "./chunks.js";
import { ErrClosed, ErrTimeout, OpError } from "./operror.js";
import { AHEAD, expired, localAddr, remoteAddr, wakeBoth } from "./polldesc.js";
import { want } from "./submit.js";

/** Nothing is there yet. Not zero, which is a result. */
const BLOCKED = Symbol("blocked");

export function networkOf(addr: string): string {
  return addr.includes(":") && !addr.startsWith("/") ? "tcp" : "unix";
}

function fails(pd: number, op: string, code: string): never {
  const [l, r] = [localAddr(pd), remoteAddr(pd)];
  throw new OpError(op, `${networkOf(l)} ${l}->${r}`, code);
}

/** Closed by us, deadline passed. The lock is held, and released before it throws. */
function check(pd: number, op: string, deadline: number): void {
  const code = (I[pd + PD_STATE]! & PD_CLOSED) !== 0 ? ErrClosed : expired(deadline) ? ErrTimeout : undefined;
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
    unlock(pd + PD_LOCK);
    if (code !== undefined) fails(pd, "read", code);
    return (state & (PD_EOF | PD_GONE)) !== 0 ? undefined : BLOCKED;
  }
  const n = Math.min(max, I[c + CH_SIZE]! - I[c + CH_START]!);
  I[pd + PD_RBYTES] = I[pd + PD_RBYTES]! - n;
  const resume = (I[pd + PD_STATE]! & PD_PAUSED) !== 0 && I[pd + PD_RBYTES]! < AHEAD / 2;
  if (resume) I[pd + PD_STATE] = I[pd + PD_STATE]! & ~PD_PAUSED;
  unlock(pd + PD_LOCK);
  if (resume) want(pd, WANT_RESUME);
  // Off the list the chunk is ours; no object is made under the lock.
  const bytes = view(c).slice(0, n);
  I[c + CH_START] = I[c + CH_START]! + n;
  if (I[c + CH_START] === I[c + CH_SIZE]) {
    freeChunk(c);
    return bytes;
  }
  lock(pd + PD_LOCK);
  I[c + CH_NEXT] = I[pd + PD_RHEAD]!;
  if (I[pd + PD_RHEAD] === 0) I[pd + PD_RHEAD + 1] = c;
  I[pd + PD_RHEAD] = c;
  unlock(pd + PD_LOCK);
  return bytes;
}

function read(g: number, pd: number, max: number): unknown {
  for (;;) {
    const v = tryRead(pd, max);
    if (v !== BLOCKED) return v;
    const r = netpollblock(g, pd + PD_RG, finRead, waitReasonIOWait);
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
  return read(g, pd, I[pd + PD_RMAX]!);
});

// ------------------------------------------------------------------------------------------- write

/** Atomics of a write that need not wait: 2 for the lock, 2 to 4 to submit it. */
function tryWrite(pd: number, c: number): unknown {
  lock(pd + PD_LOCK);
  check(pd, "write", pd + PD_WD);
  const code =
    (peek((pd + PD_ERR) >> 1) as string | undefined) ??
    ((I[pd + PD_STATE]! & (PD_GONE | PD_WRITECLOSED)) !== 0 ? "EPIPE" : undefined);
  const full = I[pd + PD_WBYTES]! >= AHEAD;
  if (code === undefined && !full) {
    I[pd + PD_WBYTES] = I[pd + PD_WBYTES]! + I[c + CH_SIZE]!;
    append(pd + PD_WHEAD, c);
  }
  unlock(pd + PD_LOCK);
  if (code !== undefined) fails(pd, "write", code);
  if (full) return BLOCKED;
  want(pd, WANT_WRITE);
  return undefined;
}

function write(g: number, pd: number, c: number): unknown {
  try {
    for (;;) {
      const v = tryWrite(pd, c);
      if (v !== BLOCKED) return v;
      const r = netpollblock(g, pd + PD_WG, finWrite, waitReasonIOWait);
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
  return write(g, pd, I[pd + PD_WCHUNK]!);
});

const utf8 = new TextEncoder();

// ------------------------------------------------------------------------------------------- the handle

/** Shared with listeners. Any thread that runs a goroutine. */
export function setDeadline(pd: number, words: readonly number[], t: number | Date): void {
  const at = typeof t === "number" ? t : t.getTime();
  if (!(at >= 0)) throw new RangeError(`setDeadline: ${String(t)} is no time; use milliseconds of Date.now(), 0: none`);
  lock(pd + PD_LOCK);
  for (const w of words) F[(pd + w) >> 1] = at;
  const armed = F[(pd + PD_ARMED) >> 1]!;
  unlock(pd + PD_LOCK);
  if (at === 0) return;
  // A timer that fires earlier looks at what holds then: moving a deadline on, as each read of a server may do, is free.
  if (Date.now() >= at) wakeBoth(pd);
  else if (armed === 0 || at < armed) want(pd, WANT_DEADLINE);
}

/** Shared with listeners: closes the goroutines' side; the poller is told. Any thread that runs a goroutine. */
export function closePollDesc(pd: number): boolean {
  lock(pd + PD_LOCK);
  const again = (I[pd + PD_STATE]! & PD_CLOSED) !== 0;
  I[pd + PD_STATE] = I[pd + PD_STATE]! | PD_CLOSED;
  unlock(pd + PD_LOCK);
  if (again) return false;
  wakeBoth(pd);
  want(pd, WANT_CLOSE);
  return true;
}

/**
 * A connection, of `dial` or `Listener.accept`: TCP or a Unix socket. Goroutines on any thread may use it; one at a time may
 * read, and one write. Close it when you are done: nothing else does before the runtime ends.
 *
 * @example
 * const listener = yield* net.listen("tcp", "127.0.0.1:0");
 * go(function* () {
 *   const conn = yield* listener.accept();
 *   for (let data; (data = yield* conn.read()) !== undefined; ) yield* conn.write(data);
 *   conn.close();
 * });
 * const conn = yield* net.dial("tcp", listener.address);
 * yield* conn.write("hello");
 * println(new TextDecoder().decode(yield* conn.read()));
 * conn.close();
 * listener.close();
 * // Output:
 * // hello
 */
export class Conn extends Handle {
  /** Address of this end, as `127.0.0.1:4711`; of a Unix socket the path, or "". */
  get localAddr(): string {
    return localAddr(this.addr);
  }
  /** Address of the other end. */
  get remoteAddr(): string {
    return remoteAddr(this.addr);
  }

  /**
   * `yield* conn.read(max)`: what has arrived, at least one byte and at most `max`, waiting for it; undefined when the other
   * end has closed and everything has been read.
   *
   * @param max 1 or more bytes, default 65,536
   * @throws OpError `i/o timeout`, `use of closed network connection`, `connection reset by peer`
   */
  read(max = AHEAD): Generator<Suspend, Uint8Array<ArrayBuffer> | undefined, unknown> {
    return finish(this.$read(mustg("conn.read"), 0, 0, undefined, max));
  }

  /**
   * `yield* conn.write(data)`: sends all of it, strings as UTF-8. Returns when the data is on its way to the kernel; waits while
   * more than 64 KiB are, so a peer that does not read stops the writer. An error may show at the next write.
   *
   * @throws OpError as `read`, and `broken pipe`
   */
  write(data: Uint8Array | string): Generator<Suspend, void, unknown> {
    return finish(this.$write(mustg("conn.write"), 0, 0, undefined, data));
  }

  /**
   * Closes it; what has been written is still sent. Goroutines that wait for it get `use of closed network connection`.
   * @throws OpError if it is closed already
   */
  close(): void {
    mustg("conn.close");
    const pd = this.addr;
    if (!closePollDesc(pd)) fails(pd, "close", ErrClosed);
    lock(pd + PD_LOCK);
    const unread = I[pd + PD_RHEAD]!;
    I[pd + PD_RHEAD] = 0;
    I[pd + PD_RHEAD + 1] = 0;
    unlock(pd + PD_LOCK);
    freeChunks(unread);
  }

  /** Tells the other end that no more will be sent: it reads the end after what was written. Reading goes on. */
  closeWrite(): void {
    mustg("conn.closeWrite");
    lock(this.addr + PD_LOCK);
    I[this.addr + PD_STATE] = I[this.addr + PD_STATE]! | PD_WRITECLOSED;
    unlock(this.addr + PD_LOCK);
    want(this.addr, WANT_CLOSEWRITE);
  }

  /** Reads and writes that have not ended at this time fail with `i/o timeout`: milliseconds of Date.now(), or a Date; 0: no deadline. */
  setDeadline(t: number | Date): void {
    mustg("conn.setDeadline");
    setDeadline(this.addr, [PD_RD, PD_WD], t);
  }
  /** The same for reads. */
  setReadDeadline(t: number | Date): void {
    mustg("conn.setReadDeadline");
    setDeadline(this.addr, [PD_RD], t);
  }
  /** The same for writes. */
  setWriteDeadline(t: number | Date): void {
    mustg("conn.setWriteDeadline");
    setDeadline(this.addr, [PD_WD], t);
  }

  /** @internal */
  $read(g: number, _fp: number, _pc: number, _sent: unknown, max: number = AHEAD): unknown {
    if (!Number.isInteger(max) || max < 1)
      throw new RangeError(`conn.read: ${String(max)} is no number of bytes from 1`);
    return read(g, this.addr, max);
  }
  /** @internal */
  $write(g: number, _fp: number, _pc: number, _sent: unknown, data: Uint8Array | string): unknown {
    const bytes = typeof data === "string" ? utf8.encode(data) : data;
    if (!(bytes instanceof Uint8Array)) throw new TypeError("conn.write: expected a string or a Uint8Array");
    return bytes.length === 0 ? undefined : write(g, this.addr, newChunk(bytes));
  }

  override toString(): string {
    return `conn(${this.localAddr}->${this.remoteAddr})`;
  }
}
handleClass(HANDLE_CONN, Conn, PD_BYTES);
