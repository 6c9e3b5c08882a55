/** The shared half of connections, listeners and files (Go: pollDesc and netFD). Its other half are objects of the poller. */
import { F, I } from "../arena/arena.js";
import { KIND_OBJ, PD_BYTES, PD_ERR, PD_ID, PD_KIND, PD_LADDR, PD_RADDR, PD_RG, PD_WG } from "../arena/layout.js";
import { mallocgc } from "../arena/malloc.js";
import { encode, peek } from "../arena/value.js";
import { putReady } from "../sched/place.js";
import { wakep } from "../sched/m.js";
import { curp } from "../stack/current.js";
import { netpollunblock } from "./block.js";

/** Read ahead of the goroutine up to here, then the peer has to wait; written behind it up to here, then the goroutine has to. */
export const AHEAD = 64 * 1024;

export function newPollDesc(kind: number, id: number, local: string, remote: string): number {
  const pd = mallocgc(PD_BYTES, KIND_OBJ);
  for (let i = 0; i < PD_BYTES / 4; i++) I[pd + i] = 0;
  I[pd + PD_KIND] = kind;
  I[pd + PD_ID] = id;
  encode((pd + PD_LADDR) >> 1, local);
  encode((pd + PD_RADDR) >> 1, remote);
  encode((pd + PD_ERR) >> 1, undefined);
  return pd;
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
