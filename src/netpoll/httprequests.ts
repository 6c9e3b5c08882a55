/** The poller's half of the HTTP client: Node's. The poller's thread only. */
import http from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import { I } from "../arena/arena.js";
import { HX_HEADERS, HX_STATUS, PD_LOCK } from "../arena/layout.js";
import { lock, unlock } from "../arena/lock.js";
import { encode, HANDLE_EXCHANGE } from "../arena/value.js";
import { cut, handleExchange, type HttpHalf, newExchange } from "./exchanges.js";
import { alive, receive, setError, wake } from "./half.js";
import { ErrTimeout } from "./operror.js";
import { burst, handlers, operations } from "./poller.js";

handlers.set(HANDLE_EXCHANGE, handleExchange);

interface Options extends http.RequestOptions {
  body?: Uint8Array | string;
  write?: boolean;
  maxBody: number;
  /** 0: none. */
  timeout: number;
}
/** A connection that was kept had been closed by the server when the request was sent on it. */
const STALE = Symbol("stale");

/** Go's isReplayable. */
function repeatable({ method = "GET", body, write }: Options): boolean {
  return body === undefined && write !== true && ["GET", "HEAD", "OPTIONS", "TRACE"].includes(method);
}

/** Sends a request until a connection is fresh, if it may be sent twice. Each attempt that fails so takes a kept connection away. */
async function fresh<T>(options: Options, attempt: (options: Options) => Promise<T>): Promise<T> {
  const end = Date.now() + options.timeout;
  for (let o = options; ;) {
    try {
      return await attempt(o);
    } catch (e) {
      if (!repeatable(options) || (e as { [STALE]?: boolean })[STALE] !== true) throw e;
      if (options.timeout > 0) o = { ...options, timeout: Math.max(1, end - Date.now()) };
    }
  }
}

const agents = { "http:": new http.Agent({ keepAlive: true }), "https:": new https.Agent({ keepAlive: true }) };

/** A request that is not sent yet. `timeout` milliseconds from now it fails, unless `inTime` was called. */
function begin(
  op: string,
  url: string,
  { body: _body, write: _write, maxBody: _max, timeout, ...options }: Options,
  failed: (e: Error) => void,
): { req: http.ClientRequest; inTime: () => void; fail: (code: string, text: string) => void } {
  const protocol = new URL(url).protocol as keyof typeof agents;
  const req = (protocol === "https:" ? https : http).request(url, { ...options, agent: agents[protocol] });
  const fail = (code: string, text: string): void => {
    failed(Object.assign(new Error(`${op}: ${url}: ${text}`), { code }));
    // Without the error: Node would throw it if the response came to its end in this very turn.
    req.destroy();
  };
  const timer = timeout === 0 ? undefined : setTimeout(fail, timeout, ErrTimeout, "i/o timeout");
  const inTime = (): void => clearTimeout(timer);
  req.once("close", inTime);
  // Node tells of these by events of their own only, and of nothing if nobody listens.
  for (const event of ["upgrade", "connect"])
    req.once(event, (_res: unknown, socket: Socket) => {
      socket.destroy(); // ours now, says Node
      fail("ERR_UPGRADE", "the server changed to another protocol, which cannot be used here");
    });
  let responded = false;
  req.once("response", () => (responded = true));
  req.once("error", (e: NodeJS.ErrnoException) => {
    if (!responded && req.reusedSocket && (e.code === "ECONNRESET" || e.code === "EPIPE"))
      Object.assign(e, { [STALE]: true });
  });
  return { req, inTime, fail };
}

operations.set("http.request", (url: string, options: Options) => fresh(options, (o) => whole(url, o)));

function whole(url: string, options: Options): Promise<unknown> {
  const max = options.maxBody;
  return new Promise((resolve, reject) => {
    const { req, inTime, fail } = begin("http.request", url, options, reject);
    let response: http.IncomingMessage | undefined;
    // What comes after a complete response spoils the connection, not the response.
    req.on("error", (e) => {
      if (response?.complete !== true) reject(e);
    });
    req.on("response", (res) => {
      response = res;
      const parts: Buffer[] = [];
      let n = 0;
      res.on("data", (part: Buffer) => {
        n += part.length;
        if (n <= max) parts.push(part);
        else fail("ERR_TOO_LARGE", `the response is longer than ${max} bytes`);
      });
      res.on("end", () => {
        inTime();
        const body = new Uint8Array(Buffer.concat(parts, n));
        resolve({ status: res.statusCode, headers: { ...res.headers }, body });
      });
      res.on("error", reject);
    });
    req.end(options.body);
  });
}

operations.set("http.open", (url: string, options: Options) => fresh(options, (o) => opened(url, o)));

function opened(url: string, options: Options): Promise<number> {
  return new Promise((resolve, reject) => {
    const { req, inTime } = begin("http.open", url, options, reject);
    let h: HttpHalf | undefined;
    const made = (): HttpHalf => {
      if (h !== undefined) return h;
      h = newExchange(HANDLE_EXCHANGE, req, req.socket!, options.maxBody, ({ source }) => {
        // The connection is of use again if nothing of this is on its way any more.
        if (source?.readableEnded !== true || !req.writableFinished) req.destroy();
      });
      resolve(h.pd);
      return h;
    };
    req.on("response", (res) => {
      inTime();
      burst();
      const x = made();
      lock(x.pd + PD_LOCK);
      encode((x.pd + HX_HEADERS) >> 1, { ...res.headers });
      I[x.pd + HX_STATUS] = res.statusCode!;
      unlock(x.pd + PD_LOCK);
      receive(x, res);
      wake(x);
    });
    req.on("error", (e) => {
      if (h === undefined) reject(e);
      else if (alive(h)) {
        setError(h.pd, e);
        wake(h);
      }
    });
    req.on("close", () => {
      if (h !== undefined) cut(h);
    });
    if (options.write !== true) {
      req.end(options.body);
      return;
    }
    req.once("socket", (socket) => {
      if (socket.connecting) socket.once("connect", made);
      else made();
    });
    req.flushHeaders();
  });
}

/** The thread ends. */
export function endRequests(): void {
  for (const agent of Object.values(agents)) agent.destroy();
}
