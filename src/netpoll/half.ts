/**
 * The poller's halves of pollDescs: which of Node's objects the bytes come from and go to, and moving them. A socket is both; of an HTTP
 * exchange they are two objects. The poller's thread only.
 */
import type net from "node:net";
import type { Readable, Writable } from "node:stream";
import { F, I } from "../arena/arena.js";
import { racy } from "../arena/atomics.js";
import {
  CH_NEXT,
  CH_SIZE,
  HX_EG,
  PD_AHEAD,
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
} from "../arena/layout.js";
import { lock, unlock } from "../arena/lock.js";
import { encode, peek } from "../arena/value.js";
import { netpollunblock } from "./block.js";
import { append, first, freeChunk, freeChunks, newChunk, takeAll, view } from "./chunks.js";
import { burst, ready } from "./poller.js";

export interface Half {
  readonly pd: number;
  /** A listener's. */
  readonly server?: net.Server;
  readonly socket?: net.Socket;
  source?: Readable;
  readonly sink?: Writable;
  /** Lists of chunks that Node has. Of HTTP only, which does not call back for what it never sent; a socket always does. */
  readonly flying?: Set<number>;
  timer: NodeJS.Timeout | undefined;
}
export const halves: (Half | undefined)[] = [];
const free: number[] = [];

export function enter<H extends Half>(make: (id: number) => H): H {
  const id = free.pop() ?? halves.push(undefined) - 1;
  const h = make(id);
  halves[id] = h;
  return h;
}

/** Undefined: the poller's part is over. */
export function halfOf(pd: number): Half | undefined {
  const h = halves[I[pd + PD_ID]!];
  return h?.pd === pd ? h : undefined;
}

/** False: its part is over, and what still comes is nobody's. The pollDesc may be another exchange's by now. */
export function alive(h: Half): boolean {
  return halfOf(h.pd) === h;
}

/** The poller's part of a listener is over. */
export function leave(h: Half): void {
  clearTimeout(h.timer);
  const id = I[h.pd + PD_ID]!;
  halves[id] = undefined;
  free.push(id);
}

/** The poller's part of what has two directions is over: nothing of it is left, the descriptor is closed or used for something else. */
export function gone(h: Half): void {
  const { pd, flying } = h;
  setState(pd, PD_GONE);
  leave(h);
  dropWrites(pd);
  if (flying !== undefined) {
    for (const head of flying) freeChunks(head);
    flying.clear();
  }
  wake(h);
}

export function codeOf(e: unknown): string {
  return (e as NodeJS.ErrnoException).code ?? "EIO";
}

export function setState(pd: number, bits: number): void {
  lock(pd + PD_LOCK);
  I[pd + PD_STATE] = I[pd + PD_STATE]! | bits;
  unlock(pd + PD_LOCK);
}

export function setError(pd: number, e: unknown): void {
  const code = codeOf(e);
  lock(pd + PD_LOCK);
  // The first one counts; a listener's is taken by accept.
  if (peek((pd + PD_ERR) >> 1) === undefined) encode((pd + PD_ERR) >> 1, code);
  unlock(pd + PD_LOCK);
}

/** Whoever waits for it looks again. */
export function wake({ pd, flying }: Half): void {
  ready(netpollunblock(pd + PD_RG));
  ready(netpollunblock(pd + PD_WG));
  if (flying !== undefined) ready(netpollunblock(pd + HX_EG));
}

// ------------------------------------------------------------------------------------------- at who accepts (accept.ts)

/** A connection or a request waits to be accepted at pd. */
export function arrived(pd: number, what: number): void {
  lock(pd + PD_LOCK);
  append(pd + PD_RHEAD, what, PD_NEXT);
  I[pd + PD_RBYTES] = I[pd + PD_RBYTES]! + 1;
  unlock(pd + PD_LOCK);
  ready(netpollunblock(pd + PD_RG));
}

/** pd accepts no more: calls `drop` for each of those that nobody will accept. */
export function turnAway(pd: number, drop: (what: number) => void): void {
  for (;;) {
    lock(pd + PD_LOCK);
    const what = first(pd + PD_RHEAD, PD_NEXT);
    unlock(pd + PD_LOCK);
    if (what === 0) return;
    drop(what);
  }
}

// ------------------------------------------------------------------------------------------- in

/** From now on what comes from `source` is the pollDesc's to read. */
export function receive(h: Half, source: Readable): void {
  const { pd } = h;
  h.source = source;
  source.on("data", (bytes: Buffer) => received(h, source, bytes));
  source.on("end", () => {
    if (!alive(h)) return;
    setState(pd, PD_EOF);
    ready(netpollunblock(pd + PD_RG));
  });
  source.on("error", (e) => {
    if (!alive(h)) return;
    setError(pd, e);
    wake(h);
  });
}

/** Copies what came into the arena: the one copy on the way in, before read's. */
function received(h: Half, source: Readable, bytes: Buffer): void {
  if (!alive(h)) return;
  const { pd } = h;
  burst();
  // A hint: who closes it meanwhile is seen below.
  if ((racy(pd + PD_STATE) & PD_CLOSED) !== 0) return;
  const c = newChunk(bytes);
  lock(pd + PD_LOCK);
  const closed = (I[pd + PD_STATE]! & PD_CLOSED) !== 0;
  let full = false;
  if (!closed) {
    append(pd + PD_RHEAD, c);
    I[pd + PD_RBYTES] = I[pd + PD_RBYTES]! + bytes.length;
    full = I[pd + PD_RBYTES]! >= I[pd + PD_AHEAD]!;
    if (full) I[pd + PD_STATE] = I[pd + PD_STATE]! | PD_PAUSED;
  }
  unlock(pd + PD_LOCK);
  if (closed) freeChunk(c);
  // Before a goroutine can want it resumed: that is handled in a later turn.
  if (full) source.pause();
  ready(netpollunblock(pd + PD_RG));
}

// ------------------------------------------------------------------------------------------- out

function takeWrites(pd: number): number {
  lock(pd + PD_LOCK);
  const c = takeAll(pd + PD_WHEAD);
  unlock(pd + PD_LOCK);
  return c;
}

export function dropWrites(pd: number): void {
  freeChunks(takeWrites(pd));
}

/** Node writes from the arena, without a copy; the chunks are freed when it is done. `last`: no more will follow. */
export function flush(h: Half, last: boolean): void {
  const { pd, flying } = h;
  const sink = h.sink!;
  const head = takeWrites(pd);
  if (head === 0) {
    if (last) sink.end();
    return;
  }
  let bytes = 0;
  flying?.add(head);
  const done = (): void => {
    if (flying?.delete(head) === false) return; // too late: gone() has freed them
    freeChunks(head);
    lock(pd + PD_LOCK);
    I[pd + PD_WBYTES] = I[pd + PD_WBYTES]! - bytes;
    unlock(pd + PD_LOCK);
    ready(netpollunblock(pd + PD_WG));
  };
  const many = I[head + CH_NEXT] !== 0;
  if (many) sink.cork();
  for (let c = head; c !== 0; c = I[c + CH_NEXT]!) {
    bytes += I[c + CH_SIZE]!;
    if (I[c + CH_NEXT] !== 0) sink.write(view(c));
    else if (last) sink.end(view(c), done);
    else sink.write(view(c), done);
  }
  if (many) sink.uncork();
}

// ------------------------------------------------------------------------------------------- deadlines

/**
 * One timer a pollDesc, for the earlier deadline. It does not carry the deadline with it but looks, when it fires, what holds
 * then: that is what Go's sequence numbers of deadlines are for.
 */
export function arm(h: Half): void {
  const { pd } = h;
  const now = Date.now();
  lock(pd + PD_LOCK);
  const times = [F[(pd + PD_RD) >> 1]!, F[(pd + PD_WD) >> 1]!].filter((t) => t !== 0);
  const ahead = times.filter((t) => t > now);
  const at = ahead.length === 0 ? 0 : Math.min(...ahead);
  F[(pd + PD_ARMED) >> 1] = at;
  unlock(pd + PD_LOCK);
  clearTimeout(h.timer);
  // Node's longest timer is 2^31 - 1 ms; it looks again then.
  h.timer = at === 0 ? undefined : setTimeout(arm, Math.min(at - now, 2 ** 31 - 1), h);
  // Also one that passed on its way to us: its goroutine may have looked before, and waits.
  if (ahead.length < times.length) wake(h);
}
