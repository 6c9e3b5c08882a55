/**
 * Atomic cells for values of any shareable type (Go: sync/atomic, value.go, and Pointer of type.go).
 *
 * One word holds the address of an immutable cell (cell.ts), 0 at first. Storing is making a cell and exchanging the word;
 * loading is following the word and copying; the cell that was replaced is freed after a grace period (sched/grace.ts). So a
 * reader never waits and never sees half a value, however long the value is.
 *
 * Go's Value also wants all its values of one type, and marks the word for the type while the first store is under way.
 * Here the type has a word of its own, set once, before the value: who stores something else meanwhile panics as it would
 * later, and who loads meanwhile finds no value yet.
 *
 * compareAndSwap compares values, and tries again when another cell came in between: it may hold an equal value. The address of
 * a cell cannot come back while a section that has seen it goes on, so a CAS that succeeds replaced what was compared.
 *
 * Atomics: load 1, store 1 (Value 2), compareAndSwap 2 (Value 3), and retiring. With one P: none.
 */
import { I } from "../arena/arena.js";
import { pcas, pload, pxchg } from "../arena/atomics.js";
import { AT_BYTES, AT_TYPE, AT_VALUE } from "../arena/layout.js";
import { TAG_BLOB, TAG_FN, TAG_HANDLE, TAG_MASK, TAG_ODD, TAG_STR } from "../arena/tags.js";
import {
  AT,
  BLOB_BIGINT,
  BLOB_UTF16,
  Handle,
  HANDLE_POINTER,
  HANDLE_VALUE,
  handleAt,
  handleClass,
  madeAt,
} from "../arena/value.js";
import { readBegin } from "../sched/grace.js";
import { mustg } from "../stack/current.js";
import { GoPanic } from "../stack/fatal.js";
import { freecell, newcell, readcell, retirecell } from "./cell.js";
import { newObject } from "./object.js";

const NUMBER = 1;
const BOOLEAN = 2;
const FUNCTION = 3;
const STRING = 4;
const BIGINT = 5;
/** All data that is cloned is of one type. */
const DATA = 6;
/** Handles: this and their kind. */
const HANDLES = 64;

/** The type of the value in a cell, never 0. */
function typeOf(c: number): number {
  const hi = I[c + 1]!;
  const tag = hi & TAG_MASK;
  if (tag === TAG_ODD) return BOOLEAN;
  if (tag === TAG_HANDLE) return HANDLES + (hi & 0xffff);
  if (tag === TAG_FN) return FUNCTION;
  if (tag === TAG_STR) return STRING;
  if (tag !== TAG_BLOB) return NUMBER;
  const type = hi & 0xffff;
  return type <= BLOB_UTF16 ? STRING : type === BLOB_BIGINT ? BIGINT : DATA;
}

/** A cell for `v`, which must not be nil. `what`: store, swap, ... for Go's text. */
function cellOf(v: unknown, what: string): number {
  if (v === undefined || v === null) throw new GoPanic(`sync/atomic: ${what} of nil value into Value`);
  return newcell(v);
}

/** Fixes the type of the Value at `a`, or checks that it is the cell's. */
function checkType(a: number, c: number, what: string): void {
  const type = typeOf(c);
  const known = pload(a + AT_TYPE);
  if (known === type || (known === 0 && (pcas(a + AT_TYPE, 0, type) || pload(a + AT_TYPE) === type))) return;
  freecell(c);
  throw new GoPanic(`sync/atomic: ${what} of inconsistently typed value into Value`);
}

/** Exchanges the cell in the word at `w`; returns the old value, undefined if there was none. */
function exchange(w: number, c: number): unknown {
  const old = pxchg(w, c);
  if (old === 0) return undefined;
  const v = readcell(old);
  retirecell(old);
  return v;
}

function load(w: number): unknown {
  readBegin();
  const c = pload(w);
  return c === 0 ? undefined : readcell(c);
}

/** Puts cell `c` (0: nil) into the word if the value there equals `old` (undefined: if there is none). */
function compareExchange(w: number, old: unknown, c: number): boolean {
  for (;;) {
    const now = pload(w);
    if ((now === 0 ? undefined : readcell(now)) !== old) {
      if (c !== 0) freecell(c);
      return false;
    }
    if (pcas(w, now, c)) {
      retirecell(now);
      return true;
    }
  }
}

/**
 * A value that goroutines on all threads load and store as a whole, without a lock: a configuration that is read often and
 * replaced now and then. Values are copied in and out as through a channel; handles and goroutine functions refer to the
 * same object everywhere. Nothing here suspends. Made in a goroutine; it lives until the runtime closes.
 *
 * All values of a Value are of one type: number, string, boolean, bigint, goroutine function, data (objects and arrays
 * alike), or one class of handles. For handles that come and go there is `atomic.Pointer`.
 *
 * @example
 * const config = new atomic.Value<{ limit: number }>();
 * println(config.load());
 * config.store({ limit: 10 });
 * println(config.load()?.limit);
 * println(config.swap({ limit: 20 })?.limit, config.load()?.limit);
 * // Output:
 * // undefined
 * // 10
 * // 10 20
 */
export class Value<T> extends Handle {
  declare private readonly brand: T;
  constructor();
  /** @internal */
  constructor(addr: number, at: typeof AT);
  constructor(addr?: number, at?: typeof AT) {
    super(madeAt(addr, at, "atomic.Value") ?? newObject(HANDLE_VALUE, AT_BYTES, "atomic.Value"), AT);
    if (addr === undefined) return handleAt(HANDLE_VALUE, this.addr) as Value<T>;
  }

  /** A copy of the value stored last, undefined before the first store. */
  load(): T | undefined {
    mustg("atomic.Value.load");
    return load(this.addr + AT_VALUE) as T | undefined;
  }

  /**
   * Stores a copy of v.
   * @throws GoPanic `sync/atomic: store of nil value into Value`, also for null;
   *   `sync/atomic: store of inconsistently typed value into Value`
   * @throws TypeError if v cannot cross threads; it names what.
   */
  store(v: T): void {
    mustg("atomic.Value.store");
    readBegin();
    const c = cellOf(v, "store");
    checkType(this.addr, c, "store");
    retirecell(pxchg(this.addr + AT_VALUE, c));
  }

  /** Stores a copy of v and returns what was there, undefined before the first store. @throws as `store`, saying `swap` */
  swap(v: T): T | undefined {
    mustg("atomic.Value.swap");
    readBegin();
    const c = cellOf(v, "swap");
    checkType(this.addr, c, "swap");
    return exchange(this.addr + AT_VALUE, c) as T | undefined;
  }

  /**
   * Stores a copy of v if the value is `old` (by `===`; undefined: if nothing was stored yet); whether it was.
   * @throws GoPanic as `store`, saying `compare and swap`
   * @throws TypeError if `old` is data: what a Value gives out is a copy, and no copy is `===` to another
   */
  compareAndSwap(old: T | undefined, v: T): boolean {
    mustg("atomic.Value.compareAndSwap");
    comparable("atomic.Value.compareAndSwap", old);
    readBegin();
    const c = cellOf(v, "compare and swap");
    if (old !== undefined && old !== null && typeof old !== typeof v) {
      freecell(c);
      throw new GoPanic("sync/atomic: compare and swap of inconsistently typed values");
    }
    // Go: a Value that has no type yet and is not expected to be empty stays without.
    if (old !== undefined && pload(this.addr + AT_TYPE) === 0) {
      freecell(c);
      return false;
    }
    checkType(this.addr, c, "compare and swap");
    return compareExchange(this.addr + AT_VALUE, old, c);
  }
}

/** What `===` can find again in a shared object. */
export function comparable(what: string, v: unknown): void {
  if (typeof v !== "object" || v === null || v instanceof Handle) return;
  const name = (v as object).constructor?.name ?? "object";
  throw new TypeError(
    `${what}: a value of type ${name} is copied and equals no other; compare strings, numbers, booleans or handles`,
  );
}

/**
 * A reference to a shared object (channel, mutex, map, ...) that goroutines on all threads load and store without a lock;
 * undefined at first. Objects live until the runtime closes, so what was loaded stays valid after it was replaced.
 *
 * @example
 * const current = new atomic.Pointer<Chan<string>>();
 * const ch = chan<string>(1);
 * println(current.compareAndSwap(undefined, ch), current.load() === ch);
 * println(current.swap(undefined) === ch, current.load());
 * // Output:
 * // true true
 * // true undefined
 */
export class Pointer<T extends Handle> extends Handle {
  declare private readonly brand: T;
  constructor();
  /** @internal */
  constructor(addr: number, at: typeof AT);
  constructor(addr?: number, at?: typeof AT) {
    super(madeAt(addr, at, "atomic.Pointer") ?? newObject(HANDLE_POINTER, AT_BYTES, "atomic.Pointer"), AT);
    if (addr === undefined) return handleAt(HANDLE_POINTER, this.addr) as Pointer<T>;
  }

  /** The object stored last, undefined if none. */
  load(): T | undefined {
    mustg("atomic.Pointer.load");
    return load(this.addr + AT_VALUE) as T | undefined;
  }
  /** Stores a reference to v, undefined: to nothing. @throws TypeError if v is no shared object */
  store(v: T | undefined): void {
    mustg("atomic.Pointer.store");
    readBegin();
    retirecell(pxchg(this.addr + AT_VALUE, target("atomic.Pointer.store", v)));
  }
  /** Stores a reference to v and returns what was there. @throws as `store` */
  swap(v: T | undefined): T | undefined {
    mustg("atomic.Pointer.swap");
    readBegin();
    return exchange(this.addr + AT_VALUE, target("atomic.Pointer.swap", v)) as T | undefined;
  }
  /** Stores a reference to v if it refers to `old`; whether it did. @throws as `store` */
  compareAndSwap(old: T | undefined, v: T | undefined): boolean {
    mustg("atomic.Pointer.compareAndSwap");
    readBegin();
    const c = target("atomic.Pointer.compareAndSwap", v);
    return compareExchange(this.addr + AT_VALUE, old, c);
  }
}

/** A cell with the handle, 0 for undefined. */
function target(what: string, v: Handle | undefined): number {
  if (v === undefined) return 0;
  if (v instanceof Handle) return newcell(v);
  throw new TypeError(
    `${what}: ${v === null ? "null" : typeof v} is no shared object; for other values use atomic.Value`,
  );
}

handleClass(HANDLE_VALUE, Value, AT_BYTES);
handleClass(HANDLE_POINTER, Pointer, AT_BYTES);
