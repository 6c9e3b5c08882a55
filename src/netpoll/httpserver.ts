/** The poller's half of HTTP servers: Node's server, with its parser. The poller's thread only. */
import http from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { F, I } from "../arena/arena.js";
import {
  HX_HEAD,
  HX_HEADERS,
  HX_LEFT,
  HX_METHOD,
  HX_URL,
  PD_CLOSED,
  PD_EOF,
  PD_RG,
  PD_SENT,
  PD_WHEAD,
} from "../arena/layout.js";
import { clear, decode, encode, HANDLE_HTTPSERVER, HANDLE_REQUEST } from "../arena/value.js";
import { netpollunblock } from "./block.js";
import { cut, dropReference, handleExchange, type HttpHalf, leaveExchange, newExchange } from "./exchanges.js";
import { alive, arrived, receive, setState, turnAway } from "./half.js";
import { hostPort, newPollDesc } from "./polldesc.js";
import { burst, handlers, operations, ready } from "./poller.js";
import type { Headers } from "./message.js";

/** Those that accept, by address. */
const servers = new Map<number, http.Server>();
/** Connections, and how many of their requests are not answered yet. */
type Connections = Map<Socket, number>;
/** Also of those that shut down: their connections end with the request that they are at. */
const all = new Map<http.Server, Connections>();

/** What a handler has not read of a request is read on so far for the connection to be used again (Go: maxPostHandlerReadBytes). */
const DISCARD = 256 * 1024;
/** A client that sends more is told of the end, and has so long to read the answer before what it sends is refused (Go: rstAvoidanceDelay). */
const REFUSE_MS = 500;

/** Who says nothing for so long keeps no server from its end (Go: closeIdleConns, for connections in StateNew). */
const SILENT_MS = 5000;

handlers.set(HANDLE_REQUEST, handleExchange);

operations.set("http.listen", async (host: string, port: number, max: number): Promise<number> => {
  // How long a body may take is the handler's to say (setDeadline). Heads have Node's limit.
  const server = http.createServer({ requestTimeout: 0 }, (req, res) => received(pd, server, max, req, res));
  const connections: Connections = new Map();
  server.on("connection", (socket: Socket) => {
    // Each request that waits on a connection listens for its end.
    socket.setMaxListeners(0);
    connections.set(socket, 0);
    socket.once("close", () => connections.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (e) => reject(Object.assign(e, { where: `tcp ${host}:${port}` })));
    server.listen({ host, port }, () => (server.removeAllListeners("error"), resolve()));
  });
  // No descriptors now is no reason to end a server.
  server.on("error", () => {});
  const at = server.address() as AddressInfo;
  const pd = newPollDesc(HANDLE_HTTPSERVER, 0, hostPort(at.address, at.port), "");
  servers.set(pd, server);
  all.set(server, connections);
  server.once("close", () => all.delete(server));
  return pd;
});

/** The head of a request has come. */
function received(
  pd: number,
  server: http.Server,
  max: number,
  req: http.IncomingMessage,
  res: http.ServerResponse,
): void {
  // After shutdown nobody accepts any more.
  if (!servers.has(pd)) {
    req.resume();
    res.writeHead(503, { connection: "close" }).end();
    return;
  }
  burst();
  const { socket } = req;
  const connections = all.get(server)!;
  connections.set(socket, connections.get(socket)! + 1);
  const h = newExchange(HANDLE_REQUEST, res, socket, max, () => h.source!.resume());
  const rq = h.pd;
  h.head = () => sendHead(h, res, server);
  encode((rq + HX_METHOD) >> 1, req.method);
  encode((rq + HX_URL) >> 1, req.url);
  encode((rq + HX_HEADERS) >> 1, { ...req.headers });
  receive(h, req);
  // Not the end of `res`: Node does not tell it of one that waits for an answer before it on the same connection.
  const onClose = (): void => cut(h);
  socket.once("close", onClose);
  res.on("error", () => {});
  // All of it is with the socket, and nothing of the next answer yet, which the client would take for the rest of this one.
  res.once("prefinish", () => {
    const short = alive(h) && F[(rq + HX_LEFT) >> 1]! > 0;
    if (short && req.method !== "HEAD" && ![204, 304].includes(res.statusCode)) socket.destroySoon();
  });
  res.once("finish", () => {
    socket.off("close", onClose);
    connections.set(socket, connections.get(socket)! - 1);
    if (!alive(h)) return;
    setState(rq, PD_SENT);
    leaveExchange(h);
    discard(req, socket, () => {
      if (!servers.has(pd)) socket.destroySoon();
    });
  });
  arrived(pd, rq);
}

function sendHead(h: HttpHalf, res: http.ServerResponse, server: http.Server): void {
  delete h.head;
  const slot = (h.pd + HX_HEAD) >> 1;
  const [status, headers] = (decode(slot) as [number, Headers] | undefined) ?? [200, {}];
  clear(slot);
  if (!server.listening) res.shouldKeepAlive = false;
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) res.setHeader(name, value);
  res.statusCode = status;
  // A write of nothing. What is written from now on is told of in a later turn.
  if (!h.last && I[h.pd + PD_WHEAD] === 0) res.flushHeaders();
}

/** Reads what is left of an answered request, for the connection to be used again; cuts it if that is much. */
function discard(req: http.IncomingMessage, socket: Socket, done: () => void): void {
  req.resume();
  if (req.complete) {
    done();
    return;
  }
  let n = 0;
  let cut = false;
  req.once("end", done);
  req.on("data", (bytes: Buffer) => {
    n += bytes.length;
    if (n <= DISCARD || cut) return;
    cut = true;
    socket.end();
    setTimeout(() => socket.destroy(), REFUSE_MS).unref();
  });
}

operations.set("http.shutdown", async (pd: number, graceful: boolean): Promise<void> => {
  const server = servers.get(pd);
  if (server === undefined) return;
  servers.delete(pd);
  setState(pd, graceful ? PD_EOF : PD_CLOSED);
  ready(netpollunblock(pd + PD_RG));
  const closed = new Promise((resolve) => void server.close(resolve));
  if (graceful) server.closeIdleConnections();
  else {
    server.closeAllConnections();
    turnAway(pd, (rq) => {
      setState(rq, PD_CLOSED);
      dropReference(rq);
    });
  }
  const connections = all.get(server)!;
  const sweep = setInterval(() => {
    for (const [socket, unanswered] of connections) if (unanswered === 0) socket.destroy();
  }, SILENT_MS);
  await closed;
  clearInterval(sweep);
});

/** The thread ends: no connection is left that Node's parser could be called for. */
export function endServers(): void {
  for (const server of all.keys()) {
    server.closeAllConnections();
    server.close();
  }
}
