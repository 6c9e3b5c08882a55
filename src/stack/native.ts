/**
 * Uncompiled goroutine functions: plain generators, driven as one frame whose live local is the iterator. An iterator
 * cannot leave its thread, so such a goroutine is pinned from its first suspension on, and everything else (spawning,
 * calling compiled functions and being called by them, exceptions) works alike.
 *
 * The protocol between a generator and the driver: it yields SUSPEND when an operation below it has suspended, and the
 * result of that operation comes back through next() or throw().
 */
import { I } from "../arena/arena.js";
import { decode } from "../arena/value.js";
import { mustg, SUSPEND } from "./current.js";
import { deferreturn, THROWN } from "./defer.js";
import type { Defers } from "./deferlist.js";
import type { Compiled, FuncObject, Meta } from "./funcs.js";
import { register, setObject } from "./funcs.js";
import { putRef } from "./pin.js";
import { base, enter } from "./stack.js";

export const START = 4095;
type GenFn = (...args: never[]) => Iterator<unknown, unknown, unknown>;

type AnyIterator = Iterator<unknown, unknown, unknown>;

/** One call of a generator. */
class Frame {
  defers: Defers | undefined;
  constructor(
    readonly it: AnyIterator,
    readonly fp: number,
    /** A goroutine function, which may defer; else a generator that one calls. */
    readonly own: boolean,
  ) {}
}

/** header and Frame */
const FSZ = 2;
/** The generator that runs; undefined while what it called does. */
export let frame: Frame | undefined;
let driverId = 0;

/** Resumes at point 1 the call kept in slot 1. */
const driver: Compiled = (g, fp, pc, sent) => drive(g, decode(base(g) + fp + 1) as Frame, pc < 0, sent);

export function initNative(): void {
  const meta = { params: 1, rest: false, file: "", lines: [] };
  driverId = register("gosched:native", "native", driver, meta);
  closureId = register("gosched:closure", "func", closureBody, meta);
}

/** Begins a call whose frame is at fp. */
export function begin(g: number, fp: number, it: AnyIterator, own: boolean): unknown {
  return drive(g, new Frame(it, fp, own), false, undefined);
}

function drive(g: number, f: Frame, fail: boolean, v: unknown): unknown {
  const { it, fp } = f;
  const outer = frame;
  frame = f;
  let r: IteratorResult<unknown, unknown>;
  try {
    r = fail && it.throw !== undefined ? it.throw(v) : fail ? rethrow(v) : it.next(v);
    if (r.done !== true && r.value !== SUSPEND)
      throw new TypeError("a goroutine function cannot yield values: use yield* on suspending calls only");
  } catch (e) {
    if (f.defers === undefined) throw e;
    frame = outer;
    return deferreturn(g, fp, 0, undefined, f.defers, THROWN, e);
  } finally {
    frame = outer;
  }
  if (r.done === true) return f.defers === undefined ? r.value : deferreturn(g, fp, 0, undefined, f.defers, 0, r.value);
  putRef(enter(g, fp, FSZ, (driverId << 12) | 1) + 1, f);
  return SUSPEND;
}

function rethrow(e: unknown): never {
  throw e;
}

function asIterator(v: unknown, name: string): AnyIterator {
  const it = v as { next?: unknown; [Symbol.iterator]?: () => Iterator<unknown, unknown, unknown> } | null | undefined;
  if (typeof it === "object" && it !== null) {
    if (typeof it.next === "function") return it as AnyIterator;
    if (typeof it[Symbol.iterator] === "function") return it[Symbol.iterator]!();
  }
  throw new TypeError(`yield* ${name}: not a goroutine function or generator`);
}

/** `yield* iterator` in compiled code. */
export const delegate: Compiled = (g, fp, _pc, _sent, v) => begin(g, fp, asIterator(v, "expression"), false);

const lifted = new WeakMap<object, { $c: Compiled }>();

/** A plain generator function called with yield* from compiled code. */
export function lift(f: unknown, name: string): { $c: Compiled } {
  if (typeof f !== "function") throw new TypeError(`yield* ${name}(...): ${name} is not a function`);
  let l = lifted.get(f);
  if (l === undefined) {
    const $c: Compiled = (g, fp, _pc, _sent, ...args) =>
      begin(g, fp, asIterator((f as (...a: unknown[]) => unknown)(...args), `${name}(...)`), false);
    lifted.set(f, (l = { $c }));
  }
  return l;
}

/** `yield* o.name(...)` where o is not one of ours: an object whose `$name` calls its method. */
export function adapt(o: unknown, name: string): Record<string, Compiled> {
  if (o === undefined || o === null) throw new TypeError(`Cannot read properties of ${String(o)} (reading '${name}')`);
  return { [`$${name}`]: adaptKey(o, name).$c };
}

/** `yield* o[key](...)`. */
export function adaptKey(o: unknown, key: PropertyKey): { $c: Compiled } {
  const f = (o as Record<PropertyKey, unknown>)[key];
  const c = (f as Partial<FuncObject> | undefined)?.$c;
  if (c !== undefined) return { $c: c };
  const builtin = (o as Record<string, Compiled | undefined>)[`$${String(key)}`];
  if (builtin !== undefined) return { $c: (g, fp, pc, sent, ...args) => builtin.call(o, g, fp, pc, sent, ...args) };
  if (typeof f !== "function") throw new TypeError(`${String(key)} is not a function`);
  return {
    $c: (g, fp, _pc, _sent, ...args) => begin(g, fp, asIterator(f.apply(o, args), `${String(key)}(...)`), false),
  };
}

let closureId = 0;
/** `go(function* () {...})` in an uncompiled program: the goroutine starts pinned to this thread, with the closure. */
export function nativeClosure(f: GenFn): FuncObject {
  if (Object.prototype.toString.call(f) !== "[object GeneratorFunction]")
    throw new TypeError(`go: ${f.name || "this"} is not a generator function`);
  return { $id: closureId << 12, $closure: f } as unknown as FuncObject;
}

/** START of such a goroutine: slot 1 holds a function without parameters that makes the iterator. */
const closureBody: Compiled = (g, fp, _pc, _sent) => {
  const make = decode(base(g) + fp + 1) as () => AnyIterator;
  return begin(g, fp, make(), true);
};

/** The compiled form of an uncompiled function. */
export function nativeBody(f: GenFn): Compiled {
  return (g, fp, pc, _sent, ...args) => {
    if (pc === START) {
      const b = base(g) + fp;
      const n = I[(b << 1) + 1]!;
      args = [];
      for (let i = 1; i <= n; i++) args.push(decode(b + i));
    }
    return begin(g, fp, asIterator(f(...(args as never[])), f.name), true);
  };
}

/**
 * The object that users hold: called by uncompiled code it is a generator function, and it carries the compiled
 * form. Works in compiled and uncompiled modules alike.
 */
export function funcObject(key: string, name: string, f: Compiled, meta: Meta): FuncObject {
  const id = register(key, name, f, meta);
  const o = shim(name, f, { $id: id << 12, $key: key, $file: meta.file, $name: name });
  setObject(id, o);
  return o;
}

/**
 * `yield* f(...)` from uncompiled code: a generator function around the compiled form. Named by a computed key and given
 * plain properties: redefining a function's own `name` would turn it into a dictionary, and compiled code reads `$c` of
 * such objects at each call.
 */
function shim(name: string, f: Compiled, more: Partial<FuncObject> = {}): FuncObject {
  const o = {
    *[name](...args: unknown[]): Generator<unknown, unknown, unknown> {
      const g = mustg(name);
      const caller = frame;
      frame = undefined;
      let r: unknown;
      try {
        r = f(g, caller === undefined ? 0 : caller.fp + FSZ, 0, undefined, ...args);
      } finally {
        frame = caller;
      }
      return r === SUSPEND ? yield SUSPEND : r;
    },
  }[name];
  return Object.assign(o as object, { $c: f }, more) as FuncObject;
}

/** A suspending function of the library. */
export function builtin(name: string, f: Compiled): FuncObject {
  return shim(name, f);
}

/** For methods: what a suspending method's generator form does with the result of its `$` form. */
export function* finish<T>(r: unknown): Generator<typeof SUSPEND, T, unknown> {
  return (r === SUSPEND ? yield SUSPEND : r) as T;
}
