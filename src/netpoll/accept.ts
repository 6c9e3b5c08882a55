/** Taking what has arrived at who waits for it: connections at a listener, requests at an HTTP server. */
import { I } from "../arena/arena.js";
import {
  G_PARAM,
  PD_CLOSED,
  PD_EOF,
  PD_ERR,
  PD_KIND,
  PD_LOCK,
  PD_NEXT,
  PD_RBYTES,
  PD_RD,
  PD_RG,
  PD_RHEAD,
  PD_STATE,
} from "../arena/layout.js";
import { lock, unlock } from "../arena/lock.js";
import { clear, decode, HANDLE_HTTPSERVER, handleAt } from "../arena/value.js";
import { waitReasonIOWait } from "../sched/waitreason.js";
import { registerFin } from "../stack/trampoline.js";
import { netpollblock, unblocked } from "./block.js";
import { first } from "./chunks.js";
import { ErrClosed, ErrTimeout, OpError } from "./operror.js";
import { expired, localAddr } from "./polldesc.js";
import { BLOCKED, networkOf } from "./stream.js";

export function acceptFails(pd: number, op: string, code: string): never {
  const addr = localAddr(pd);
  throw new OpError(op, `${networkOf(addr)} ${addr}`, code);
}

/** The handle of the next one; undefined: a server has ended and nothing is left. Closed: what is queued is the poller's. */
function tryAccept(pd: number): unknown {
  lock(pd + PD_LOCK);
  const state = I[pd + PD_STATE]!;
  const closed = (state & PD_CLOSED) !== 0;
  const late = expired(pd + PD_RD);
  const c = closed || late ? 0 : first(pd + PD_RHEAD, PD_NEXT);
  let code: string | undefined;
  if (c !== 0) I[pd + PD_RBYTES] = I[pd + PD_RBYTES]! - 1;
  else {
    // One accept fails with it, the next one waits again: no descriptors now is no reason to end a server.
    code = decode((pd + PD_ERR) >> 1) as string | undefined;
    clear((pd + PD_ERR) >> 1);
  }
  unlock(pd + PD_LOCK);
  // Plain: constant since before it was queued.
  if (c !== 0) return handleAt(I[c + PD_KIND]!, c);
  if (I[pd + PD_KIND] === HANDLE_HTTPSERVER) return (state & (PD_EOF | PD_CLOSED)) !== 0 ? undefined : BLOCKED;
  if (closed) acceptFails(pd, "accept", ErrClosed);
  if (late) acceptFails(pd, "accept", ErrTimeout);
  if (code !== undefined) acceptFails(pd, "accept", code);
  return BLOCKED;
}

/** The running goroutine. */
export function accept(g: number, pd: number): unknown {
  for (;;) {
    const v = tryAccept(pd);
    if (v !== BLOCKED) return v;
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
