/** The shared half of connections, listeners, files and HTTP exchanges (Go: pollDesc and netFD). Its other half are objects of the poller. */
import { F, I } from "../arena/arena.js";
import {
  KIND_OBJ,
  PD_AHEAD,
  PD_BYTES,
  PD_ERR,
  PD_ID,
  PD_KIND,
  PD_LADDR,
  PD_RADDR,
  PD_RG,
  PD_WG,
} from "../arena/layout.js";
import { mallocgc } from "../arena/malloc.js";
import { encode, peek } from "../arena/value.js";
import { putReady } from "../sched/place.js";
import { wakep } from "../sched/m.js";
import { curp } from "../stack/current.js";
import { netpollunblock } from "./block.js";

/** Read ahead of the goroutine up to here, then the peer has to wait; written behind it up to here, then the goroutine has to. */
export const AHEAD = 64 * 1024;

/** `bytes`: of an HTTP exchange, which has more. */
export function newPollDesc(kind: number, id: number, local: string, remote: string, bytes = PD_BYTES): number {
  const pd = mallocgc(bytes, KIND_OBJ);
  for (let i = 0; i < bytes / 4; i++) I[pd + i] = 0;
  describe(pd, kind, id, local, remote);
  return pd;
}

/** Writes what is constant, and what is not zero. Nobody else knows of it yet. */
export function describe(pd: number, kind: number, id: number, local: string, remote: string): void {
  I[pd + PD_KIND] = kind;
  I[pd + PD_ID] = id;
  I[pd + PD_AHEAD] = AHEAD;
  encode((pd + PD_LADDR) >> 1, local);
  encode((pd + PD_RADDR) >> 1, remote);
  encode((pd + PD_ERR) >> 1, undefined);
}

/** As addresses are written. */
export function hostPort(host = "", port = 0): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

export function localAddr(pd: number): string {
  return peek((pd + PD_LADDR) >> 1) as string;
}
export function remoteAddr(pd: number): string {
  return peek((pd + PD_RADDR) >> 1) as string;
}

/** Whether a deadline (its word) has passed. [pd], or a look that is repeated under the lock. */
export function expired(deadline: number): boolean {
  const t = F[deadline >> 1]!;
  return t !== 0 && Date.now() >= t;
}

/** Readies who waits on either word. A holder of a P. */
export function wakeBoth(pd: number): void {
  for (const word of [pd + PD_RG, pd + PD_WG]) {
    const g = netpollunblock(word);
    if (g === 0) continue;
    putReady(curp, g);
    wakep();
  }
}
