/**
 * Values of contexts, and their keys.
 *
 * Go compares keys by type and value, and its users define a type of their own for each, so that packages do not meet. A
 * symbol would be that here, but a symbol cannot cross threads: each thread loads the module, and would make another one. A
 * string could, but strings of two packages meet. So a key is an object that each thread makes by itself when it loads the
 * module, and that is known by the module's URL and a name, as goroutine functions are; and it carries the type of its
 * values for the compiler. In the arena: a hash of 64 bits.
 */
import { I } from "../arena/arena.js";
import { CTX_KEY, CTX_KIND, CTX_PARENT, CTX_VALUE } from "../arena/layout.js";
import { encode, HANDLE_VALUECTX, peek } from "../arena/value.js";
import { callerUrl } from "../stack/caller.js";
import { hashKey } from "../stack/funcs.js";
import { newctx } from "./tree.js";

/** A key of values of type `T`; made by `contextKey`. */
export class ContextKey<T> {
  declare private readonly brand: T;
  /** For messages; with the module it is what makes the key. */
  readonly name: string;
  /** @internal */
  readonly h1: number;
  /** @internal */
  readonly h2: number;
  /** @internal */
  constructor(url: string, name: string) {
    this.name = name;
    [this.h1, this.h2] = hashKey(`${url}#${name}`);
  }
}

const keys = new Map<string, ContextKey<unknown>>();

/**
 * Makes a key for values of contexts. At module level, so that every thread has it; two keys of one module need two names,
 * and the same name in another module is another key. Works on the host too.
 *
 * @param name what the key is for
 * @example
 * const traceId = contextKey<number>("traceId");
 * const ctx = withValue(background(), traceId, 17);
 * println(ctx.value(traceId), String(ctx));
 * // Output:
 * // 17 context.Background.WithValue(type traceId, val <not Stringer>)
 */
export function contextKey<T>(name: string): ContextKey<T> {
  if (typeof name !== "string" || name === "") throw new TypeError("contextKey: give the key a name");
  const url = callerUrl(contextKey);
  const id = `${url}#${name}`;
  let key = keys.get(id);
  if (key === undefined) keys.set(id, (key = new ContextKey<unknown>(url, name)));
  return key as ContextKey<T>;
}

/** A context with a value. A holder of a P. */
export function newValueCtx(parent: number, key: ContextKey<unknown>, value: unknown): number {
  const c = newctx(HANDLE_VALUECTX, parent);
  I[c + CTX_KEY] = key.h1;
  I[c + CTX_KEY + 1] = key.h2;
  encode(valueSlot(c), value);
  return c;
}

export function valueSlot(c: number): number {
  return (c + CTX_VALUE) >> 1;
}

/** Any thread: what it reads is constant. */
export function valueOf(c: number, key: ContextKey<unknown>): unknown {
  for (; c !== 0; c = I[c + CTX_PARENT]!)
    if (I[c + CTX_KIND] === HANDLE_VALUECTX && I[c + CTX_KEY] === key.h1 && I[c + CTX_KEY + 1] === key.h2)
      return peek(valueSlot(c));
  return undefined;
}

/** The name of a context's key, if this thread has loaded the module that makes it. */
export function textOfKey(c: number): string {
  for (const k of keys.values()) if (k.h1 === I[c + CTX_KEY] && k.h2 === I[c + CTX_KEY + 1]) return k.name;
  return "key";
}
