/**
 * Between the host's AbortSignals and contexts. As with channels, small goroutines do on behalf of the host what a thread
 * without a P cannot: cancel a context, wait for one.
 */
import { I } from "../arena/arena.js";
import { CTX_CANCELER, S_CTXBACKGROUND } from "../arena/layout.js";
import { HANDLE_CANCELCTX, type Handle, handleAt, peek } from "../arena/value.js";
import { chanrecv } from "../chan/hchan.js";
import { Context } from "../context/context.js";
import { Canceled, DeadlineExceeded } from "../context/errors.js";
import { bornCanceled, cancel, CANCELED, causeSlot, doneOf, errOf, newCancelCtx } from "../context/tree.js";
import type { FuncObject } from "../stack/funcs.js";
import { pack, unpack } from "../stack/pack.js";
import { hostObject } from "./goroutine.js";
import { hostOp } from "./hostchan.js";

const CANCEL = "gosched:host.cancel";
const DONE = "gosched:host.done";
const CAUSE = "gosched:host.cause";

/** What a goroutine says of a context that is done. */
interface Outcome {
  err: number;
  cause: unknown;
}

/** Registers the goroutines in an M. */
export function initHostContext(): void {
  hostOp(CANCEL, (_g, ctx, reason) => cancel((ctx as Handle).addr, unpack(reason)));
  hostOp(DONE, (g, ctx) => chanrecv(g, doneOf((ctx as Handle).addr)));
  hostOp(CAUSE, (_g, ctx): Outcome => {
    const c = (ctx as Handle).addr;
    const w = causeSlot(c);
    return { err: errOf(c), cause: w === 0 ? undefined : pack(peek(w)) };
  });
}

const ops = {
  cancel: hostObject(CANCEL, "", "host.cancel", 2),
  done: hostObject(DONE, "", "host.done", 1),
  cause: hostObject(CAUSE, "", "host.cause", 1),
};

/** What this needs of its runtime. */
export interface Host {
  /**
   * Starts a goroutine of the runtime; the promise of its result. `waits`: it may wait for ever, and nobody's work hangs on
   * it.
   */
  call(f: FuncObject, args: unknown[], waits: boolean): Promise<unknown>;
  /** Makes its arena the host's current one. */
  enter(): void;
}

/** The signals and contexts of one runtime that belong together. */
export class Signals {
  private readonly contexts = new WeakMap<AbortSignal, Context>();
  /** By the context's address: both live as long as the runtime. */
  private readonly signals = new Map<number, AbortSignal>();
  private readonly listening = new Map<AbortSignal, () => void>();

  constructor(private readonly host: Host) {}

  contextFrom(signal: AbortSignal): Context {
    if (!(signal instanceof AbortSignal)) throw new TypeError("rt.contextFrom: expected an AbortSignal");
    this.host.enter();
    let ctx = this.contexts.get(signal);
    if (ctx !== undefined) return ctx;
    const c = newCancelCtx(S_CTXBACKGROUND);
    ctx = handleAt(HANDLE_CANCELCTX, c) as Context;
    this.contexts.set(signal, ctx);
    if (signal.aborted) bornCanceled(c, portable(signal.reason));
    else {
      const listener = (): void => {
        this.listening.delete(signal);
        // Rejected only if the runtime is closed meanwhile.
        this.host.call(ops.cancel, [ctx, pack(portable(signal.reason))], false).catch(() => {});
      };
      signal.addEventListener("abort", listener, { once: true });
      this.listening.set(signal, listener);
    }
    return ctx;
  }

  signalOf(ctx: Context): AbortSignal {
    if (!(ctx instanceof Context)) throw new TypeError("rt.signalOf: expected a context");
    this.host.enter();
    const known = this.signals.get(ctx.addr);
    if (known !== undefined) return known;
    const controller = new AbortController();
    this.signals.set(ctx.addr, controller.signal);
    // A root is never done; plain: constant.
    if (I[ctx.addr + CTX_CANCELER] !== 0)
      this.host
        .call(ops.done, [ctx], true)
        .then(() => this.host.call(ops.cause, [ctx], false))
        .then(
          (o) => controller.abort(reasonOf(o as Outcome)),
          (e: unknown) => controller.abort(e),
        );
    return controller.signal;
  }

  /** The runtime is closed: signals of others forget it. */
  close(): void {
    for (const [signal, listener] of this.listening) signal.removeEventListener("abort", listener);
    this.listening.clear();
  }
}

function reasonOf({ err, cause }: Outcome): unknown {
  if (cause !== undefined) return unpack(cause);
  return err === CANCELED ? Canceled : DeadlineExceeded;
}

/** A reason that can cross threads: the usual ones are DOMExceptions, which cannot. */
function portable(reason: unknown): unknown {
  if (reason instanceof DOMException) return new Error(reason.message);
  if (typeof reason === "function" || typeof reason === "symbol") return String(reason);
  return reason;
}
