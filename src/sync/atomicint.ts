/**
 * Atomic cells for numbers and booleans (Go: sync/atomic, type.go): one word, one instruction each.
 *
 * 64 bits are bigints. Considered: numbers, exact up to 2^53. No 64-bit atomic takes or gives a double, so each operation would
 * need a lock around two words: 28 ns against 15 for the engine's own atomic on a BigInt64Array, and it would neither be
 * free of locks nor wrap as Go's do. A count that stays below 2^31 is cheaper in 32 bits: 5 to 10 ns.
 *
 * Atomics: 1 for each call. With one P: none.
 */
import { padd, padd64, pcas, pcas64, pload, pload64, pstore, pstore64, pxchg, pxchg64 } from "../arena/atomics.js";
import { AT_BYTES, AT_VALUE } from "../arena/layout.js";
import {
  AT,
  Handle,
  HANDLE_BOOL,
  HANDLE_INT32,
  HANDLE_INT64,
  HANDLE_UINT32,
  HANDLE_UINT64,
  handleAt,
  handleClass,
  madeAt,
} from "../arena/value.js";
import { mustg } from "../stack/current.js";
import { newObject } from "./object.js";

function outOfRange(what: string, v: unknown, range: string): never {
  const text = typeof v === "bigint" ? `${v}n` : String(v);
  if (typeof v === "number" || typeof v === "bigint") throw new RangeError(`${what}: ${text} is not ${range}`);
  throw new TypeError(`${what}: ${text} is not ${range}`);
}

/** The argument as an integer of 32 bits with sign. */
function int32(what: string, v: number): number {
  return typeof v === "number" && (v | 0) === v ? v : outOfRange(what, v, "an integer from -2147483648 to 2147483647");
}
function uint32(what: string, v: number): number {
  return typeof v === "number" && v >>> 0 === v ? v | 0 : outOfRange(what, v, "an integer from 0 to 4294967295");
}
/** What may be added: either sign, for who adds -1 to an unsigned count means what Go writes as ^uint32(0). */
function delta32(what: string, v: number): number {
  return typeof v === "number" && ((v | 0) === v || v >>> 0 === v)
    ? v | 0
    : outOfRange(what, v, "an integer from -2147483648 to 4294967295");
}
function int64(what: string, v: bigint): bigint {
  return typeof v === "bigint" && BigInt.asIntN(64, v) === v ? v : outOfRange(what, v, "a bigint of 64 bits with sign");
}
function uint64(what: string, v: bigint): bigint {
  return typeof v === "bigint" && BigInt.asUintN(64, v) === v
    ? BigInt.asIntN(64, v)
    : outOfRange(what, v, "a bigint of 64 bits without sign");
}
function delta64(what: string, v: bigint): bigint {
  return typeof v === "bigint" ? BigInt.asIntN(64, v) : outOfRange(what, v, "a bigint");
}

/**
 * An integer of 32 bits that goroutines on all threads read and change without a lock; 0 at first.
 *
 * Use it for a counter or a flag on its own. For more than one word at a time, or to wait for a change, use a `Mutex` or a
 * channel. Nothing here suspends. Made in a goroutine; it lives until the runtime closes.
 *
 * @example
 * const hits = new atomic.Int32();
 * const wg = new WaitGroup();
 * for (let i = 0; i < 10; i++) {
 *   wg.add(1);
 *   go(function* () {
 *     hits.add(1);
 *     wg.done();
 *   });
 * }
 * yield* wg.wait();
 * println(hits.load());
 * // Output:
 * // 10
 */
export class Int32 extends Handle {
  constructor();
  /** @internal */
  constructor(addr: number, at: typeof AT);
  constructor(addr?: number, at?: typeof AT) {
    super(madeAt(addr, at, "atomic.Int32") ?? newObject(HANDLE_INT32, AT_BYTES, "atomic.Int32"), AT);
    // One handle for an object: the one made by `new` is the one that others find.
    if (addr === undefined) return handleAt(HANDLE_INT32, this.addr) as Int32;
  }

  /** The value now. */
  load(): number {
    mustg("atomic.Int32.load");
    return pload(this.addr + AT_VALUE);
  }
  /** Sets it. @throws RangeError if v is not an integer of 32 bits */
  store(v: number): void {
    mustg("atomic.Int32.store");
    pstore(this.addr + AT_VALUE, int32("atomic.Int32.store", v));
  }
  /** Adds d, which may be negative, and returns the new value. Wraps at 32 bits, as Go's. @throws as `store` */
  add(d: number): number {
    mustg("atomic.Int32.add");
    return padd(this.addr + AT_VALUE, int32("atomic.Int32.add", d));
  }
  /** Sets it and returns what was there. @throws as `store` */
  swap(v: number): number {
    mustg("atomic.Int32.swap");
    return pxchg(this.addr + AT_VALUE, int32("atomic.Int32.swap", v));
  }
  /** Sets it to v if it is `old`; whether it was. @throws as `store` */
  compareAndSwap(old: number, v: number): boolean {
    mustg("atomic.Int32.compareAndSwap");
    int32("atomic.Int32.compareAndSwap", old);
    return pcas(this.addr + AT_VALUE, old, int32("atomic.Int32.compareAndSwap", v));
  }
}

/**
 * As `atomic.Int32`, from 0 to 2^32 - 1. To take something off, add a negative number.
 *
 * @example
 * const n = new atomic.Uint32();
 * println(n.add(-1), n.add(2));
 * // Output:
 * // 4294967295 1
 */
export class Uint32 extends Handle {
  constructor();
  /** @internal */
  constructor(addr: number, at: typeof AT);
  constructor(addr?: number, at?: typeof AT) {
    super(madeAt(addr, at, "atomic.Uint32") ?? newObject(HANDLE_UINT32, AT_BYTES, "atomic.Uint32"), AT);
    if (addr === undefined) return handleAt(HANDLE_UINT32, this.addr) as Uint32;
  }

  /** The value now. */
  load(): number {
    mustg("atomic.Uint32.load");
    return pload(this.addr + AT_VALUE) >>> 0;
  }
  /** Sets it. @throws RangeError if v is not an integer from 0 to 2^32 - 1 */
  store(v: number): void {
    mustg("atomic.Uint32.store");
    pstore(this.addr + AT_VALUE, uint32("atomic.Uint32.store", v));
  }
  /** Adds d, which may be negative, and returns the new value. Wraps at 32 bits. @throws RangeError */
  add(d: number): number {
    mustg("atomic.Uint32.add");
    return padd(this.addr + AT_VALUE, delta32("atomic.Uint32.add", d)) >>> 0;
  }
  /** Sets it and returns what was there. @throws as `store` */
  swap(v: number): number {
    mustg("atomic.Uint32.swap");
    return pxchg(this.addr + AT_VALUE, uint32("atomic.Uint32.swap", v)) >>> 0;
  }
  /** Sets it to v if it is `old`; whether it was. @throws as `store` */
  compareAndSwap(old: number, v: number): boolean {
    mustg("atomic.Uint32.compareAndSwap");
    const o = uint32("atomic.Uint32.compareAndSwap", old);
    return pcas(this.addr + AT_VALUE, o, uint32("atomic.Uint32.compareAndSwap", v));
  }
}

/**
 * As `atomic.Int32`, with 64 bits, as bigints: exact over the whole range.
 *
 * @example
 * const total = new atomic.Int64();
 * total.store(2n ** 40n);
 * println(total.add(-1n), total.compareAndSwap(0n, 1n));
 * // Output:
 * // 1099511627775n false
 */
export class Int64 extends Handle {
  constructor();
  /** @internal */
  constructor(addr: number, at: typeof AT);
  constructor(addr?: number, at?: typeof AT) {
    super(madeAt(addr, at, "atomic.Int64") ?? newObject(HANDLE_INT64, AT_BYTES, "atomic.Int64"), AT);
    if (addr === undefined) return handleAt(HANDLE_INT64, this.addr) as Int64;
  }

  /** The value now. */
  load(): bigint {
    mustg("atomic.Int64.load");
    return pload64(this.addr + AT_VALUE);
  }
  /** Sets it. @throws RangeError if v is not of 64 bits with sign, TypeError if it is no bigint */
  store(v: bigint): void {
    mustg("atomic.Int64.store");
    pstore64(this.addr + AT_VALUE, int64("atomic.Int64.store", v));
  }
  /** Adds d, which may be negative, and returns the new value. Wraps at 64 bits. @throws TypeError if d is no bigint */
  add(d: bigint): bigint {
    mustg("atomic.Int64.add");
    return BigInt.asIntN(64, padd64(this.addr + AT_VALUE, delta64("atomic.Int64.add", d)));
  }
  /** Sets it and returns what was there. @throws as `store` */
  swap(v: bigint): bigint {
    mustg("atomic.Int64.swap");
    return pxchg64(this.addr + AT_VALUE, int64("atomic.Int64.swap", v));
  }
  /** Sets it to v if it is `old`; whether it was. @throws as `store` */
  compareAndSwap(old: bigint, v: bigint): boolean {
    mustg("atomic.Int64.compareAndSwap");
    const o = int64("atomic.Int64.compareAndSwap", old);
    return pcas64(this.addr + AT_VALUE, o, int64("atomic.Int64.compareAndSwap", v));
  }
}

/**
 * As `atomic.Int64`, from 0 to 2^64 - 1.
 *
 * @example
 * const n = new atomic.Uint64();
 * println(n.add(-1n));
 * // Output:
 * // 18446744073709551615n
 */
export class Uint64 extends Handle {
  constructor();
  /** @internal */
  constructor(addr: number, at: typeof AT);
  constructor(addr?: number, at?: typeof AT) {
    super(madeAt(addr, at, "atomic.Uint64") ?? newObject(HANDLE_UINT64, AT_BYTES, "atomic.Uint64"), AT);
    if (addr === undefined) return handleAt(HANDLE_UINT64, this.addr) as Uint64;
  }

  /** The value now. */
  load(): bigint {
    mustg("atomic.Uint64.load");
    return BigInt.asUintN(64, pload64(this.addr + AT_VALUE));
  }
  /** Sets it. @throws RangeError if v is not of 64 bits without sign, TypeError if it is no bigint */
  store(v: bigint): void {
    mustg("atomic.Uint64.store");
    pstore64(this.addr + AT_VALUE, uint64("atomic.Uint64.store", v));
  }
  /** Adds d, which may be negative, and returns the new value. Wraps at 64 bits. @throws TypeError if d is no bigint */
  add(d: bigint): bigint {
    mustg("atomic.Uint64.add");
    return BigInt.asUintN(64, padd64(this.addr + AT_VALUE, delta64("atomic.Uint64.add", d)));
  }
  /** Sets it and returns what was there. @throws as `store` */
  swap(v: bigint): bigint {
    mustg("atomic.Uint64.swap");
    return BigInt.asUintN(64, pxchg64(this.addr + AT_VALUE, uint64("atomic.Uint64.swap", v)));
  }
  /** Sets it to v if it is `old`; whether it was. @throws as `store` */
  compareAndSwap(old: bigint, v: bigint): boolean {
    mustg("atomic.Uint64.compareAndSwap");
    const o = uint64("atomic.Uint64.compareAndSwap", old);
    return pcas64(this.addr + AT_VALUE, o, uint64("atomic.Uint64.compareAndSwap", v));
  }
}

/**
 * A boolean that goroutines on all threads read and change without a lock; false at first.
 *
 * @example
 * const started = new atomic.Bool();
 * if (started.compareAndSwap(false, true)) println("first");
 * if (started.compareAndSwap(false, true)) println("second");
 * println(started.load());
 * // Output:
 * // first
 * // true
 */
export class Bool extends Handle {
  constructor();
  /** @internal */
  constructor(addr: number, at: typeof AT);
  constructor(addr?: number, at?: typeof AT) {
    super(madeAt(addr, at, "atomic.Bool") ?? newObject(HANDLE_BOOL, AT_BYTES, "atomic.Bool"), AT);
    if (addr === undefined) return handleAt(HANDLE_BOOL, this.addr) as Bool;
  }

  /** The value now. */
  load(): boolean {
    mustg("atomic.Bool.load");
    return pload(this.addr + AT_VALUE) !== 0;
  }
  /** Sets it. */
  store(v: boolean): void {
    mustg("atomic.Bool.store");
    pstore(this.addr + AT_VALUE, v ? 1 : 0);
  }
  /** Sets it and returns what was there. */
  swap(v: boolean): boolean {
    mustg("atomic.Bool.swap");
    return pxchg(this.addr + AT_VALUE, v ? 1 : 0) !== 0;
  }
  /** Sets it to v if it is `old`; whether it was. */
  compareAndSwap(old: boolean, v: boolean): boolean {
    mustg("atomic.Bool.compareAndSwap");
    return pcas(this.addr + AT_VALUE, old ? 1 : 0, v ? 1 : 0);
  }
}

handleClass(HANDLE_INT32, Int32, AT_BYTES);
handleClass(HANDLE_UINT32, Uint32, AT_BYTES);
handleClass(HANDLE_INT64, Int64, AT_BYTES);
handleClass(HANDLE_UINT64, Uint64, AT_BYTES);
handleClass(HANDLE_BOOL, Bool, AT_BYTES);
