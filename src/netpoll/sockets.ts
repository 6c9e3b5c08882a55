/** The poller's half of connections and listeners: Node's sockets and servers. The poller's thread only. */
import { existsSync } from "node:fs";
import net from "node:net";
import { dirname } from "node:path";
import { PD_RG, WANT_CLOSE, WANT_CLOSEWRITE, WANT_DEADLINE, WANT_RESUME, WANT_WRITE } from "../arena/layout.js";
import { HANDLE_CONN, HANDLE_LISTENER } from "../arena/value.js";
import { netpollunblock } from "./block.js";
import {
  arm,
  arrived,
  dropWrites,
  enter,
  flush,
  gone,
  halfOf,
  halves,
  leave,
  receive,
  setError,
  turnAway,
} from "./half.js";
import { ErrTimeout } from "./operror.js";
import { hostPort, newPollDesc } from "./polldesc.js";
import { burst, handlers, operations, ready } from "./poller.js";

/** Connections that wait to be accepted by the kernel; the system has its own, often lower, limit. */
const BACKLOG = 4096;
/** What was written before close is sent for so long at most, to a peer that does not read. */
const LINGER_MS = 30_000;

// ------------------------------------------------------------------------------------------- connections

function addr(host: string | undefined, port: number | undefined, path: string): string {
  if (path !== "" || host === undefined || port === undefined) return path;
  return hostPort(host, port);
}

function adopt(socket: net.Socket, path: string): number {
  const local = addr(socket.localAddress, socket.localPort, path);
  const remote = addr(socket.remoteAddress, socket.remotePort, path);
  const h = enter((id) => {
    const pd = newPollDesc(HANDLE_CONN, id, local, remote);
    return { pd, socket, sink: socket, timer: undefined };
  });
  receive(h, socket);
  socket.on("close", () => gone(h));
  return h.pd;
}

handlers.set(HANDLE_CONN, (pd, what) => {
  const h = halfOf(pd);
  if (h === undefined) {
    dropWrites(pd);
    return;
  }
  const socket = h.socket!;
  if ((what & (WANT_WRITE | WANT_CLOSE | WANT_CLOSEWRITE)) !== 0) flush(h, (what & WANT_CLOSEWRITE) !== 0);
  if ((what & WANT_RESUME) !== 0) socket.resume();
  if ((what & WANT_DEADLINE) !== 0) arm(h);
  if ((what & WANT_CLOSE) !== 0) {
    socket.setTimeout(LINGER_MS, () => socket.destroy());
    socket.destroySoon();
  }
});

// ------------------------------------------------------------------------------------------- listening, dialling

operations.set("net.listen", async (host: string, port: number, path: string): Promise<number> => {
  const server = new net.Server({ allowHalfOpen: true, noDelay: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (e) => reject(where(e, addr(host, port, path), path)));
    server.listen(path === "" ? { host, port, backlog: BACKLOG } : { path, backlog: BACKLOG }, () => {
      server.removeAllListeners("error");
      resolve();
    });
  });
  const at = server.address();
  const local = typeof at === "object" && at !== null ? addr(at.address, at.port, "") : path;
  const h = enter((id) => ({ pd: newPollDesc(HANDLE_LISTENER, id, local, ""), server, timer: undefined }));
  const { pd } = h;
  server.on("connection", (socket) => accepted(pd, socket, path));
  server.on("error", (e) => {
    setError(pd, e);
    ready(netpollunblock(pd + PD_RG));
  });
  return pd;
});

/** Adds what OpError needs to an error that goes back to the goroutine. */
function where(e: NodeJS.ErrnoException, address: string, path: string): Error {
  const { hostname } = e as { hostname?: string }; // the name was not found
  if (hostname !== undefined) return Object.assign(e, { where: `tcp: lookup ${hostname}` });
  // libuv's bind says EACCES for a folder that does not exist, as Windows does.
  if (e.code === "EACCES" && path !== "" && !existsSync(dirname(path))) e.code = "ENOENT";
  return Object.assign(e, { where: `${path === "" ? "tcp" : "unix"} ${address}` });
}

function accepted(pd: number, socket: net.Socket, path: string): void {
  burst();
  const conn = adopt(socket, path);
  arrived(pd, conn);
}

handlers.set(HANDLE_LISTENER, (pd, what) => {
  const h = halfOf(pd);
  if (h === undefined) return;
  if ((what & WANT_DEADLINE) !== 0) arm(h);
  if ((what & WANT_CLOSE) === 0) return;
  h.server!.close();
  leave(h);
  turnAway(pd, (conn) => halfOf(conn)?.socket!.destroy());
});

operations.set("net.dial", (host: string, port: number, path: string, timeout: number): Promise<number> => {
  const socket = net.connect(path === "" ? { host, port, allowHalfOpen: true, noDelay: true } : { path });
  socket.allowHalfOpen = true;
  return new Promise((resolve, reject) => {
    const fail = (e: Error): void => reject(where(e, addr(host, port, path), path));
    socket.once("error", fail);
    if (timeout > 0)
      socket.setTimeout(timeout, () => socket.destroy(Object.assign(new Error("timeout"), { code: ErrTimeout })));
    socket.once("connect", () => {
      socket.setTimeout(0);
      socket.off("error", fail);
      resolve(adopt(socket, path));
    });
  });
});

/** Before the thread ends: what was written is sent, as the kernel would after the end of a Go program; for `ms` at most. */
export async function flushed(ms: number): Promise<void> {
  const end = Date.now() + ms;
  while (
    Date.now() < end &&
    halves.some((h) => h?.socket !== undefined && !h.socket.destroyed && h.socket.writableLength > 0)
  )
    await new Promise((resolve) => setTimeout(resolve, 1));
}

/** The thread ends: closes everything. */
export function endSockets(): void {
  for (const h of halves) {
    h?.socket?.destroy();
    h?.server?.close();
  }
}
