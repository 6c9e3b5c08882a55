/** Contexts as users hold them (Go: context.go). */
import { I } from "../arena/arena.js";
import { CTX_BYTES, CTX_KIND, CTX_PARENT, S_CTXBACKGROUND, S_CTXTODO } from "../arena/layout.js";
import {
  Handle,
  HANDLE_CANCELCTX,
  HANDLE_CHAN,
  HANDLE_CONTEXT,
  HANDLE_VALUECTX,
  handleAt,
  handleClass,
  peek,
} from "../arena/value.js";
import type { Chan } from "../chan/chan.js";
import { nanotime, sinceStart, walltime } from "../sched/clock.js";
import { MAX_WHEN } from "../sched/timers.js";
import { mustg } from "../stack/current.js";
import { GoPanic } from "../stack/fatal.js";
import { checkMs } from "../time/when.js";
import { Canceled, type CanceledError, DeadlineExceeded, type DeadlineExceededError } from "./errors.js";
import { ContextKey, newValueCtx, textOfKey, valueOf, valueSlot } from "./key.js";
import { cancel, CANCELED, causeSlot, deadlineOf, doneOf, errOf, newCancelCtx, newDeadlineCtx, ALIVE } from "./tree.js";

/**
 * What a request, a job or any other piece of work carries through the goroutines that do it: when to stop, and values.
 *
 * Contexts form a tree: each is made below another one, and cancelling one cancels all below it, on whatever thread their
 * goroutines are. Pass it as the first argument. A context may be sent to other goroutines; like everything that is shared
 * it lives until the runtime closes. Make them with `withCancel`, `withTimeout`, `withDeadline`, `withValue`; a root with
 * `background`.
 *
 * @example
 * const worker = goroutine(function* worker(ctx: Context, out: Chan<string>) {
 *   yield* ctx.done().recv();
 *   yield* out.send(`stopped: ${ctx.err()!.message}`);
 * });
 * const ctx = withTimeout(background(), 5);
 * const out = chan<string>();
 * go(worker, ctx, out);
 * println(yield* out.recv());
 * // Output:
 * // stopped: context deadline exceeded
 */
export class Context extends Handle {
  /**
   * A channel that is closed when the context is cancelled or its deadline passes: wait for it in a select. The same
   * channel at each call; the nil channel if the context can never be cancelled. Never suspends.
   */
  done(): Chan<never> {
    mustg("ctx.done");
    return handleAt(HANDLE_CHAN, doneOf(this.addr)) as Chan<never>;
  }

  /** Why the context is done: `Canceled` or `DeadlineExceeded`; undefined while it is not. Never suspends. */
  err(): CanceledError | DeadlineExceededError | undefined {
    mustg("ctx.err");
    const e = errOf(this.addr);
    return e === ALIVE ? undefined : e === CANCELED ? Canceled : DeadlineExceeded;
  }

  /**
   * What `cancel` was given as its cause, to this context or to the one above by which it was cancelled; without a cause,
   * the same as `err`. A copy, as through a channel. Undefined while the context is not done. Never suspends.
   */
  cause(): unknown {
    const e = this.err();
    const w = e === undefined ? 0 : causeSlot(this.addr);
    return w === 0 ? e : peek(w);
  }

  /** When the context is cancelled at the latest, as by `now`; undefined: it has no deadline. Never suspends. */
  deadline(): number | undefined {
    const d = deadlineOf(this.addr);
    return d === 0 ? undefined : d;
  }

  /**
   * The value for a key, of this context or the nearest one above that has one; undefined if none has. A copy, as through a
   * channel. Never suspends.
   */
  value<T>(key: ContextKey<T>): T | undefined {
    mustg("ctx.value");
    return valueOf(this.addr, key) as T | undefined;
  }

  /** Where it stands in the tree, as Go shows it: `context.Background.WithCancel`. */
  override toString(): string {
    return textOf(this.addr);
  }
}

/**
 * A context that can be cancelled: what `withCancel` and its kin make. Give it away as a `Context`, and only its owner
 * cancels it.
 */
export class CancelContext extends Context {
  /**
   * Cancels the context and all below it; the second time does nothing. Call it as soon as the work is over, also when
   * nothing went wrong (`finally`): until then the context above remembers this one. Never suspends, and does not wait for
   * anyone to stop.
   *
   * @param cause what `ctx.cause()` will say (Go's WithCancelCause); any value that can cross threads
   * @throws TypeError if the cause cannot cross threads
   */
  cancel(cause?: unknown): void {
    mustg("ctx.cancel");
    cancel(this.addr, cause);
  }
}

/** Made by withValue. A class of its own, so that its kind tells it. */
class ValueContext extends Context {}
Object.defineProperty(ValueContext, "name", { value: "Context" });

handleClass(HANDLE_CONTEXT, Context, CTX_BYTES);
handleClass(HANDLE_CANCELCTX, CancelContext, CTX_BYTES);
handleClass(HANDLE_VALUECTX, ValueContext, CTX_BYTES);

/**
 * The root: never cancelled, without values or a deadline. For main, tests, and where a request comes in. Never suspends.
 *
 * @example
 * println(String(background()), background().err(), background().deadline());
 * // Output:
 * // context.Background undefined undefined
 */
export function background(): Context {
  mustg("background");
  return handleAt(HANDLE_CONTEXT, S_CTXBACKGROUND) as Context;
}

/**
 * A root like `background`, to say that it is not clear yet which context belongs here. Never suspends.
 *
 * @example
 * println(String(todo()));
 * // Output:
 * // context.TODO
 */
export function todo(): Context {
  mustg("todo");
  return handleAt(HANDLE_CONTEXT, S_CTXTODO) as Context;
}

function parentOf(parent: Context, what: string): number {
  mustg(what);
  if (parent === undefined || parent === null) throw new GoPanic("cannot create context from nil parent");
  if (!(parent instanceof Context)) throw new TypeError(`${what}: ${String(parent)} is not a context`);
  return parent.addr;
}

/**
 * A context below `parent` that is done when its `cancel` is called, or when `parent` is. Never suspends.
 *
 * There is no pair of a context and a function as in Go: a function cannot go with a goroutine from thread to thread.
 *
 * @throws GoPanic `cannot create context from nil parent`
 * @example
 * const ctx = withCancel(background());
 * const child = withCancel(ctx);
 * ctx.cancel("enough");
 * println(yield* child.done().recv(), child.err()!.message, child.cause());
 * // Output:
 * // undefined context canceled enough
 */
export function withCancel(parent: Context): CancelContext {
  return handleAt(HANDLE_CANCELCTX, newCancelCtx(parentOf(parent, "withCancel"))) as CancelContext;
}

/**
 * A context below `parent` that is done at the time `deadline`, or before by `cancel` or with `parent`. If the parent's
 * deadline is earlier, that one holds. Never suspends.
 *
 * @param deadline as by `now`: milliseconds since the Unix epoch. In the past: it is done at once.
 * @throws GoPanic `cannot create context from nil parent`
 * @throws TypeError if `deadline` is no number
 * @example
 * const at = now() + 60_000;
 * const ctx = withDeadline(background(), at);
 * println(ctx.deadline() === at, ctx.err());
 * ctx.cancel();
 * println(withDeadline(background(), now() - 1).err()!.message);
 * // Output:
 * // true undefined
 * // context deadline exceeded
 */
export function withDeadline(parent: Context, deadline: number): CancelContext {
  return deadlineBelow(parentOf(parent, "withDeadline"), checkMs(deadline, "withDeadline"));
}

/**
 * The same as `withDeadline`, `ms` milliseconds from now. Never suspends.
 *
 * @param ms milliseconds with fractions; zero or less: it is done at once
 * @throws GoPanic `cannot create context from nil parent`
 * @throws TypeError if `ms` is no number
 * @example
 * const ctx = withTimeout(background(), 1);
 * yield* ctx.done().recv();
 * println(ctx.err()!.message);
 * // Output:
 * // context deadline exceeded
 */
export function withTimeout(parent: Context, ms: number): CancelContext {
  return deadlineBelow(parentOf(parent, "withTimeout"), walltime() + checkMs(ms, "withTimeout"));
}

function deadlineBelow(parent: number, deadline: number): CancelContext {
  const cur = deadlineOf(parent);
  const sooner = cur !== 0 && cur <= deadline;
  const c = sooner ? newCancelCtx(parent) : newDeadlineCtx(parent, Math.min(deadline, MAX_WHEN));
  return handleAt(HANDLE_CANCELCTX, c) as CancelContext;
}

/**
 * A context below `parent` that carries a value for `key`. For what belongs to a request and goes through many layers (who
 * asks, a trace id), not for optional parameters. Never suspends.
 *
 * @param key made by `contextKey`
 * @param value copied now, as through a channel; each `ctx.value(key)` gives a copy
 * @throws GoPanic `cannot create context from nil parent`, `nil key`
 * @throws TypeError if the key is none, or the value cannot cross threads
 * @example
 * const user = contextKey<string>("user");
 * const ctx = withValue(background(), user, "ada");
 * println(ctx.value(user), withCancel(ctx).value(user), background().value(user));
 * // Output:
 * // ada ada undefined
 */
export function withValue<T>(parent: Context, key: ContextKey<T>, value: T): Context {
  const p = parentOf(parent, "withValue");
  if (key === undefined || key === null) throw new GoPanic("nil key");
  if (!(key instanceof ContextKey))
    throw new TypeError(`withValue: ${String(key)} is not a key; make one at module level with contextKey(name)`);
  return handleAt(HANDLE_VALUECTX, newValueCtx(p, key, value)) as Context;
}

/** Any thread: what it reads is constant. */
function textOf(c: number): string {
  let text = "";
  for (;;) {
    switch (I[c + CTX_KIND]) {
      case HANDLE_CANCELCTX:
        text = `.${deadlineOf(c) === deadlineOf(I[c + CTX_PARENT]!) ? "WithCancel" : deadlineText(c)}${text}`;
        break;
      case HANDLE_VALUECTX:
        text = `.WithValue(type ${textOfKey(c)}, val ${textOfValue(peek(valueSlot(c)))})${text}`;
        break;
      default:
        return (c === S_CTXTODO ? "context.TODO" : "context.Background") + text;
    }
    c = I[c + CTX_PARENT]!;
  }
}

function deadlineText(c: number): string {
  const d = deadlineOf(c);
  const date = Math.abs(d) < 8.64e15 ? new Date(d).toISOString() : String(d);
  return `WithDeadline(${date} [${Math.round(sinceStart(d) - nanotime())}ms])`;
}

/** As Go: strings, and what has a text of its own. */
function textOfValue(v: unknown): string {
  return typeof v === "string" ? v : v instanceof Handle ? String(v) : "<not Stringer>";
}
