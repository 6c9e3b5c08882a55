/**
 * Channel operations and dumps on behalf of the host: each is a small goroutine, so the host waits by promise and never by blocking.
 * Hand-written in the compiled form (stack/abi.ts): one suspension point, nothing live across it.
 */
import type { Chan } from "../chan/chan.js";
import { decode } from "../arena/value.js";
import { goroutines, infoOf } from "../sched/traceback.js";
import { SUSPEND } from "../stack/current.js";
import { type Compiled, register } from "../stack/funcs.js";
import { base, enter } from "../stack/stack.js";
import { START } from "../stack/native.js";

export const HOST_SEND = "gosched:host.send";
export const HOST_RECV = "gosched:host.recv";
export const HOST_CLOSE = "gosched:host.close";
/** What goroutines there are: an M knows the names and lines of their functions, the host does not. */
export const HOST_GOROUTINES = "gosched:host.goroutines";
/** The exported `main` of the module that the command line runs, under a key that the host knows without loading it. */
export const MAIN_KEY = "gosched:main";

/** Registers a small goroutine, which does one operation with a handle and a value. In an M. */
export function hostOp(key: string, run: (g: number, handle: unknown, v: unknown) => unknown): void {
  const meta = { params: 2, rest: false, file: "", lines: [] };
  const body: Compiled = (g, fp, pc, sent) => {
    if (pc < 0) throw sent;
    if (pc !== START) return sent;
    const b = base(g) + fp;
    const r = run(g, decode(b + 1), decode(b + 2));
    if (r === SUSPEND) enter(g, fp, 1, (id << 12) | 1);
    return r;
  };
  const id = register(key, key.slice(key.indexOf(":") + 1), body, meta);
}

/** Registers those of this file in an M. */
export function initHostChan(): void {
  hostOp(HOST_SEND, (g, ch, v) => (ch as Chan<unknown>).$send(g, 0, 0, undefined, v));
  hostOp(HOST_RECV, (g, ch) => (ch as Chan<unknown>).$recvOk(g));
  hostOp(HOST_CLOSE, (_g, ch) => (ch as Chan<unknown>).close());
  hostOp(HOST_GOROUTINES, (g) => goroutines(g).map((other) => infoOf(other)));
}
