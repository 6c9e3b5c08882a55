/** The poller's half of connections and listeners: Node's sockets and servers. The poller's thread only. */
import net from "node:net";
import { F, I } from "../arena/arena.js";
import {
  CH_NEXT,
  CH_SIZE,
  PD_ARMED,
  PD_CLOSED,
  PD_EOF,
  PD_ERR,
  PD_GONE,
  PD_ID,
  PD_LOCK,
  PD_NEXT,
  PD_PAUSED,
  PD_RBYTES,
  PD_RD,
  PD_RG,
  PD_RHEAD,
  PD_STATE,
  PD_WBYTES,
  PD_WD,
  PD_WG,
  PD_WHEAD,
  WANT_CLOSE,
  WANT_CLOSEWRITE,
  WANT_DEADLINE,
  WANT_RESUME,
  WANT_WRITE,
} from "../arena/layout.js";
import { lock, unlock } from "../arena/lock.js";
import { encode, HANDLE_CONN, HANDLE_LISTENER, peek } from "../arena/value.js";
import { netpollunblock } from "./block.js";
import { append, first, freeChunk, freeChunks, newChunk, view } from "./chunks.js";
import { ErrTimeout } from "./operror.js";
import { AHEAD, newPollDesc } from "./polldesc.js";
import { burst, handlers, operations, ready } from "./poller.js";

/** Connections that wait to be accepted by the kernel; the system has its own, often lower, limit. */
const BACKLOG = 4096;
/** What was written before close is sent for so long at most, to a peer that does not read. */
const LINGER_MS = 30_000;

interface Half {
  readonly pd: number;
  readonly socket?: net.Socket;
  readonly server?: net.Server;
  timer: NodeJS.Timeout | undefined;
}
const halves: (Half | undefined)[] = [];
const free: number[] = [];

function enter(make: (id: number) => Half): Half {
  const id = free.pop() ?? halves.push(undefined) - 1;
  return (halves[id] = make(id));
}

/** The poller's part is over: nothing of it is left, the descriptor is closed. */
function leave(h: Half): void {
  clearTimeout(h.timer);
  const id = I[h.pd + PD_ID]!;
  halves[id] = undefined;
  free.push(id);
}

export function codeOf(e: unknown): string {
  return (e as NodeJS.ErrnoException).code ?? "EIO";
}

function setState(pd: number, bits: number): void {
  lock(pd + PD_LOCK);
  I[pd + PD_STATE] = I[pd + PD_STATE]! | bits;
  unlock(pd + PD_LOCK);
}

function setError(pd: number, e: unknown): void {
  const code = codeOf(e);
  lock(pd + PD_LOCK);
  // The first one counts; a listener's is taken by accept.
  if (peek((pd + PD_ERR) >> 1) === undefined) encode((pd + PD_ERR) >> 1, code);
  unlock(pd + PD_LOCK);
}

function wake(pd: number): void {
  ready(netpollunblock(pd + PD_RG));
  ready(netpollunblock(pd + PD_WG));
}

// ------------------------------------------------------------------------------------------- connections

function addr(host: string | undefined, port: number | undefined, path: string): string {
  if (path !== "" || host === undefined || port === undefined) return path;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function adopt(socket: net.Socket, path: string): number {
  const local = addr(socket.localAddress, socket.localPort, path);
  const remote = addr(socket.remoteAddress, socket.remotePort, path);
  const h = enter((id) => ({ pd: newPollDesc(HANDLE_CONN, id, local, remote), socket, timer: undefined }));
  const { pd } = h;
  socket.on("data", (bytes) => received(pd, socket, bytes));
  socket.on("end", () => {
    setState(pd, PD_EOF);
    ready(netpollunblock(pd + PD_RG));
  });
  socket.on("error", (e) => setError(pd, e));
  socket.on("close", () => {
    setState(pd, PD_GONE);
    leave(h);
    dropWrites(pd);
    wake(pd);
  });
  return pd;
}

/** Copies what came into the arena: the one copy on the way in, before read's. */
function received(pd: number, socket: net.Socket, bytes: Buffer): void {
  burst();
  const c = newChunk(bytes);
  lock(pd + PD_LOCK);
  const closed = (I[pd + PD_STATE]! & PD_CLOSED) !== 0;
  let full = false;
  if (!closed) {
    append(pd + PD_RHEAD, c);
    I[pd + PD_RBYTES] = I[pd + PD_RBYTES]! + bytes.length;
    full = I[pd + PD_RBYTES]! >= AHEAD;
    if (full) I[pd + PD_STATE] = I[pd + PD_STATE]! | PD_PAUSED;
  }
  unlock(pd + PD_LOCK);
  if (closed) freeChunk(c);
  // Before a goroutine can want it resumed: that is handled in a later turn.
  if (full) socket.pause();
  ready(netpollunblock(pd + PD_RG));
}

function takeWrites(pd: number): number {
  lock(pd + PD_LOCK);
  const c = I[pd + PD_WHEAD]!;
  I[pd + PD_WHEAD] = 0;
  I[pd + PD_WHEAD + 1] = 0;
  unlock(pd + PD_LOCK);
  return c;
}

function dropWrites(pd: number): void {
  freeChunks(takeWrites(pd));
}

/** Node writes from the arena, without a copy; the chunks are freed when it is done. */
function flush(pd: number, socket: net.Socket): void {
  const head = takeWrites(pd);
  if (head === 0) return;
  let bytes = 0;
  const done = (): void => {
    freeChunks(head);
    lock(pd + PD_LOCK);
    I[pd + PD_WBYTES] = I[pd + PD_WBYTES]! - bytes;
    unlock(pd + PD_LOCK);
    ready(netpollunblock(pd + PD_WG));
  };
  const many = I[head + CH_NEXT] !== 0;
  if (many) socket.cork();
  for (let c = head; c !== 0; c = I[c + CH_NEXT]!) {
    bytes += I[c + CH_SIZE]!;
    if (I[c + CH_NEXT] === 0) socket.write(view(c), done);
    else socket.write(view(c));
  }
  if (many) socket.uncork();
}

handlers.set(HANDLE_CONN, (pd, what) => {
  const h = halves[I[pd + PD_ID]!];
  if (h === undefined || h.pd !== pd) {
    dropWrites(pd);
    return;
  }
  const socket = h.socket!;
  if ((what & (WANT_WRITE | WANT_CLOSE | WANT_CLOSEWRITE)) !== 0) flush(pd, socket);
  if ((what & WANT_RESUME) !== 0) socket.resume();
  if ((what & WANT_DEADLINE) !== 0) arm(h);
  if ((what & WANT_CLOSEWRITE) !== 0) socket.end();
  if ((what & WANT_CLOSE) !== 0) {
    socket.setTimeout(LINGER_MS, () => socket.destroy());
    socket.destroySoon();
  }
});

// ------------------------------------------------------------------------------------------- deadlines

/**
 * One timer a pollDesc, for the earlier deadline. It does not carry the deadline with it but looks, when it fires, what holds
 * then: that is what Go's sequence numbers of deadlines are for.
 */
function arm(h: Half): void {
  const { pd } = h;
  const now = Date.now();
  lock(pd + PD_LOCK);
  const times = [F[(pd + PD_RD) >> 1]!, F[(pd + PD_WD) >> 1]!].filter((t) => t > now);
  const at = times.length === 0 ? 0 : Math.min(...times);
  F[(pd + PD_ARMED) >> 1] = at;
  unlock(pd + PD_LOCK);
  clearTimeout(h.timer);
  // Node's longest timer is 2^31 - 1 ms; it looks again then.
  h.timer = at === 0 ? undefined : setTimeout(() => (arm(h), wake(pd)), Math.min(at - now, 2 ** 31 - 1));
}

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
function where(e: Error, address: string, path: string): Error {
  return Object.assign(e, { where: `${path === "" ? "tcp" : "unix"} ${address}` });
}

function accepted(pd: number, socket: net.Socket, path: string): void {
  burst();
  const conn = adopt(socket, path);
  lock(pd + PD_LOCK);
  append(pd + PD_RHEAD, conn, PD_NEXT);
  I[pd + PD_RBYTES] = I[pd + PD_RBYTES]! + 1;
  unlock(pd + PD_LOCK);
  ready(netpollunblock(pd + PD_RG));
}

handlers.set(HANDLE_LISTENER, (pd, what) => {
  const h = halves[I[pd + PD_ID]!];
  if (h === undefined || h.pd !== pd) return;
  if ((what & WANT_DEADLINE) !== 0) arm(h);
  if ((what & WANT_CLOSE) === 0) return;
  h.server!.close();
  leave(h);
  // Nobody will accept those.
  for (;;) {
    lock(pd + PD_LOCK);
    const conn = first(pd + PD_RHEAD, PD_NEXT);
    unlock(pd + PD_LOCK);
    if (conn === 0) return;
    halves[I[conn + PD_ID]!]?.socket?.destroy();
  }
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
