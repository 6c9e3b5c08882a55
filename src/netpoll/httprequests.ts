/** The poller's half of the HTTP client: Node's. The poller's thread only. */
import http from "node:http";
import https from "node:https";
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
}
const agents = { "http:": new http.Agent({ keepAlive: true }), "https:": new https.Agent({ keepAlive: true }) };

/** A request that is not sent yet. `timeout` milliseconds from now it fails, unless `inTime` was called. */
function begin(
  op: string,
  url: string,
  { body: _body, write: _write, maxBody: _max, timeout, ...options }: Options,
  failed: (e: Error) => void,
): { req: http.ClientRequest; inTime: () => void; fail: (code: string, text: string) => void } {
  const { protocol } = new URL(url);
  if (protocol !== "http:" && protocol !== "https:")
    throw new TypeError(`${op}: ${url}: the protocol is http or https`);
  const req = (protocol === "https:" ? https : http).request(url, { ...options, agent: agents[protocol] });
  const fail = (code: string, text: string): void => {
    failed(Object.assign(new Error(`${op}: ${url}: ${text}`), { code }));
    // Without the error: Node would throw it if the response came to its end in this very turn.
    req.destroy();
  };
  const timer = timeout === undefined ? undefined : setTimeout(fail, timeout, ErrTimeout, "i/o timeout");
  const inTime = (): void => clearTimeout(timer);
  req.once("close", inTime);
  return { req, inTime, fail };
}

operations.set("http.request", (url: string, options: Options): Promise<unknown> => {
  const max = options.maxBody;
  return new Promise((resolve, reject) => {
    const { req, inTime, fail } = begin("http.request", url, options, reject);
    req.on("error", reject);
    req.on("response", (res) => {
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
});

operations.set("http.open", (url: string, options: Options): Promise<number> => {
  return new Promise((resolve, reject) => {
    const { req, inTime } = begin("http.open", url, options, reject);
    let h: HttpHalf | undefined;
    const opened = (): HttpHalf => {
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
      const x = opened();
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
      if (socket.connecting) socket.once("connect", opened);
      else opened();
    });
    req.flushHeaders();
  });
});

/** The thread ends. */
export function endRequests(): void {
  for (const agent of Object.values(agents)) agent.destroy();
}
