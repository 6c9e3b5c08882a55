/** The poller's half of HTTP: Node's server, with its parser, and client. The poller's thread only. */
import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { I } from "../arena/arena.js";
import {
  PD_CLOSED,
  PD_EOF,
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
import { encode, HANDLE_HTTPSERVER, HANDLE_REQUEST } from "../arena/value.js";
import { netpollunblock } from "./block.js";
import { append } from "./chunks.js";
import { ErrTimeout } from "./operror.js";
import { newPollDesc } from "./polldesc.js";
import { burst, operations, ready } from "./poller.js";

/** Responses that goroutines owe, by number; and servers by address. */
const owed = new Map<number, http.ServerResponse>();
let nextOwed = 1;
const servers = new Map<number, http.Server>();
/** Also those that shut down. */
const all = new Set<http.Server>();

/** Bytes of a body, up to `max`; undefined if it is longer: the rest is read and dropped, for the other side to be heard out. */
function collect(stream: http.IncomingMessage, max: number): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let n = 0;
    stream.on("data", (part: Buffer) => {
      n += part.length;
      if (n <= max) parts.push(part);
      else resolve(undefined);
    });
    stream.on("end", () => resolve(new Uint8Array(Buffer.concat(parts, n))));
    stream.on("error", reject);
  });
}

operations.set("http.listen", async (host: string, port: number, max: number): Promise<number> => {
  const server = http.createServer((req, res) => void received(pd, max, req, res).catch(() => res.destroy()));
  await new Promise<void>((resolve, reject) => {
    server.once("error", (e) => reject(Object.assign(e, { where: `tcp ${host}:${port}` })));
    server.listen({ host, port }, () => (server.removeAllListeners("error"), resolve()));
  });
  // No descriptors now is no reason to end a server.
  server.on("error", () => {});
  const at = server.address() as AddressInfo;
  const shown = at.address.includes(":") ? `[${at.address}]` : at.address;
  const pd = newPollDesc(HANDLE_HTTPSERVER, 0, `${shown}:${at.port}`, "");
  servers.set(pd, server);
  all.add(server);
  server.once("close", () => all.delete(server));
  return pd;
});

async function received(pd: number, max: number, req: http.IncomingMessage, res: http.ServerResponse): Promise<void> {
  const body = await collect(req, max);
  if (body === undefined || !servers.has(pd)) {
    // After shutdown nobody accepts any more.
    res.writeHead(body === undefined ? 413 : 503, { connection: "close" }).end();
    return;
  }
  burst();
  const id = nextOwed++;
  owed.set(id, res);
  const rq = newPollDesc(HANDLE_REQUEST, id, "", "");
  encode((rq + RQ_METHOD) >> 1, req.method);
  encode((rq + RQ_URL) >> 1, req.url);
  encode((rq + RQ_HEADERS) >> 1, { ...req.headers });
  encode((rq + RQ_BODY) >> 1, body);
  lock(pd + PD_LOCK);
  append(pd + PD_RHEAD, rq, PD_NEXT);
  unlock(pd + PD_LOCK);
  ready(netpollunblock(pd + PD_RG));
}

operations.set(
  "http.respond",
  (id: number, status: number, body: Uint8Array | string, headers: http.OutgoingHttpHeaders): Promise<boolean> => {
    const res = owed.get(id)!;
    owed.delete(id);
    if (ending.size > 0) res.shouldKeepAlive = false;
    return new Promise((resolve, reject) => {
      if (res.destroyed || res.socket === null || res.socket.destroyed) {
        resolve(false);
        return;
      }
      res.once("finish", () => resolve(true));
      res.once("close", () => resolve(res.writableFinished));
      try {
        for (const [name, value] of Object.entries(headers)) if (value !== undefined) res.setHeader(name, value);
        res.statusCode = status;
      } catch (e) {
        // A header that is none: the client gets an answer all the same.
        for (const name of res.getHeaderNames()) res.removeHeader(name);
        res.statusCode = 500;
        body = "";
        reject(e as Error);
      }
      res.end(body);
    });
  },
);

/** Servers that shut down: their connections end with the request that they are at. */
const ending = new Set<http.Server>();

operations.set("http.shutdown", async (pd: number, graceful: boolean): Promise<void> => {
  const server = servers.get(pd);
  if (server === undefined) return;
  servers.delete(pd);
  lock(pd + PD_LOCK);
  I[pd + PD_STATE] = I[pd + PD_STATE]! | (graceful ? PD_EOF : PD_CLOSED);
  unlock(pd + PD_LOCK);
  ready(netpollunblock(pd + PD_RG));
  ending.add(server);
  const closed = new Promise((resolve) => void server.close(resolve));
  if (graceful) server.closeIdleConnections();
  else server.closeAllConnections();
  await closed;
  ending.delete(server);
});

// ------------------------------------------------------------------------------------------- client

interface Options extends http.RequestOptions {
  body?: Uint8Array | string;
  maxBody: number;
}
const agents = { "http:": new http.Agent({ keepAlive: true }), "https:": new https.Agent({ keepAlive: true }) };

operations.set("http.request", (url: string, { body, timeout, maxBody, ...options }: Options): Promise<unknown> => {
  const { protocol } = new URL(url);
  if (protocol !== "http:" && protocol !== "https:")
    throw new TypeError(`http.request: ${url}: the protocol is http or https`);
  return new Promise((resolve, reject) => {
    const fail = (code: string, text: string): void => {
      const e = Object.assign(new Error(`http.request: ${url}: ${text}`), { code });
      req.destroy(e);
      reject(e);
    };
    const timer = timeout === undefined ? undefined : setTimeout(fail, timeout, ErrTimeout, "i/o timeout");
    const req = (protocol === "https:" ? https : http).request(url, { ...options, agent: agents[protocol] }, (res) => {
      collect(res, maxBody).then((bytes) => {
        clearTimeout(timer);
        if (bytes === undefined) fail("ERR_TOO_LARGE", `the response is longer than ${maxBody} bytes`);
        else resolve({ status: res.statusCode, headers: { ...res.headers }, body: bytes });
      }, reject);
    });
    req.on("error", (e) => (clearTimeout(timer), reject(e)));
    req.end(body);
  });
});

/** The thread ends: no connection is left that Node's parser could be called for. */
export function endHttp(): void {
  for (const server of all) {
    server.closeAllConnections();
    server.close();
  }
  for (const agent of Object.values(agents)) agent.destroy();
}
