/** The HTTP client as goroutines see it. */
import { I } from "../arena/arena.js";
import {
  G_PARAM,
  HX_BYTES,
  HX_STATUS,
  PD_CLOSED,
  PD_ERR,
  PD_GONE,
  PD_LOCK,
  PD_RD,
  PD_RG,
  PD_STATE,
} from "../arena/layout.js";
import { lock, unlock } from "../arena/lock.js";
import { HANDLE_EXCHANGE, handleAt, handleClass, peek } from "../arena/value.js";
import { waitReasonIOWait } from "../sched/waitreason.js";
import { mustg, type Suspend } from "../stack/current.js";
import { builtin, finish } from "../stack/native.js";
import { registerFin } from "../stack/trampoline.js";
import { unblocked } from "./block.js";
import { call, takeResult } from "./call.js";
import { milliseconds } from "./listener.js";
import { type Headers, limit, Message } from "./message.js";
import { block, hold, release } from "./refs.js";
import { BLOCKED, check, closePollDesc, closeWrite, dropReads, fails } from "./stream.js";
import { submit } from "./submit.js";

// ------------------------------------------------------------------------------------------- in pieces

/** The status, when the head of the response is there. */
function tryStatus(pd: number): unknown {
  lock(pd + PD_LOCK);
  check(pd, "read", pd + PD_RD);
  const status = I[pd + HX_STATUS]!;
  const code = peek((pd + PD_ERR) >> 1) as string | undefined;
  const over = code !== undefined || (I[pd + PD_STATE]! & PD_GONE) !== 0;
  if (status === 0 && !over) hold(pd);
  unlock(pd + PD_LOCK);
  if (status !== 0) return status;
  if (over) fails(pd, "read", code ?? "ECONNRESET");
  return BLOCKED;
}

function response(g: number, pd: number): unknown {
  for (;;) {
    const v = tryStatus(pd);
    if (v !== BLOCKED) return v;
    const r = block(g, pd, PD_RG, finResponse, waitReasonIOWait);
    if (r === undefined) continue;
    I[g + G_PARAM] = pd;
    return r;
  }
}
const finResponse: number = registerFin((g) => {
  const pd = I[g + G_PARAM]!;
  unblocked(pd + PD_RG);
  try {
    return response(g, pd);
  } finally {
    release(pd);
  }
});

/**
 * A request under way and its response, made by `http.open`. The response's body arrives while it is read, in pieces or as a whole; with
 * `write` the request's body is sent in pieces, and both may go on at the same time. Close it when you are done: nothing else does before the
 * runtime ends, and its connection is used by no other request before. Do not use it afterwards. Goroutines on any thread may hold it.
 *
 * @example
 * const count = goroutine(function* count(server: http.Server) {
 *   const req = (yield* server.accept())!;
 *   for (let i = 1; i <= 3; i++) yield* req.write(`line ${i}\n`);
 *   yield* req.end();
 * });
 * const server = yield* http.listen("127.0.0.1:0");
 * go(count, server);
 * const x = yield* http.open(`http://${server.address}/count`);
 * let bytes = 0;
 * for (let piece; (piece = yield* x.read()) !== undefined; ) bytes += piece.length;
 * println(x.status, bytes);
 * x.close();
 * yield* server.shutdown();
 * // Output:
 * // 200 21
 */
export class Exchange extends Message {
  /** @internal */
  protected get ended(): string {
    return "http: the exchange has been closed";
  }

  /** Of the response; 0 as long as its head is not there. */
  get status(): number {
    this.open();
    return I[this.addr + HX_STATUS]!;
  }

  override get headers(): Headers {
    // Written before the status is, under the lock that `response` or `open` took after it.
    return this.status === 0 ? {} : super.headers;
  }

  /**
   * `yield* x.response()`: waits for the head of the response; after it, `status` and `headers` are there. `http.open` has done that unless the
   * request's body is written in pieces.
   *
   * @returns the status
   * @throws OpError `connection reset by peer`, `i/o timeout`, `use of closed network connection`
   */
  response(): Generator<Suspend, number, unknown> {
    return finish(this.$response(mustg("x.response")));
  }

  /** The request's body is complete. */
  closeWrite(): void {
    mustg("x.closeWrite");
    this.open();
    if (!closeWrite(this.addr)) throw new Error(this.ended);
  }

  /**
   * Ends it. The connection is kept for other requests if all of the response has arrived; else it is cut: that is how one does not read on.
   * @throws Error if it is closed already
   */
  close(): void {
    mustg("x.close");
    this.open();
    dropReads(this.addr);
    if (!closePollDesc(this.addr)) throw new Error(this.ended);
  }

  /** @internal */
  $response(g: number): unknown {
    this.open();
    return response(g, this.addr);
  }

  override toString(): string {
    return (I[this.addr + PD_STATE]! & PD_CLOSED) !== 0 ? "exchange(closed)" : `exchange(${this.status})`;
  }
}
handleClass(HANDLE_EXCHANGE, Exchange, HX_BYTES);

export interface RequestOptions {
  /** Default GET. */
  method?: string;
  headers?: Headers;
  body?: Uint8Array | string;
  /** Milliseconds until the whole response must be there; for `open`, until its head must be. Default and 0: none. */
  timeout?: number;
  /** Longest body of a response that is read as a whole, in bytes; a longer one is an error. Default 1 MiB. */
  maxBody?: number;
}
export interface OpenOptions extends RequestOptions {
  /** The request's body follows: by `write`, until `closeWrite`. */
  write?: boolean;
}
export interface Response {
  status: number;
  /** Names in lower case. */
  headers: Headers;
  body: Uint8Array;
}

function ask(g: number, op: string, url: unknown, options: unknown, fin?: number): Suspend {
  const to = String(url);
  if (!URL.canParse(to)) throw new TypeError(`${op}: ${to} is no URL; it begins with http:// or https://`);
  const { protocol } = new URL(to);
  if (protocol !== "http:" && protocol !== "https:") throw new TypeError(`${op}: ${to}: the protocol is http or https`);
  const o = (options ?? {}) as OpenOptions;
  if (typeof o !== "object") throw new TypeError(`${op}: the options are an object, such as { method: "POST" }`);
  const max = limit(op, o.maxBody);
  const timeout = milliseconds(op, o.timeout);
  if (o.body !== undefined && typeof o.body !== "string" && !((o.body as unknown) instanceof Uint8Array))
    throw new TypeError(`${op}: the body is a string or a Uint8Array`);
  if (o.write === true && o.body !== undefined)
    throw new TypeError(`${op}: give the body, or write it in pieces, but not both`);
  return call(g, op, [to, { ...o, maxBody: max, timeout }], submit, waitReasonIOWait, fin);
}

const finOpen = registerFin((g) => {
  const { failed, value } = takeResult(g);
  if (failed) throw value;
  return handleAt(HANDLE_EXCHANGE, value as number);
});

/**
 * `yield* http.open(url, options)`: sends a request, `http:` or `https:`, and returns when the head of its response is there, for the body to be
 * read in pieces; with the option `write` as soon as it is connected, for the request's body to be written in pieces. Connections are kept
 * and used again as `http.request` does. Redirects are not followed.
 *
 * @throws as `http.request`
 */
export const open = builtin("http.open", (g, _fp, _pc, _sent, url, options) =>
  ask(g, "http.open", url, options, finOpen),
) as unknown as (url: string | URL, options?: OpenOptions) => Generator<Suspend, Exchange, unknown>;

// ------------------------------------------------------------------------------------------- as a whole

/**
 * `yield* http.request(url, options)`: sends a request, `http:` or `https:`, and waits for the whole response. Connections are kept
 * and used again; if a server closed one just then, a request without a body that may be repeated (GET, HEAD, OPTIONS, TRACE) is, as by Go.
 * Redirects are not followed.
 *
 * @throws Error with Node's text and `code`, such as `ECONNREFUSED`; `ERR_TIMEOUT`, `ERR_TOO_LARGE`, `ERR_UPGRADE`
 * @throws TypeError for a URL or an option that is none
 */
export const request = builtin("http.request", (g, _fp, _pc, _sent, url, options) =>
  ask(g, "http.request", url, options),
) as unknown as (url: string | URL, options?: RequestOptions) => Generator<Suspend, Response, unknown>;

/** `yield* http.get(url)`: `http.request` without options. */
export const get = request as (url: string | URL) => Generator<Suspend, Response, unknown>;
