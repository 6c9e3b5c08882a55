/**
 * `server.serve`: a goroutine for each request, and what becomes of the request when its handler is over (Go: conn.serve).
 *
 * Frames (stack/library.ts): `serve`, point 1: it accepts, slots: the server, requests so far, number of arguments, the handler, its
 * arguments. `handle` is the root of a handler's goroutine, slot: the request, to which it holds a reference (refs.ts): the handler may have
 * ended it long ago.
 */
import { I } from "../arena/arena.js";
import { G_FN, PD_CLOSED, PD_ERR, PD_GONE, PD_LOCK, PD_STATE } from "../arena/layout.js";
import { lock, unlock } from "../arena/lock.js";
import { decode, type Handle, peek } from "../arena/value.js";
import { newproc } from "../sched/proc.js";
import { SUSPEND, type Suspend } from "../stack/current.js";
import type { Compiled, FuncObject } from "../stack/funcs.js";
import { libraryFunction } from "../stack/library.js";
import { START } from "../stack/native.js";
import { uncatchable } from "../stack/panics.js";
import { base, enter } from "../stack/stack.js";
import { put } from "../stack/trampoline.js";
import { accept } from "./accept.js";
import { OpError } from "./operror.js";
import { remoteAddr } from "./polldesc.js";
import { hold, release } from "./refs.js";
import type { Request } from "./request.js";
import { closePollDesc } from "./stream.js";

/** What `serve` calls: a goroutine function. */
export type Handler<A extends unknown[]> = (req: Request, ...args: A) => Generator<Suspend, unknown, unknown>;

// ------------------------------------------------------------------------------------------- accepting

/** Begins to serve. The running goroutine. @throws TypeError */
export function serve(g: number, fp: number, server: Handle, f: unknown, args: unknown[]): unknown {
  if (typeof f !== "function" || (f as Partial<FuncObject>).$id === undefined) {
    const name = typeof f === "function" ? `function ${f.name || "(anonymous)"}` : String(f);
    throw new TypeError(`serve: ${name} is not a goroutine function; define it with goroutine(function* name() {...})`);
  }
  return loop(g, fp, server, 0, f as FuncObject, args);
}

function loop(g: number, fp: number, server: Handle, n: number, f: FuncObject, args: unknown[]): unknown {
  for (;;) {
    const req = accept(g, server.addr);
    if (req === SUSPEND) break;
    if (req === undefined) return n;
    start(g, req as Request, f, args);
    n++;
  }
  const b = enter(g, fp, 5 + args.length, (serveFrame.id << 12) | 1);
  put(b + 1, server);
  put(b + 2, n);
  put(b + 3, args.length);
  put(b + 4, f);
  for (let i = 0; i < args.length; i++) put(b + 5 + i, args[i]);
  return SUSPEND;
}

const serveFrame = libraryFunction("http.serve", (g, fp, pc, sent) => {
  const b = base(g) + fp;
  const server = decode(b + 1) as Handle;
  const n = decode(b + 2) as number;
  const args: unknown[] = [];
  const count = decode(b + 3) as number;
  const f = decode(b + 4) as FuncObject;
  for (let i = 0; i < count; i++) args.push(decode(b + 5 + i));
  if (pc < 0) throw sent;
  if (sent === undefined) return n;
  start(g, sent as Request, f, args);
  return loop(g, fp, server, n + 1, f, args);
});

/** Starts the goroutine of a request. The running goroutine. */
function start(g: number, req: Request, f: FuncObject, args: unknown[]): void {
  const rq = req.addr;
  lock(rq + PD_LOCK);
  hold(rq);
  unlock(rq + PD_LOCK);
  try {
    newproc({ $id: handleFrame.id << 12 } as FuncObject, [req, f, ...args], I[g + G_FN]!);
  } catch (e) {
    closePollDesc(rq); // an argument cannot cross threads
    release(rq);
    throw e;
  }
}

// ------------------------------------------------------------------------------------------- one request

const handle: Compiled = (g, fp, pc, sent) => {
  const b = base(g) + fp;
  if (pc !== START) return over(decode(b + 1) as Request, pc < 0, sent);
  const n = I[(b << 1) + 1]!;
  const args: unknown[] = [];
  for (let i = 1; i <= n; i++) args.push(decode(b + i));
  const [req, f, ...rest] = args as [Request, FuncObject, ...unknown[]];
  let v: unknown;
  try {
    v = f.$c(g, fp + 2, 0, undefined, req, ...rest);
  } catch (e) {
    return over(req, true, e);
  }
  if (v !== SUSPEND) return over(req, false, v);
  put(enter(g, fp, 2, (handleFrame.id << 12) | 1) + 1, req);
  return SUSPEND;
};
const handleFrame = libraryFunction("http.handle", handle);

/** The handler has returned, or thrown e. */
function over(req: Request, threw: boolean, e: unknown): undefined {
  const rq = req.addr;
  const goesOn = threw && uncatchable(e);
  lock(rq + PD_LOCK);
  const state = I[rq + PD_STATE]!;
  const closed = (state & PD_CLOSED) !== 0;
  const left = (state & PD_GONE) !== 0 || peek((rq + PD_ERR) >> 1) !== undefined;
  unlock(rq + PD_LOCK);
  if (threw && !goesOn && !(left && e instanceof OpError)) report(rq, e);
  if (!closed) {
    if (threw) req.abort();
    // Nobody waits for it to be sent.
    closePollDesc(rq);
  }
  release(rq);
  if (goesOn) throw e;
  return undefined;
}

/** Go's text. */
function report(rq: number, e: unknown): void {
  process.stderr.write(
    `http: panic serving ${remoteAddr(rq)}: ${e instanceof Error ? (e.stack ?? e.message) : String(e)}\n`,
  );
}
