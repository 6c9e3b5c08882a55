/**
 * What a server's request and a client's exchange have in common, as goroutines see it: bytes come in and go out, in pieces, each
 * direction with back-pressure. That is a connection's pollDesc and a connection's operations (stream.ts); here is what a body has besides:
 * being read as a whole, and an end after which its memory is used for the next one (refs.ts).
 */
import { I } from "../arena/arena.js";
import {
  CH_NEXT,
  CH_SIZE,
  G_PARAM,
  HX_MAXBODY,
  HX_HEADERS,
  PD_ABORTED,
  PD_AHEAD,
  PD_CLOSED,
  PD_EOF,
  PD_ERR,
  PD_GONE,
  PD_KIND,
  PD_LOCK,
  PD_PAUSED,
  PD_RBYTES,
  PD_RD,
  PD_RG,
  PD_RHEAD,
  PD_RMAX,
  PD_STATE,
  PD_WD,
  WANT_ABORT,
  WANT_RESUME,
  WANT_WRITE,
} from "../arena/layout.js";
import { lock, unlock } from "../arena/lock.js";
import { Handle, HANDLE_REQUEST, peek } from "../arena/value.js";
import { waitReasonIOWait } from "../sched/waitreason.js";
import { mustg, type Suspend } from "../stack/current.js";
import { finish } from "../stack/native.js";
import { registerFin } from "../stack/trampoline.js";
import { unblocked } from "./block.js";
import { freeChunk, freeChunks, takeAll, view } from "./chunks.js";
import { AHEAD, wakeBoth } from "./polldesc.js";
import { block, hold, release } from "./refs.js";
import { BLOCKED, check, checkMax, chunkOf, fails, read, setDeadline, write } from "./stream.js";
import { want } from "./submit.js";

export type Headers = Record<string, string | string[] | undefined>;

/** Most bytes of a body that is read as a whole, if nobody says. */
export const MAX_BODY = 1024 * 1024;
const LARGEST = 2 ** 31 - 2;

/** Checks the option maxBody. */
export function limit(what: string, v: unknown): number {
  if (v === undefined) return MAX_BODY;
  if (typeof v !== "number" || !(v >= 0)) throw new RangeError(`${what}: maxBody ${String(v)} is no number of bytes`);
  return Math.min(v, LARGEST);
}

/** A body was longer than who reads it as a whole allows. Go's text (http.MaxBytesError). */
function tooLarge(pd: number, max: number): never {
  const what = I[pd + PD_KIND] === HANDLE_REQUEST ? "request" : "response";
  const text = `http: ${what} body too large: more than ${max} bytes; read it in pieces, or allow more`;
  throw Object.assign(new Error(text), { code: "ERR_TOO_LARGE" });
}

// ------------------------------------------------------------------------------------------- the whole body

/** Bytes that the body has in any case, 0: it does not say. */
function announced(pd: number): number {
  return Number((peek((pd + HX_HEADERS) >> 1) as Headers | undefined)?.["content-length"] ?? 0);
}

/** All that is left of the body, when its end has come. It stays in the arena until then, and more is let in than usual. */
function tryCollect(pd: number): unknown {
  const max = I[pd + PD_RMAX]!;
  lock(pd + PD_LOCK);
  check(pd, "read", pd + PD_RD);
  const state = I[pd + PD_STATE]!;
  const bytes = I[pd + PD_RBYTES]!;
  const code = peek((pd + PD_ERR) >> 1) as string | undefined;
  const resume = (state & PD_PAUSED) !== 0 && bytes <= max;
  let head = 0;
  if (bytes <= max && (state & PD_EOF) !== 0) {
    head = takeAll(pd + PD_RHEAD);
    I[pd + PD_RBYTES] = 0;
  } else if (bytes <= max && code === undefined && (state & PD_GONE) === 0) {
    I[pd + PD_AHEAD] = max + 1;
    if (resume) I[pd + PD_STATE] = state & ~PD_PAUSED;
    hold(pd);
    unlock(pd + PD_LOCK);
    if (resume) want(pd, WANT_RESUME);
    return BLOCKED;
  }
  unlock(pd + PD_LOCK);
  if (bytes > max) tooLarge(pd, max);
  if ((state & PD_EOF) === 0) fails(pd, "read", code ?? "ECONNRESET");
  // Off the list the chunks are ours.
  const whole = new Uint8Array(bytes);
  for (let c = head, at = 0; c !== 0; c = I[c + CH_NEXT]!) {
    whole.set(view(c), at);
    at += view(c).length;
  }
  freeChunks(head);
  return whole;
}

function collect(g: number, pd: number, fin: number): unknown {
  for (;;) {
    const v = tryCollect(pd);
    if (v !== BLOCKED) return fin === finText ? utf8.decode(v as Uint8Array) : v;
    const r = block(g, pd, PD_RG, fin, waitReasonIOWait);
    if (r === undefined) continue;
    I[g + G_PARAM] = pd;
    return r;
  }
}

const collected = (g: number, fin: number): unknown => {
  const pd = I[g + G_PARAM]!;
  unblocked(pd + PD_RG);
  try {
    return collect(g, pd, fin);
  } finally {
    release(pd);
  }
};
const finBytes: number = registerFin((g) => collected(g, finBytes));
const finText: number = registerFin((g) => collected(g, finText));
const utf8 = new TextDecoder();

// ------------------------------------------------------------------------------------------- the handle

/** Bodies in both directions. @internal */
export abstract class Message extends Handle {
  /** Text of the error that whoever uses it after its end gets. @internal */
  protected abstract get ended(): string;

  /** Of what was received; names in lower case. */
  get headers(): Headers {
    return (this.part(HX_HEADERS) ?? {}) as Headers;
  }

  /**
   * `yield* message.read(max)`: the next piece of the body that comes in, as soon as there is any: at least one byte, at most `max`;
   * undefined when it has ended. 64 KiB are read ahead, then the peer has to wait.
   *
   * @param max 1 or more bytes, default 65,536
   * @throws OpError `connection reset by peer` if the peer went away in the middle, `i/o timeout`, `use of closed network connection`
   */
  read(max = AHEAD): Generator<Suspend, Uint8Array<ArrayBuffer> | undefined, unknown> {
    return finish(this.$read(mustg("read"), 0, 0, undefined, max));
  }

  /**
   * `yield* message.bytes(max)`: the whole body, or what `read` has left of it.
   *
   * @param max longest body in bytes, default the option `maxBody`, which is 1 MiB if it is not given
   * @throws Error with `code` `ERR_TOO_LARGE`: `http: request body too large`; as `read`
   */
  bytes(max?: number): Generator<Suspend, Uint8Array<ArrayBuffer>, unknown> {
    return finish(this.$bytes(mustg("bytes"), 0, 0, undefined, max));
  }

  /** `yield* message.text(max)`: the same as UTF-8 text. @throws as `bytes` */
  text(max?: number): Generator<Suspend, string, unknown> {
    return finish(this.$text(mustg("text"), 0, 0, undefined, max));
  }

  /**
   * `yield* message.write(data)`: sends a piece of the body, strings as UTF-8. The first one sends the head too; an empty one sends
   * nothing else. Waits while more than 64 KiB are on their way, so a peer that does not read stops the writer. An error may show at the next
   * write.
   *
   * @throws OpError `broken pipe`, `connection reset by peer`, `i/o timeout`, `use of closed network connection`
   */
  write(data: Uint8Array | string): Generator<Suspend, void, unknown> {
    return finish(this.$write(mustg("write"), 0, 0, undefined, data));
  }

  /** Reads and writes that have not ended at this time fail with `i/o timeout`: milliseconds of Date.now(), or a Date; 0: no deadline. */
  setDeadline(t: number | Date): void {
    this.live("setDeadline");
    setDeadline(this.addr, [PD_RD, PD_WD], t);
  }
  /** The same for reads. */
  setReadDeadline(t: number | Date): void {
    this.live("setReadDeadline");
    setDeadline(this.addr, [PD_RD], t);
  }
  /** The same for writes. */
  setWriteDeadline(t: number | Date): void {
    this.live("setWriteDeadline");
    setDeadline(this.addr, [PD_WD], t);
  }

  /**
   * Cuts the connection. Reads and writes, also those that wait, fail with `use of closed network connection`. Any goroutine may do that
   * while another one is at work with it; the one whose it is still has to end it, as always.
   *
   * @example
   * // A download that ends with its context.
   * const guard = goroutine(function* guard(ctx: Context, x: http.Exchange, over: Chan<boolean>, done: Chan<boolean>) {
   *   const r = yield* select({ canceled: ctx.done(), over });
   *   if (r.case === "canceled") x.abort();
   *   yield* done.send(true);
   * });
   * const drip = goroutine(function* drip(server: http.Server) {
   *   const req = (yield* server.accept())!;
   *   yield* req.write("first, and then nothing");
   * });
   * const server = yield* http.listen("127.0.0.1:0");
   * go(drip, server);
   * const ctx = withTimeout(background(), 60_000);
   * const over = chan<boolean>(1);
   * const done = chan<boolean>();
   * const x = yield* http.open(`http://${server.address}`);
   * go(guard, ctx, x, over, done);
   * try {
   *   for (let piece; (piece = yield* x.read()) !== undefined; ) {
   *     println(piece.length, "bytes");
   *     ctx.cancel(); // enough; else it ends after a minute
   *   }
   * } catch {
   *   println(ctx.err()!.message);
   * }
   * yield* over.send(true);
   * yield* done.recv(); // nobody else uses it any more
   * x.close();
   * yield* server.close();
   * // Output:
   * // 23 bytes
   * // context canceled
   */
  abort(): void {
    this.live("abort");
    const pd = this.addr;
    lock(pd + PD_LOCK);
    I[pd + PD_STATE] = I[pd + PD_STATE]! | PD_ABORTED;
    unlock(pd + PD_LOCK);
    wakeBoth(pd);
    want(pd, WANT_ABORT);
  }

  /** @internal */
  $read(g: number, _fp: number, _pc: number, _sent: unknown, max: number = AHEAD): unknown {
    checkMax("read", max);
    this.open();
    return read(g, this.addr, max);
  }
  /** @internal */
  $bytes(g: number, _fp: number, _pc: number, _sent: unknown, max?: number): unknown {
    return this.collect(g, max, finBytes);
  }
  /** @internal */
  $text(g: number, _fp: number, _pc: number, _sent: unknown, max?: number): unknown {
    return this.collect(g, max, finText);
  }
  /** @internal */
  $write(g: number, _fp: number, _pc: number, _sent: unknown, data: Uint8Array | string): unknown {
    this.open();
    const c = chunkOf("write", data);
    try {
      this.begin(c === 0 ? 0 : I[c + CH_SIZE]!);
    } catch (e) {
      if (c !== 0) freeChunk(c);
      throw e;
    }
    if (c !== 0) return write(g, this.addr, c);
    want(this.addr, WANT_WRITE);
    return undefined;
  }

  private collect(g: number, max: number | undefined, fin: number): unknown {
    const pd = this.addr;
    this.open();
    const most = max === undefined ? I[pd + HX_MAXBODY]! : limit("bytes", max);
    // It need not come: who says so much means it.
    if (announced(pd) > most) tooLarge(pd, most);
    I[pd + PD_RMAX] = most;
    return collect(g, pd, fin);
  }

  /** So many bytes are going to be written. @internal */
  protected begin(_bytes: number): void {}

  /** A part that does not change. */
  protected part(slot: number): unknown {
    this.open();
    return peek((this.addr + slot) >> 1);
  }
  /** @throws Error if it has ended */
  protected open(): void {
    // Plain: who ended it is this goroutine, or hands that on through something that orders memory.
    if ((I[this.addr + PD_STATE]! & PD_CLOSED) !== 0) throw new Error(this.ended);
  }
  private live(what: string): void {
    mustg(what);
    this.open();
  }
}
