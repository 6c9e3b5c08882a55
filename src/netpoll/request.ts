/** Requests as the handlers of a server see them. */
import { F, I } from "../arena/arena.js";
import {
  CH_SIZE,
  G_PARAM,
  HX_BYTES,
  HX_EG,
  HX_HEAD,
  HX_LEFT,
  HX_METHOD,
  HX_URL,
  PD_CLOSED,
  PD_GONE,
  PD_HEADED,
  PD_LOCK,
  PD_SENT,
  PD_STATE,
  PD_WD,
  PD_WHEAD,
  PD_WRITECLOSED,
  WANT_ABORT,
  WANT_CLOSE,
} from "../arena/layout.js";
import { lock, unlock } from "../arena/lock.js";
import { encode, HANDLE_REQUEST, handleClass } from "../arena/value.js";
import { waitReasonIOWait } from "../sched/waitreason.js";
import { mustg, type Suspend } from "../stack/current.js";
import { finish } from "../stack/native.js";
import { registerFin } from "../stack/trampoline.js";
import { unblocked } from "./block.js";
import { append, freeChunk } from "./chunks.js";
import { type Headers, Message } from "./message.js";
import { ErrTimeout } from "./operror.js";
import { expired, remoteAddr, wakeBoth } from "./polldesc.js";
import { block, hold, release } from "./refs.js";
import { chunkOf, dropReads, fails } from "./stream.js";
import { want } from "./submit.js";

const ENDED = "http: the request has been answered";
/** Go's ErrContentLength. */
const TOO_MUCH = "http: wrote more than the declared Content-Length";

// ------------------------------------------------------------------------------------------- answering

// As Node checks them (RFC 9110, 5.6.2 and 5.5), but where the mistake is: Node's own check runs in the poller.
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
const NOT_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

function checkHeaders(headers: Headers): void {
  for (const [name, value] of Object.entries(headers)) {
    if (!TOKEN.test(name)) invalid("ERR_INVALID_HTTP_TOKEN", `${JSON.stringify(name)} is no name of a header`);
    for (const v of Array.isArray(value) ? value : [value])
      if (NOT_IN_VALUE.test(String(v)))
        invalid("ERR_INVALID_CHAR", `the header ${name} has a character that none may have`);
  }
}

/** What the headers announce, -1: nothing. @throws TypeError */
function contentLength(headers: Headers): number {
  let n = -1;
  for (const [name, value] of Object.entries(headers)) {
    if (name.toLowerCase() !== "content-length" || value === undefined) continue;
    const text = String(value);
    if (!/^\d+$/.test(text)) invalid("ERR_INVALID_CHAR", `invalid Content-Length of ${JSON.stringify(text)}`);
    n = Number(text);
  }
  return n;
}

function invalid(code: string, text: string): never {
  throw Object.assign(new TypeError(`http: ${text}`), { code });
}

/** Waits until the poller has sent the answer, or cannot: true, false. The running goroutine, which holds a reference. */
function sent(g: number, rq: number): unknown {
  for (;;) {
    lock(rq + PD_LOCK);
    const state = I[rq + PD_STATE]!;
    const over = (state & (PD_SENT | PD_GONE)) !== 0;
    const late = expired(rq + PD_WD);
    if (!over && !late) hold(rq);
    unlock(rq + PD_LOCK);
    if (over) return (state & PD_SENT) !== 0;
    if (late) {
      want(rq, WANT_ABORT);
      fails(rq, "write", ErrTimeout);
    }
    const r = block(g, rq, HX_EG, finSent, waitReasonIOWait);
    if (r === undefined) continue;
    I[g + G_PARAM] = rq;
    return r;
  }
}
const finSent: number = registerFin((g) => {
  const rq = I[g + G_PARAM]!;
  unblocked(rq + HX_EG);
  try {
    return sent(g, rq);
  } finally {
    release(rq);
  }
});

// ------------------------------------------------------------------------------------------- requests

/**
 * A request that a server has received. Its head is there, its body arrives while it is read: in pieces (`read`) or as a whole
 * (`bytes`, `text`). It is answered once, as a whole (`respond`) or in pieces (`writeHead`, `write`, `end`); what the handler has not
 * read by then is dropped. It lives until it is answered: do not use it afterwards. Goroutines on any thread may hold it.
 *
 * @example
 * // Answers with what it gets, while it is still getting it.
 * const echo = goroutine(function* echo(server: http.Server) {
 *   const req = (yield* server.accept())!;
 *   req.writeHead(200, { "content-type": "application/octet-stream" });
 *   for (let piece; (piece = yield* req.read()) !== undefined; ) yield* req.write(piece);
 *   yield* req.end();
 * });
 * const server = yield* http.listen("127.0.0.1:0");
 * go(echo, server);
 * const x = yield* http.open(`http://${server.address}`, { method: "POST", write: true });
 * yield* x.write("first");
 * println(new TextDecoder().decode(yield* x.read()));
 * yield* x.write("second");
 * x.closeWrite();
 * println(yield* x.text());
 * x.close();
 * yield* server.shutdown();
 * // Output:
 * // first
 * // second
 */
export class Request extends Message {
  /** @internal */
  protected get ended(): string {
    return ENDED;
  }

  get method(): string {
    return this.part(HX_METHOD) as string;
  }
  /** Path and query, as sent: `/search?q=x`. */
  get url(): string {
    return this.part(HX_URL) as string;
  }
  /** Where it came from: `127.0.0.1:4711`. */
  get remoteAddr(): string {
    this.open();
    return remoteAddr(this.addr);
  }

  /**
   * Says what the answer begins with. It is sent with the first `write`, or by `end`; without it the status is 200. Never suspends.
   *
   * @param status 200 to 599
   * @param headers with a `content-length` no more than that can be written, and an answer that ends before it cuts the connection
   * @throws Error `http: superfluous writeHead call` after the first one or the first write; TypeError with `code` for a header that is none; then nothing has changed
   */
  writeHead(status: number, headers: Headers = {}): void {
    mustg("req.writeHead");
    this.head(status, headers, 0);
  }

  /** `bytes` of the body are already known. */
  private head(status: number, headers: Headers, bytes: number): void {
    this.open();
    if (!Number.isInteger(status) || status < 200 || status > 599)
      throw new RangeError(`http: ${String(status)} is no status of an answer; use 200 to 599`);
    checkHeaders(headers);
    const length = contentLength(headers);
    const rq = this.addr;
    // Plain: the head is ours until then; the poller looks at it after it has been told, under the lock, of something to send.
    if ((I[rq + PD_STATE]! & PD_HEADED) !== 0) throw new Error("http: superfluous writeHead call");
    if (length >= 0 && bytes > length) throw new Error(TOO_MUCH);
    encode((rq + HX_HEAD) >> 1, [status, headers]);
    F[(rq + HX_LEFT) >> 1] = length < 0 ? -1 : length - bytes;
    this.begin(0);
  }

  /**
   * `yield* req.respond(status, body, headers)`: answers, as `writeHead`, `write` and `end` together. Each request must be answered,
   * once. Returns when the answer is on its way.
   *
   * @param status 200 to 599
   * @returns whether the client was still there
   * @throws Error `http: the request has been answered`, `http: wrote more than the declared Content-Length`; as `writeHead`
   */
  respond(status: number, body: Uint8Array | string = "", headers: Headers = {}): Generator<Suspend, boolean, unknown> {
    return finish(this.$respond(mustg("req.respond"), 0, 0, undefined, status, body, headers));
  }

  /**
   * `yield* req.end()`: the answer is complete. Returns when it is on its way to the kernel.
   *
   * @returns whether the client was still there
   * @throws Error `http: the request has been answered`; OpError `i/o timeout` at the deadline for writes, which cuts the connection
   */
  end(): Generator<Suspend, boolean, unknown> {
    return finish(this.$end(mustg("req.end")));
  }

  /** @internal */
  $respond(
    g: number,
    _fp: number,
    _pc: number,
    _sent: unknown,
    status: number,
    body: Uint8Array | string = "",
    headers: Headers = {},
  ): unknown {
    const rq = this.addr;
    this.open();
    const c = chunkOf("respond", body);
    try {
      this.head(status, headers, c === 0 ? 0 : I[c + CH_SIZE]!);
    } catch (e) {
      if (c !== 0) freeChunk(c);
      throw e;
    }
    if (c !== 0) {
      lock(rq + PD_LOCK);
      append(rq + PD_WHEAD, c);
      unlock(rq + PD_LOCK);
    }
    return this.$end(g);
  }

  /** @internal */
  $end(g: number): unknown {
    const rq = this.addr;
    this.open();
    lock(rq + PD_LOCK);
    const again = (I[rq + PD_STATE]! & PD_CLOSED) !== 0;
    if (!again) {
      I[rq + PD_STATE] = I[rq + PD_STATE]! | PD_CLOSED | PD_WRITECLOSED | PD_HEADED;
      hold(rq); // until we know
    }
    unlock(rq + PD_LOCK);
    if (again) throw new Error(ENDED);
    wakeBoth(rq);
    dropReads(rq);
    want(rq, WANT_CLOSE);
    try {
      return sent(g, rq);
    } finally {
      release(rq);
    }
  }

  /** The head is the poller's from now on. @internal */
  protected override begin(bytes: number): void {
    const rq = this.addr;
    // Plain: one goroutine at a time writes.
    const left = F[(rq + HX_LEFT) >> 1]!;
    if (left >= 0) {
      if (bytes > left) throw new Error(TOO_MUCH);
      F[(rq + HX_LEFT) >> 1] = left - bytes;
    }
    if ((I[rq + PD_STATE]! & PD_HEADED) !== 0) return;
    lock(rq + PD_LOCK);
    I[rq + PD_STATE] = I[rq + PD_STATE]! | PD_HEADED;
    unlock(rq + PD_LOCK);
  }

  override toString(): string {
    return `request(${this.method} ${this.url})`;
  }
}
handleClass(HANDLE_REQUEST, Request, HX_BYTES);
