/** Errors on their way from a worker to the host. */
import { FatalError, GoPanic } from "../stack/fatal.js";

/** A goroutine panicked and nobody recovered: the run has ended. `cause` is what was thrown. */
export class PanicError extends Error {
  override readonly name = "PanicError";
  /** Exit code of a Go program that panics. */
  declare readonly exitCode: 2;
}
// Not own: a report of the error need not list it.
Object.defineProperty(PanicError.prototype, "exitCode", { value: 2 });

/** What structured clone would strip of its class travels as data. */
export interface Packed {
  $packed: "GoPanic" | "FatalError" | "Error";
  name: string;
  message: string;
  stack: string | undefined;
}

export function pack(e: unknown): unknown {
  if (!(e instanceof Error)) return e;
  const kind = e instanceof GoPanic ? "GoPanic" : e instanceof FatalError ? "FatalError" : "Error";
  if (kind === "Error" && Object.getPrototypeOf(e) === Error.prototype && e.name === "Error") return e;
  return { $packed: kind, name: e.name, message: e.message, stack: e.stack } satisfies Packed;
}

const plain: Record<string, ErrorConstructor> = {
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  EvalError,
  URIError,
};

export function unpack(v: unknown): unknown {
  if (typeof v !== "object" || v === null || !("$packed" in v)) return v;
  const p = v as Packed;
  const e =
    p.$packed === "GoPanic"
      ? new GoPanic(p.message)
      : p.$packed === "FatalError"
        ? new FatalError(p.message)
        : new (plain[p.name] ?? Error)(p.message);
  if (e.name !== p.name) Object.defineProperty(e, "name", { value: p.name, configurable: true, writable: true });
  if (p.stack !== undefined) e.stack = p.stack;
  return e;
}
