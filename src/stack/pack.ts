/** Errors on their way from thread to thread: structured clone would strip their class and their properties. */
import { types } from "node:util";
import { setCloneErrors } from "../arena/clone.js";
import { FatalError, GoPanic } from "./fatal.js";

/** What structured clone would strip of its class travels as data. */
export interface Packed {
  $packed: "GoPanic" | "FatalError" | "Error";
  name: string;
  message: string;
  stack: string | undefined;
  cause?: unknown;
  /** Further properties that are primitive: `code` and `syscall` of system errors. */
  more?: Record<string, unknown>;
}

/** Causes of causes that travel; more, or a circle, is cut off. */
const MAX_CAUSES = 8;

/** Errors become data, with their causes; other values stay. Also errors of another realm, as module hooks throw them. */
export function pack(e: unknown, depth = 0): unknown {
  if (!(e instanceof Error) && !types.isNativeError(e)) return e;
  const kind = e instanceof GoPanic ? "GoPanic" : e instanceof FatalError ? "FatalError" : "Error";
  const p: Packed = { $packed: kind, name: e.name, message: e.message, stack: e.stack };
  for (const [k, v] of Object.entries(e)) if (!(k in p) && isPrimitive(v)) (p.more ??= {})[k] = v;
  if (e.cause !== undefined && depth < MAX_CAUSES) p.cause = pack(e.cause, depth + 1);
  return p;
}

function isPrimitive(v: unknown): boolean {
  return v === null || (typeof v !== "object" && typeof v !== "function" && typeof v !== "symbol");
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
  if (p.more !== undefined) Object.assign(e, p.more);
  if ("cause" in p) Object.defineProperty(e, "cause", { value: unpack(p.cause), configurable: true, writable: true });
  return e;
}

/** For errors that are sent: a cause that is neither an error nor primitive may be anything, also what cannot be cloned. */
function packSent(e: unknown): unknown {
  const p = pack(e);
  for (let c = p as Packed; "cause" in c; c = c.cause as Packed) {
    if (typeof c.cause === "object" && c.cause !== null && "$packed" in c.cause) continue;
    if (!isPrimitive(c.cause)) delete c.cause;
    break;
  }
  return p;
}
setCloneErrors(packSent, unpack);
