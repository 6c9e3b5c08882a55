/** Errors on their way from a worker to the host. */
import { types } from "node:util";
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
  cause?: unknown;
}

/** Causes of causes that travel; more, or a circle, is cut off. */
const MAX_CAUSES = 8;

/** Errors become data, with their causes; other values stay. Also errors of another realm, as module hooks throw them. */
export function pack(e: unknown, depth = 0): unknown {
  if (!(e instanceof Error) && !types.isNativeError(e)) return e;
  const kind = e instanceof GoPanic ? "GoPanic" : e instanceof FatalError ? "FatalError" : "Error";
  const p: Packed = { $packed: kind, name: e.name, message: e.message, stack: e.stack };
  if (e.cause !== undefined && depth < MAX_CAUSES) p.cause = pack(e.cause, depth + 1);
  return p;
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
  if ("cause" in p) Object.defineProperty(e, "cause", { value: unpack(p.cause), configurable: true, writable: true });
  return e;
}
