/** HTTP servers as goroutines see them. Requests queue at their server as connections do at a listener. */
import { PD_BYTES } from "../arena/layout.js";
import { Handle, HANDLE_HTTPSERVER, handleClass } from "../arena/value.js";
import { waitReasonIOWait } from "../sched/waitreason.js";
import { mustg, type Suspend } from "../stack/current.js";
import { builtin, finish } from "../stack/native.js";
import { accept } from "./accept.js";
import { call } from "./call.js";
import { ends, parse } from "./listener.js";
import { limit } from "./message.js";
import { localAddr } from "./polldesc.js";
import type { Request } from "./request.js";
import { type Handler, serve } from "./serve.js";
import { submit } from "./submit.js";

/**
 * An HTTP server, made by `http.listen`. `serve` starts a goroutine for each request; `accept` is for those who want it otherwise.
 *
 * @example
 * const handle = goroutine(function* handle(req: http.Request) {
 *   yield* req.respond(200, `${req.method} ${req.url}`);
 * });
 * const server = yield* http.listen("127.0.0.1:0");
 * go(function* () {
 *   yield* server.serve(handle);
 * });
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

  /**
   * `yield* server.serve(handle, ...args)`: calls `handle(request, ...args)` in a goroutine of its own for each request, until `shutdown` or
   * `close`. A handler that returns without having ended its request has ended it so, with status 200 if it said none. What it throws does
   * not end the program but its connection, and is reported on stderr, unless the client went away and that is what it threw.
   *
   * @param handle a goroutine function
   * @param args further arguments for it; they cross threads
   * @returns how many requests there were; their handlers may still be at work
   * @throws TypeError if `handle` is no goroutine function
   */
  serve<A extends unknown[]>(handle: Handler<A>, ...args: A): Generator<Suspend, number, unknown> {
    return callServe(this, handle, ...args) as Generator<Suspend, number, unknown>;
  }

  /** `yield* server.accept()`: the next request; undefined after `shutdown` or `close`. One goroutine at a time. */
  accept(): Generator<Suspend, Request | undefined, unknown> {
    return finish(this.$accept(mustg("server.accept")));
  }

  /**
   * `yield* server.shutdown()`: no new connections are accepted; accept gives what has arrived, then undefined; returns when
   * all requests are answered and their connections closed. A client that has connected and said nothing, or half of a
   * request's head, is waited for up to 5 s.
   */
  shutdown(): Generator<Suspend, void, unknown> {
    return finish(this.$shutdown(mustg("server.shutdown")));
  }

  /** `yield* server.close()`: ends it at once; clients that wait for an answer get none, and handlers get errors. */
  close(): Generator<Suspend, void, unknown> {
    return finish(this.$close(mustg("server.close")));
  }

  /** @internal */
  $accept(g: number): unknown {
    return accept(g, this.addr);
  }
  /** @internal */
  $serve(g: number, fp: number, _pc: number, _sent: unknown, handle: unknown, ...args: unknown[]): unknown {
    return serve(g, fp, this, handle, args);
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

const callServe = builtin("server.serve", (g, fp, pc, sent, server, handle, ...args) =>
  (server as Server).$serve(g, fp, pc, sent, handle, ...args),
) as unknown as (...args: unknown[]) => unknown;

const finListen = ends("listen", HANDLE_HTTPSERVER);

export interface ListenOptions {
  /** Longest body that `bytes` and `text` of a request accept, in bytes, if they are not told otherwise. Default 1 MiB. */
  maxBody?: number;
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
