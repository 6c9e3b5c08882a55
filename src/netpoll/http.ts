/** HTTP as goroutines see it. Requests queue at their server as connections do at a listener. */
import { I } from "../arena/arena.js";
import {
  G_PARAM,
  KIND_OBJ,
  PD_BYTES,
  PD_CLOSED,
  PD_EOF,
  PD_ID,
  PD_LOCK,
  PD_NEXT,
  PD_RG,
  PD_RHEAD,
  PD_STATE,
  RQ_BODY,
  RQ_HEADERS,
  RQ_METHOD,
  RQ_URL,
} from "../arena/layout.js";
import { lock, unlock } from "../arena/lock.js";
import { mfree } from "../arena/malloc.js";
import { drop, Handle, HANDLE_HTTPSERVER, HANDLE_REQUEST, handleAt, handleClass, peek } from "../arena/value.js";
import { waitReasonIOWait } from "../sched/waitreason.js";
import { mustg, type Suspend } from "../stack/current.js";
import { builtin, finish } from "../stack/native.js";
import { registerFin } from "../stack/trampoline.js";
import { netpollblock, unblocked } from "./block.js";
import { call, takeResult } from "./call.js";
import { first } from "./chunks.js";
import { parse } from "./listener.js";
import { OpError } from "./operror.js";
import { localAddr } from "./polldesc.js";
import { submit } from "./submit.js";

export type Headers = Record<string, string | string[] | undefined>;

// ------------------------------------------------------------------------------------------- requests

/**
 * A request that a server has received, with its whole body. It lives until it is answered: do not use it afterwards. Goroutines on
 * any thread may hold it.
 */
export class Request extends Handle {
  get method(): string {
    return this.part(RQ_METHOD) as string;
  }
  /** Path and query, as sent: `/search?q=x`. */
  get url(): string {
    return this.part(RQ_URL) as string;
  }
  /** Names in lower case. */
  get headers(): Headers {
    return this.part(RQ_HEADERS) as Headers;
  }
  get body(): Uint8Array {
    return this.part(RQ_BODY) as Uint8Array;
  }
  /** The body as UTF-8 text. */
  get text(): string {
    return new TextDecoder().decode(this.body);
  }

  private part(slot: number): unknown {
    this.check();
    return peek((this.addr + slot) >> 1);
  }
  private check(): void {
    if ((I[this.addr + PD_STATE]! & PD_CLOSED) !== 0) throw new Error("http: the request has been answered");
  }

  /**
   * `yield* req.respond(status, body, headers)`: answers. Each request must be answered, once.
   *
   * @param status 100 to 599
   * @returns whether the client was still there
   * @throws Error `http: the request has been answered`
   */
  respond(status: number, body: Uint8Array | string = "", headers: Headers = {}): Generator<Suspend, boolean, unknown> {
    return finish(this.$respond(mustg("req.respond"), 0, 0, undefined, status, body, headers));
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
    this.check();
    if (!Number.isInteger(status) || status < 100 || status > 599)
      throw new RangeError(`respond: ${String(status)} is no HTTP status; use 100 to 599`);
    const rq = this.addr;
    const r = call(g, "http.respond", [I[rq + PD_ID], status, body, headers], submit, waitReasonIOWait);
    // The object goes: the poller knows the request by number.
    I[rq + PD_STATE] = PD_CLOSED;
    for (const slot of [RQ_METHOD, RQ_URL, RQ_HEADERS, RQ_BODY]) drop((rq + slot) >> 1);
    mfree(rq, PD_BYTES, KIND_OBJ);
    return r;
  }
}
handleClass(HANDLE_REQUEST, Request, PD_BYTES);

// ------------------------------------------------------------------------------------------- servers

function accept(g: number, pd: number): unknown {
  for (;;) {
    lock(pd + PD_LOCK);
    const rq = first(pd + PD_RHEAD, PD_NEXT);
    const over = (I[pd + PD_STATE]! & (PD_EOF | PD_CLOSED)) !== 0;
    unlock(pd + PD_LOCK);
    if (rq !== 0) return handleAt(HANDLE_REQUEST, rq);
    if (over) return undefined;
    const r = netpollblock(g, pd + PD_RG, finAccept, waitReasonIOWait);
    if (r === undefined) continue;
    I[g + G_PARAM] = pd;
    return r;
  }
}
const finAccept = registerFin((g) => {
  const pd = I[g + G_PARAM]!;
  unblocked(pd + PD_RG);
  return accept(g, pd);
});

/**
 * An HTTP server, made by `http.listen`. A loop takes requests and starts a goroutine for each.
 *
 * @example
 * const handle = goroutine(function* handle(req: http.Request) {
 *   yield* req.respond(200, `${req.method} ${req.url}`);
 * });
 * const serve = goroutine(function* serve(server: http.Server) {
 *   for (let req; (req = yield* server.accept()) !== undefined; ) go(handle, req);
 * });
 * const server = yield* http.listen("127.0.0.1:0");
 * go(serve, server);
 * const { status, body } = yield* http.get(`http://${server.address}/hello`);
 * println(status, new TextDecoder().decode(body));
 * yield* server.shutdown();
 * // Output:
 * // 200 GET /hello
 */
export class Server extends Handle {
  /** Where it listens: `127.0.0.1:8080`. */
  get address(): string {
    return localAddr(this.addr);
  }

  /** `yield* server.accept()`: the next request; undefined after `shutdown` or `close`. One goroutine at a time. */
  accept(): Generator<Suspend, Request | undefined, unknown> {
    return finish(this.$accept(mustg("server.accept")));
  }

  /**
   * `yield* server.shutdown()`: no new connections are accepted; accept gives what has arrived, then undefined; returns when
   * all requests are answered and their connections closed.
   */
  shutdown(): Generator<Suspend, void, unknown> {
    return finish(this.$shutdown(mustg("server.shutdown")));
  }

  /** `yield* server.close()`: ends it at once; clients that wait for an answer get none. */
  close(): Generator<Suspend, void, unknown> {
    return finish(this.$close(mustg("server.close")));
  }

  /** @internal */
  $accept(g: number): unknown {
    return accept(g, this.addr);
  }
  /** @internal */
  $shutdown(g: number): unknown {
    return call(g, "http.shutdown", [this.addr, true], submit, waitReasonIOWait);
  }
  /** @internal */
  $close(g: number): unknown {
    return call(g, "http.shutdown", [this.addr, false], submit, waitReasonIOWait);
  }
}
handleClass(HANDLE_HTTPSERVER, Server, PD_BYTES);

const finListen = registerFin((g) => {
  const { failed, value } = takeResult(g);
  if (!failed) return handleAt(HANDLE_HTTPSERVER, value as number);
  const { code, where, message } = value as { code?: string; where?: string; message: string };
  throw code === undefined ? value : new OpError("listen", where ?? "", code, message);
});

export interface ListenOptions {
  /** Longest body of a request in bytes; a longer one is answered with 413. Default 1 MiB. */
  maxBody?: number;
}

const MAX_BODY = 1024 * 1024;

function limit(what: string, v: unknown): number {
  if (v === undefined) return MAX_BODY;
  if (typeof v !== "number" || !(v >= 0)) throw new RangeError(`${what}: maxBody ${String(v)} is no number of bytes`);
  return v;
}

/**
 * `yield* http.listen(address, options)`: starts an HTTP server.
 *
 * @param address `host:port`; port 0: any free one; without a host the loopback address
 * @throws OpError `listen tcp 127.0.0.1:80: bind: address already in use`
 */
export const listen = builtin("http.listen", (g, _fp, _pc, _sent, address, options) => {
  const { host, port } = parse("listen", "tcp", address);
  const max = limit("http.listen", (options as ListenOptions | undefined)?.maxBody);
  return call(g, "http.listen", [host, port, max], submit, waitReasonIOWait, finListen);
}) as unknown as (address: string, options?: ListenOptions) => Generator<Suspend, Server, unknown>;

// ------------------------------------------------------------------------------------------- client

export interface RequestOptions {
  /** Default GET. */
  method?: string;
  headers?: Headers;
  body?: Uint8Array | string;
  /** Milliseconds until the whole response must be there. Default: none. */
  timeout?: number;
  /** Longest body of the response in bytes; a longer one is an error. Default 1 MiB. */
  maxBody?: number;
}
export interface Response {
  status: number;
  /** Names in lower case. */
  headers: Headers;
  body: Uint8Array;
}

/**
 * `yield* http.request(url, options)`: sends a request, `http:` or `https:`, and waits for the whole response. Connections are kept
 * and used again. Redirects are not followed.
 *
 * @throws Error with Node's text and `code`, such as `ECONNREFUSED`; `ERR_TIMEOUT`, `ERR_TOO_LARGE`
 */
export const request = builtin("http.request", (g, _fp, _pc, _sent, url, options) => {
  const o = (options ?? {}) as RequestOptions;
  const max = limit("http.request", o.maxBody);
  return call(g, "http.request", [String(url), { ...o, maxBody: max }], submit, waitReasonIOWait);
}) as unknown as (url: string | URL, options?: RequestOptions) => Generator<Suspend, Response, unknown>;

/** `yield* http.get(url)`: `http.request` without options. */
export const get = request as (url: string | URL) => Generator<Suspend, Response, unknown>;
