/**
 * What must hold of connections, listeners and HTTP exchanges when all goroutines have ended. Read by the host, of the runtime it entered
 * last; the poller may still be at work with what they have closed.
 */
import { readdirSync, readlinkSync } from "node:fs";
import { I } from "../arena/arena.js";
import { load } from "../arena/atomics.js";
import {
  HX_EG,
  KIND_OBJ,
  PD_CLOSED,
  PD_EOF,
  PD_ERR,
  PD_GONE,
  PD_KIND,
  PD_LADDR,
  PD_LOCK,
  PD_QUEUED,
  PD_RADDR,
  PD_REFS,
  PD_RG,
  PD_RHEAD,
  PD_STATE,
  PD_WG,
  PD_WHEAD,
  S_NETSUBMIT,
} from "../arena/layout.js";
import { forEachObject } from "../arena/malloc.js";
import { TAG_BLOB, TAG_MASK } from "../arena/tags.js";
import {
  HANDLE_CALL,
  HANDLE_CONN,
  HANDLE_EXCHANGE,
  HANDLE_HTTPSERVER,
  HANDLE_LISTENER,
  HANDLE_REQUEST,
} from "../arena/value.js";
import { pdReady } from "../sched/proc.js";

const NAMES = new Map([
  [HANDLE_CONN, "connection"],
  [HANDLE_LISTENER, "listener"],
  [HANDLE_HTTPSERVER, "HTTP server"],
  [HANDLE_REQUEST, "HTTP request"],
  [HANDLE_EXCHANGE, "HTTP exchange"],
]);
const exchange = (kind: number): boolean => kind === HANDLE_REQUEST || kind === HANDLE_EXCHANGE;

/** The poller has nothing to do, and everything that was closed is over: exchanges are free, connections have no descriptor any more. */
export function netAtRest(): boolean {
  if (load(S_NETSUBMIT) !== 0) return false;
  let rest = true;
  forEachObject(KIND_OBJ, (pd) => {
    const kind = I[pd + PD_KIND]!;
    if (kind === HANDLE_CONN && (load(pd + PD_STATE) & PD_GONE) === 0) rest = false;
    if (exchange(kind) && load(pd + PD_REFS) !== 0) rest = false;
  });
  return rest;
}

export function auditNet(must: (ok: boolean, what: string) => void): void {
  forEachObject(KIND_OBJ, (pd) => {
    const kind = I[pd + PD_KIND]!;
    must(kind !== HANDLE_CALL, `call ${pd} is not over`);
    const name = NAMES.get(kind);
    if (name === undefined) return;
    const where = `${name} ${pd}: `;
    const state = I[pd + PD_STATE]!;
    // A connection that nobody accepted is closed by the poller.
    if (kind !== HANDLE_CONN) must((state & (PD_CLOSED | PD_EOF)) !== 0, `${where}not closed, state ${state}`);
    must(I[pd + PD_LOCK] === 0, `${where}its lock is held`);
    must(I[pd + PD_QUEUED] === 0, `${where}the poller has not done what was wanted`);
    must(I[pd + PD_RHEAD] === 0 && I[pd + PD_WHEAD] === 0, `${where}chunks are left`);
    for (const word of exchange(kind) ? [PD_RG, PD_WG, HX_EG] : [PD_RG, PD_WG])
      must(I[pd + word]! <= pdReady, `${where}a goroutine waits that does not exist`);
    if (exchange(kind)) must(I[pd + PD_REFS] === 0, `${where}${I[pd + PD_REFS]} references are left`);
    if (kind === HANDLE_CONN) must((state & PD_GONE) !== 0, `${where}its descriptor is open`);
  });
}

/** Blobs that pollDescs own: their addresses, and the error that ended them. */
export function netBlobs(): number {
  let n = 0;
  forEachObject(KIND_OBJ, (pd) => {
    if (!NAMES.has(I[pd + PD_KIND]!)) return;
    for (const slot of [PD_LADDR, PD_RADDR, PD_ERR]) if ((I[pd + slot + 1]! & TAG_MASK) === TAG_BLOB) n++;
  });
  return n;
}

/** Sockets of this process. Linux only: elsewhere there is nothing to count. */
export function sockets(): number {
  if (process.platform !== "linux") return 0;
  let n = 0;
  for (const fd of readdirSync("/proc/self/fd"))
    try {
      if (readlinkSync(`/proc/self/fd/${fd}`).startsWith("socket:")) n++;
    } catch {
      // closed meanwhile, as the one that lists them
    }
  return n;
}
