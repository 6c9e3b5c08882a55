/** The poller's half of HTTP exchanges: making and freeing them, and what goroutines want of them. The poller's thread only. */
import type { OutgoingMessage } from "node:http";
import type { Socket } from "node:net";
import { F, I } from "../arena/arena.js";
import {
  HX_BYTES,
  HX_HEAD,
  HX_HEADERS,
  HX_LEFT,
  HX_MAXBODY,
  HX_METHOD,
  HX_URL,
  PD_EOF,
  PD_ERR,
  PD_LADDR,
  PD_LINK,
  PD_QUEUED,
  PD_RADDR,
  PD_REFS,
  PD_STATE,
  PD_WANT,
  WANT_ABORT,
  WANT_CLOSE,
  WANT_CLOSEWRITE,
  WANT_DEADLINE,
  WANT_FREE,
  WANT_RESUME,
  WANT_WRITE,
} from "../arena/layout.js";
import { clear, drop } from "../arena/value.js";
import { alive, arm, dropWrites, enter, flush, gone, type Half, halfOf, setError } from "./half.js";
import { describe, hostPort, newPollDesc } from "./polldesc.js";
import { unref } from "./refs.js";
import { dropReads } from "./stream.js";

/** Free ones, by kind: a handle of a thread stands for an address, so that is always of one kind. */
const pool = new Map<number, number[]>();

const VALUES = [PD_LADDR, PD_RADDR, PD_ERR, HX_METHOD, HX_URL, HX_HEADERS, HX_HEAD];

export interface HttpHalf extends Half {
  readonly sink: OutgoingMessage;
  readonly flying: Set<number>;
  readonly socket: Socket;
  /** The answer or the request is complete. */
  last: boolean;
  /** Before anything is sent. */
  head?: () => void;
  /** The goroutines have closed it. */
  closed: (h: HttpHalf) => void;
}

/** An exchange with two references: the goroutines', and ours. */
export function newExchange(
  kind: number,
  sink: OutgoingMessage,
  socket: Socket,
  maxBody: number,
  closed: (h: HttpHalf) => void,
): HttpHalf {
  const local = hostPort(socket.localAddress, socket.localPort);
  const remote = hostPort(socket.remoteAddress, socket.remotePort);
  return enter((id) => {
    const pd = reused(kind, id, local, remote) ?? newPollDesc(kind, id, local, remote, HX_BYTES);
    for (const slot of [HX_METHOD, HX_URL, HX_HEADERS, HX_HEAD]) clear((pd + slot) >> 1);
    I[pd + PD_REFS] = 2;
    I[pd + HX_MAXBODY] = maxBody;
    F[(pd + HX_LEFT) >> 1] = -1;
    return { pd, sink, socket, flying: new Set<number>(), timer: undefined, last: false, closed };
  });
}

function reused(kind: number, id: number, local: string, remote: string): number | undefined {
  const pd = pool.get(kind)?.pop();
  if (pd === undefined) return undefined;
  // Whoever asked last may be about to push it on the stack of submissions (refs.ts): those words are theirs.
  for (let i = 1; i < HX_BYTES / 4; i++) if (i !== PD_LINK && i !== PD_QUEUED && i !== PD_WANT) I[pd + i] = 0;
  describe(pd, kind, id, local, remote);
  return pd;
}

/** The last reference is gone. It stays closed until it is used again: a handle that is used too long finds that. */
function free(pd: number): void {
  dropReads(pd);
  dropWrites(pd);
  for (const slot of VALUES) {
    drop((pd + slot) >> 1);
    clear((pd + slot) >> 1);
  }
  const kind = I[pd]!;
  let list = pool.get(kind);
  if (list === undefined) pool.set(kind, (list = []));
  list.push(pd);
}

/** Our part is over, which it was not yet. */
export function leaveExchange(h: HttpHalf): void {
  gone(h);
  dropReference(h.pd);
}

/** The connection has gone. Before the end of what it had to bring, that is an error. */
export function cut(h: HttpHalf): void {
  if (!alive(h)) return;
  if ((I[h.pd + PD_STATE]! & PD_EOF) === 0) setError(h.pd, { code: "ECONNRESET" });
  leaveExchange(h);
}

/** A reference that the poller has, or gives up in the place of goroutines. */
export function dropReference(pd: number): void {
  if (unref(pd)) free(pd);
}

export function handleExchange(pd: number, what: number): void {
  const h = halfOf(pd) as HttpHalf | undefined;
  if (h === undefined) dropWrites(pd);
  else {
    if ((what & WANT_ABORT) !== 0) {
      // Nothing is sent any more, not even what would make it look complete.
      h.last = true;
      h.socket.destroy();
    }
    const last = (what & (WANT_CLOSE | WANT_CLOSEWRITE)) !== 0;
    if ((last || (what & WANT_WRITE) !== 0) && !h.last) {
      h.last = last;
      h.head?.();
      flush(h, last);
    }
    if ((what & WANT_RESUME) !== 0) h.source?.resume();
    if ((what & WANT_DEADLINE) !== 0) arm(h);
    if ((what & WANT_CLOSE) !== 0) h.closed(h);
  }
  if ((what & WANT_CLOSE) !== 0) dropReference(pd);
  else if ((what & WANT_FREE) !== 0) free(pd);
}
