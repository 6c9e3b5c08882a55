/**
 * Structured data in blobs: the engine's own structured-clone serialiser, plus what it does not know: handles and
 * goroutine functions inside the data (`{ reply: ch }`), and errors, of which it would drop what they say besides their message (`code`).
 *
 * The serialiser would silently turn a handle into a plain object. So the data is walked first. Without a handle or an error in it
 * (nearly always) it is serialised as it is. With one, a copy of the plain objects, arrays, Maps and Sets is made in which
 * each handle is a marker, and the reader walks what it gets and puts the handles back. The copy keeps cycles and
 * shared references.
 */
import { types } from "node:util";
import v8 from "node:v8";
import { BLOB_CLONE, BLOB_CLONE_HANDLES, checkHandle, Handle, handleAt, setCloner, type FuncRef } from "./value.js";

const MARK = "\u0000gosched";
/** `kind` of a marker: -1 is a goroutine function, from 0 on they are handles. */
const ERROR = -2;

class Marks {
  readonly seen = new Map<object, unknown>();
}

let funcAt: (id: number) => unknown = () => undefined;
export function setCloneFuncs(f: typeof funcAt): void {
  funcAt = f;
}

/** Errors as data, and back (stack/pack.ts). */
let packError: (e: unknown) => unknown = (e) => e;
let unpackError: (data: unknown) => unknown = (data) => data;
export function setCloneErrors(pack: (e: unknown) => unknown, unpack: (data: unknown) => unknown): void {
  packError = pack;
  unpackError = unpack;
}

function isSpecial(v: unknown): boolean {
  return v instanceof Handle || (typeof v === "function" && (v as unknown as FuncRef).$id !== undefined);
}

function hasSpecial(v: unknown, seen: Set<object>): boolean {
  if (typeof v === "function") return isSpecial(v);
  if (typeof v !== "object" || v === null) return false;
  if (v instanceof Handle || types.isNativeError(v)) return true;
  if (ArrayBuffer.isView(v) || seen.has(v)) return false;
  seen.add(v);
  if (Array.isArray(v)) return v.some((x) => hasSpecial(x, seen));
  if (v instanceof Map) {
    for (const [k, x] of v) if (hasSpecial(k, seen) || hasSpecial(x, seen)) return true;
    return false;
  }
  if (v instanceof Set) {
    for (const x of v) if (hasSpecial(x, seen)) return true;
    return false;
  }
  for (const k of Object.keys(v)) if (hasSpecial((v as Record<string, unknown>)[k], seen)) return true;
  return false;
}

/** Copies containers, applying `leaf` to what is not a container. */
function copy(v: unknown, leaf: (v: unknown) => unknown, m: Marks): unknown {
  if (typeof v !== "object" || v === null || v instanceof Handle) return leaf(v);
  const done = m.seen.get(v);
  if (done !== undefined) return done;
  if (Array.isArray(v)) {
    const a: unknown[] = [];
    m.seen.set(v, a);
    for (const x of v) a.push(copy(x, leaf, m));
    return a;
  }
  if (v instanceof Map) {
    const r = new Map<unknown, unknown>();
    m.seen.set(v, r);
    for (const [k, x] of v) r.set(copy(k, leaf, m), copy(x, leaf, m));
    return r;
  }
  if (v instanceof Set) {
    const r = new Set<unknown>();
    m.seen.set(v, r);
    for (const x of v) r.add(copy(x, leaf, m));
    return r;
  }
  const mark = leaf(v);
  if (mark !== v) {
    m.seen.set(v, mark);
    return mark;
  }
  const proto: unknown = Object.getPrototypeOf(v);
  if (proto !== Object.prototype && proto !== null) return v;
  const r: Record<string, unknown> = {};
  m.seen.set(v, r);
  for (const k of Object.keys(v)) r[k] = copy((v as Record<string, unknown>)[k], leaf, m);
  return r;
}

/** For a message, which the engine clones: handles and goroutine functions in it become markers; v itself if it has none. */
export function mark(v: unknown): unknown {
  return hasSpecial(v, new Set()) ? copy(v, toMark, new Marks()) : v;
}

/** Undoes `mark`, in the arena that is attached. */
export function unmark(v: unknown): unknown {
  return copy(v, fromMark, new Marks());
}

function toMark(v: unknown): unknown {
  if (v instanceof Handle) {
    checkHandle(v);
    return { [MARK]: v.addr, kind: v.kind };
  }
  if (typeof v === "function" && isSpecial(v)) return { [MARK]: (v as unknown as FuncRef).$id >>> 12, kind: -1 };
  if (types.isNativeError(v)) return { [MARK]: packError(v), kind: ERROR };
  return v;
}

function fromMark(v: unknown): unknown {
  if (typeof v !== "object" || v === null || !(MARK in v)) return v;
  const m = v as { [MARK]: number; kind: number };
  if (m.kind === ERROR) return unpackError(m[MARK]);
  return m.kind < 0 ? funcAt(m[MARK]) : handleAt(m.kind, m[MARK]);
}

/** What the engine says it cannot clone, in words that name it and the remedy. */
function cannotCross(v: unknown, cause: unknown): TypeError {
  const what =
    typeof v === "function"
      ? `function ${v.name === "" ? "(anonymous)" : v.name}`
      : typeof v === "symbol"
        ? String(v)
        : `a value of type ${(v as object)?.constructor?.name ?? typeof v}`;
  // One line: the engine quotes the source of a function that it met.
  const whole = (cause instanceof Error ? cause.message : String(cause)).replace(/\s+/g, " ");
  const detail = whole.length > 80 ? `${whole.slice(0, 50)} ... ${whole.slice(-25)}` : whole;
  return new TypeError(
    `${what} cannot cross threads (${detail}); send structured-cloneable data, channels or goroutine functions`,
  );
}

setCloner(
  (v) => {
    if (typeof v === "function" || typeof v === "symbol") throw cannotCross(v, "not cloneable");
    const data = mark(v);
    try {
      return { type: data === v ? BLOB_CLONE : BLOB_CLONE_HANDLES, bytes: v8.serialize(data) };
    } catch (e) {
      throw cannotCross(v, e);
    }
  },
  (type, bytes) => {
    const v: unknown = v8.deserialize(bytes);
    return type === BLOB_CLONE_HANDLES ? copy(v, fromMark, new Marks()) : v;
  },
);
