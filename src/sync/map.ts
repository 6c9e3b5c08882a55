/**
 * SyncMap (Go: sync/map.go): a map for keys that are written once and read often, or that different goroutines own.
 *
 * Two tables share their entries. `read` never changes and needs no lock; `dirty` has all of it and the new keys, and changes
 * under the lock. Go's rules, kept:
 *   - a key that is in `read` is loaded, stored and deleted by one atomic operation on its entry;
 *   - another one needs the lock if `read` is *amended*, that is, if `dirty` has keys that it lacks; that is a miss;
 *   - as many misses as `dirty` has entries pay for its promotion: it becomes `read`;
 *   - the first new key after that copies `read` into a new `dirty`, without what was deleted: those entries are *expunged*,
 *     and who wants to store into one must first, under the lock, put it back into `dirty`.
 *
 * What differs, because nothing here is collected:
 *   - table and amended are one word, address and lowest bit, so they are read from the same moment;
 *   - entries that were expunged are in a list, and leave with the table that had them, at the next promotion;
 *   - an entry that leaves is expunged before it is retired, so a store that found it earlier fails and looks anew;
 *   - tables, entries, keys and values are freed after a grace period (sched/grace.ts): a reader never meets freed memory,
 *     and never tries again.
 *
 * The lock is the runtime's, not a Mutex: no user code and no conversion of values happens under it, so operations need no
 * `yield*`. What holds it longest is the copy into a new `dirty`, about 20 ns for each key.
 *
 * What if a thread stops right there? With the lock: who needs it waits; loads and stores of keys in `read` go on. Between
 * "amended" and the key in `dirty`: others take the lock for nothing. Between a promotion's store of `read` and `dirty = 0`: both
 * under the lock, which whoever misses takes.
 *
 * Atomics: load 2; store to a known key 3 and retiring; else 2 more for the lock. With one P: none.
 */
import { I } from "../arena/arena.js";
import { pcas, pload, pstore, pxchg } from "../arena/atomics.js";
import {
  MAP_EXPUNGED,
  MAP_NIL,
  ME_CELL,
  ME_KEY,
  ME_LINK,
  MT_COUNT,
  SM_AMENDED,
  SM_BYTES,
  SM_DIRTY,
  SM_EXPUNGED,
  SM_LOCK,
  SM_MISSES,
  SM_READ,
} from "../arena/layout.js";
import { plock, punlock } from "../arena/lock.js";
import { AT, Handle, HANDLE_MAP, handleAt, handleClass, madeAt, peek } from "../arena/value.js";
import { readBegin } from "../sched/grace.js";
import { mustg } from "../stack/current.js";
import { comparable } from "./atomicvalue.js";
import { freecell, newcell, readcell, retirecell } from "./cell.js";
import { prepare } from "./mapkey.js";
import { each, grown, insert, lookup, newentry, newtable, remove, retireentry, retiretable } from "./maptable.js";
import { newObject } from "./object.js";

// ------------------------------------------------------------------------------------------- under the lock

/** The table in SM_READ, 0: none. */
function tableOf(read: number): number {
  return read & ~SM_AMENDED;
}

function lookupRead(read: number): number {
  const t = tableOf(read);
  return t === 0 ? 0 : lookup(t);
}

/** A load needed the lock: when that has happened as often as `dirty` has entries, it is promoted (Go: missLocked). */
function miss(m: number): void {
  const n = I[m + SM_MISSES]! + 1;
  I[m + SM_MISSES] = n;
  if (n >= I[I[m + SM_DIRTY]! + MT_COUNT]!) promote(m);
}

/** `dirty` becomes `read`; what only the old one had is freed. There is a dirty table. */
function promote(m: number): void {
  const old = tableOf(I[m + SM_READ]!);
  pstore(m + SM_READ, I[m + SM_DIRTY]!);
  I[m + SM_DIRTY] = 0;
  I[m + SM_MISSES] = 0;
  dropExpunged(m);
  if (old !== 0) retiretable(old);
}

/** Frees the entries in the list that nobody has put back into `dirty`. They are in no table any more. */
function dropExpunged(m: number): void {
  for (let e = I[m + SM_EXPUNGED]!; e !== 0;) {
    const next = I[e + ME_LINK]!;
    if (pload(e + ME_CELL) === MAP_EXPUNGED) retireentry(e);
    e = next;
  }
  I[m + SM_EXPUNGED] = 0;
}

/** Copies what is not deleted into a new dirty table and marks `read` as amended (Go: dirtyLocked). @throws OutOfMemory */
function amend(m: number): void {
  const read = I[m + SM_READ]!;
  if ((read & SM_AMENDED) !== 0) return;
  const t = tableOf(read);
  // One more than it has, for the key that is the reason.
  const dirty = newtable(t === 0 ? 1 : I[t + MT_COUNT]! + 1);
  if (t !== 0)
    each(t, (e) => {
      if (!expunged(e)) insert(dirty, e);
      else {
        I[e + ME_LINK] = I[m + SM_EXPUNGED]!;
        I[m + SM_EXPUNGED] = e;
      }
    });
  I[m + SM_DIRTY] = dirty;
  pstore(m + SM_READ, read | SM_AMENDED);
}

/** Expunges a deleted entry (Go: tryExpungeLocked). */
function expunged(e: number): boolean {
  return pload(e + ME_CELL) === MAP_NIL && pcas(e + ME_CELL, MAP_NIL, MAP_EXPUNGED);
}

/** The entry of the prepared key, made if need be; it is not expunged. `where` says where it was. @throws OutOfMemory */
function entryFor(m: number): number {
  let e = lookupRead(I[m + SM_READ]!);
  where = IN_READ;
  if (e !== 0) {
    if (pload(e + ME_CELL) === MAP_EXPUNGED) {
      // Only under the lock does it cease to be expunged, and then `dirty` has it.
      const dirty = grown(I[m + SM_DIRTY]!);
      I[m + SM_DIRTY] = dirty;
      insert(dirty, e);
      pstore(e + ME_CELL, MAP_NIL);
    }
    return e;
  }
  where = IN_DIRTY;
  if (I[m + SM_DIRTY] !== 0 && (e = lookup(I[m + SM_DIRTY]!)) !== 0) return e;
  where = NOWHERE;
  amend(m);
  I[m + SM_DIRTY] = grown(I[m + SM_DIRTY]!);
  e = newentry();
  insert(I[m + SM_DIRTY]!, e);
  return e;
}
const NOWHERE = 0;
const IN_READ = 1;
const IN_DIRTY = 2;
let where = NOWHERE;

// ------------------------------------------------------------------------------------------- any time, in a read section

/** The entry of the prepared key, 0 if there is none (Go: the first half of Load). */
function find(m: number): number {
  const read = pload(m + SM_READ);
  const e = lookupRead(read);
  return e !== 0 || (read & SM_AMENDED) === 0 ? e : findLocked(m);
}

function findLocked(m: number): number {
  plock(m + SM_LOCK);
  // It may have been promoted while we waited for the lock: then that was no miss.
  const read = I[m + SM_READ]!;
  let e = lookupRead(read);
  if (e === 0 && (read & SM_AMENDED) !== 0) {
    e = lookup(I[m + SM_DIRTY]!);
    miss(m);
  }
  punlock(m + SM_LOCK);
  return e;
}

/** Exchanges the cell of an entry unless it is expunged: MAP_EXPUNGED then. */
function tryExchange(e: number, c: number): number {
  for (;;) {
    const old = pload(e + ME_CELL);
    if (old === MAP_EXPUNGED || pcas(e + ME_CELL, old, c)) return old;
  }
}

/** Stores a cell for the prepared key; returns the one that it replaces, 0: none. It is the caller's to retire. */
function exchange(m: number, c: number): number {
  const e = lookupRead(pload(m + SM_READ));
  if (e !== 0) {
    const old = tryExchange(e, c);
    if (old !== MAP_EXPUNGED) return old;
  }
  plock(m + SM_LOCK);
  try {
    return pxchg(entryFor(m) + ME_CELL, c);
  } catch (err) {
    freecell(c);
    throw err;
  } finally {
    punlock(m + SM_LOCK);
  }
}

/** Puts the cell in if there is no value; else returns the cell that is there, and MAP_EXPUNGED if the lock is needed. */
function tryInsert(e: number, c: number): number {
  for (;;) {
    const now = pload(e + ME_CELL);
    if (now !== MAP_NIL || pcas(e + ME_CELL, MAP_NIL, c)) return now;
  }
}

/** As tryInsert, for the prepared key: the cell that was there, 0: c is now. */
function insertCell(m: number, c: number): number {
  const e = lookupRead(pload(m + SM_READ));
  if (e !== 0) {
    const now = tryInsert(e, c);
    if (now !== MAP_EXPUNGED) return now;
  }
  plock(m + SM_LOCK);
  try {
    const now = tryInsert(entryFor(m), c);
    if (where === IN_DIRTY) miss(m);
    return now;
  } catch (err) {
    freecell(c);
    throw err;
  } finally {
    punlock(m + SM_LOCK);
  }
}

/** Takes the value of an entry that stays; its cell, for the caller to retire, 0: none. */
function take(e: number): number {
  for (;;) {
    const c = pload(e + ME_CELL);
    if (c <= MAP_EXPUNGED) return 0;
    if (pcas(e + ME_CELL, c, MAP_NIL)) return c;
  }
}

/** Whether takeKey has found a value. */
let found = false;

/** Deletes the prepared key and reads the value that it had; `undefined` and `found` false if it had none. */
function takeKey(m: number): unknown {
  const read = pload(m + SM_READ);
  let e = lookupRead(read);
  if (e === 0 && (read & SM_AMENDED) !== 0) {
    plock(m + SM_LOCK);
    const now = I[m + SM_READ]!;
    e = lookupRead(now);
    if (e === 0 && (now & SM_AMENDED) !== 0) {
      e = lookup(I[m + SM_DIRTY]!);
      if (e !== 0) remove(I[m + SM_DIRTY]!, e);
      miss(m);
      punlock(m + SM_LOCK);
      // In no table now; a load that found it before may still read it.
      return e === 0 ? nothing() : takeEntry(e);
    }
    punlock(m + SM_LOCK);
  }
  const c = e === 0 ? 0 : take(e);
  if (c === 0) return nothing();
  found = true;
  const v = readcell(c);
  retirecell(c);
  return v;
}

function nothing(): undefined {
  found = false;
  return undefined;
}

function takeEntry(e: number): unknown {
  const c = take(e);
  const v = c === 0 ? undefined : readcell(c);
  found = c !== 0;
  retirecell(c);
  retireentry(e);
  return v;
}

/** Encodes a value, then prepares its key: encoding may call the user's code (a getter), which may use a map as well. */
function cellFor(key: unknown, value: unknown, what: string): number {
  const c = newcell(value);
  try {
    prepare(key, what);
  } catch (e) {
    freecell(c);
    throw e;
  }
  return c;
}

// ------------------------------------------------------------------------------------------- what users hold

/** Types that can be keys of a `SyncMap`. */
export type MapKey = string | number | boolean | Handle;

/**
 * A map that goroutines on all threads use at the same time, without a lock of their own. (Go's `sync.Map`; the name leaves
 * JavaScript's `Map` alone.)
 *
 * It is made for two uses: keys that are written once and read often, as in a cache that only grows, and goroutines that work
 * on different keys. Otherwise a goroutine that owns an ordinary `Map` and answers on a channel, or a `Mutex`, may be
 * simpler. Reading a key that has been there for a while takes no lock.
 *
 * Keys are strings, numbers, booleans and handles (channels, mutexes, ...), equal as in a `Map`. Values are copied in and out
 * as through a channel: to change one, store it anew.
 *
 * No operation suspends. A SyncMap is made in a goroutine and lives until the runtime closes; `clear` gives its memory back.
 *
 * Algorithm: Go's `sync/map.go`, before Go 1.24.
 *
 * @example
 * const m = new SyncMap<string, number>();
 * m.store("a", 1);
 * println(m.load("a"), m.load("b"));
 * println(m.loadOrStore("a", 2), m.loadOrStore("b", 2));
 * println(m.loadAndDelete("a"), m.has("a"));
 * m.range((k, v) => {
 *   println(k, v);
 *   return true;
 * });
 * // Output:
 * // 1 undefined
 * // { value: 1, loaded: true } { value: 2, loaded: false }
 * // 1 false
 * // b 2
 */
export class SyncMap<K extends MapKey, V> extends Handle {
  declare private readonly brand: [K, V];
  constructor();
  /** @internal */
  constructor(addr: number, at: typeof AT);
  constructor(addr?: number, at?: typeof AT) {
    super(madeAt(addr, at, "SyncMap") ?? newObject(HANDLE_MAP, SM_BYTES, "SyncMap"), AT);
    // One handle for an object: the one made by `new` is the one that others find.
    if (addr === undefined) return handleAt(HANDLE_MAP, this.addr) as SyncMap<K, V>;
  }

  /** A copy of the value of a key, undefined if there is none. @throws TypeError if the key is of another type */
  load(key: K): V | undefined {
    mustg("SyncMap.load");
    prepare(key, "SyncMap.load");
    readBegin();
    const e = find(this.addr);
    if (e === 0) return undefined;
    const c = pload(e + ME_CELL);
    return c <= MAP_EXPUNGED ? undefined : (readcell(c) as V);
  }

  /** Whether the key has a value, be it undefined. @throws as `load` */
  has(key: K): boolean {
    mustg("SyncMap.has");
    prepare(key, "SyncMap.has");
    readBegin();
    const e = find(this.addr);
    return e !== 0 && pload(e + ME_CELL) > MAP_EXPUNGED;
  }

  /** Sets the value of a key. @throws TypeError if the key is of another type, or the value cannot cross threads: it names what */
  store(key: K, value: V): void {
    mustg("SyncMap.store");
    const c = cellFor(key, value, "SyncMap.store");
    readBegin();
    retirecell(exchange(this.addr, c));
  }

  /** Sets the value of a key and returns the one before, undefined if there was none. @throws as `store` */
  swap(key: K, value: V): V | undefined {
    mustg("SyncMap.swap");
    const c = cellFor(key, value, "SyncMap.swap");
    readBegin();
    const old = exchange(this.addr, c);
    if (old === 0) return undefined;
    const v = readcell(old) as V;
    retirecell(old);
    return v;
  }

  /** The value of the key if it has one, else stores this one. @throws as `store` */
  loadOrStore(key: K, value: V): { value: V; loaded: boolean } {
    mustg("SyncMap.loadOrStore");
    prepare(key, "SyncMap.loadOrStore");
    readBegin();
    // The usual case, in which the value need not be copied.
    const e = lookupRead(pload(this.addr + SM_READ));
    const there = e === 0 ? MAP_NIL : pload(e + ME_CELL);
    if (there > MAP_EXPUNGED) return { value: readcell(there) as V, loaded: true };
    const c = cellFor(key, value, "SyncMap.loadOrStore");
    readBegin();
    const now = insertCell(this.addr, c);
    if (now === MAP_NIL) return { value, loaded: false };
    freecell(c);
    return { value: readcell(now) as V, loaded: true };
  }

  /**
   * Sets the value of a key if it is `old` (by `===`); whether it was.
   * @throws as `store`; TypeError also if `old` is data: what a map gives out is a copy, and no copy is `===` to another
   */
  compareAndSwap(key: K, old: V, value: V): boolean {
    mustg("SyncMap.compareAndSwap");
    comparable("SyncMap.compareAndSwap", old);
    const c = cellFor(key, value, "SyncMap.compareAndSwap");
    readBegin();
    const e = find(this.addr);
    for (;;) {
      const now = e === 0 ? MAP_NIL : pload(e + ME_CELL);
      if (now <= MAP_EXPUNGED || readcell(now) !== old) {
        freecell(c);
        return false;
      }
      if (pcas(e + ME_CELL, now, c)) {
        retirecell(now);
        return true;
      }
    }
  }

  /** Deletes a key and returns the value that it had, undefined if none. @throws as `load` */
  loadAndDelete(key: K): V | undefined {
    mustg("SyncMap.loadAndDelete");
    prepare(key, "SyncMap.loadAndDelete");
    readBegin();
    return takeKey(this.addr) as V | undefined;
  }

  /** Deletes a key; whether it had a value. @throws as `load` */
  delete(key: K): boolean {
    mustg("SyncMap.delete");
    prepare(key, "SyncMap.delete");
    readBegin();
    takeKey(this.addr);
    return found;
  }

  /**
   * Calls f for each key and its value until it returns false. Keys that come or go meanwhile may be met or not; none is met
   * twice. All pairs are copied before the first call, so f may do anything with the map; it cannot suspend.
   */
  range(f: (key: K, value: V) => boolean): void {
    mustg("SyncMap.range");
    const pairs = snapshot(this.addr);
    for (let i = 0; i < pairs.length; i += 2) if (!f(pairs[i] as K, pairs[i + 1] as V)) break;
  }

  /** Deletes all keys and gives the memory back. */
  clear(): void {
    mustg("SyncMap.clear");
    readBegin();
    clear(this.addr);
  }
}

/** Keys and values in turn. */
function snapshot(m: number): unknown[] {
  readBegin();
  if ((pload(m + SM_READ) & SM_AMENDED) !== 0) {
    // As many steps as a promotion costs are taken anyway.
    plock(m + SM_LOCK);
    if ((I[m + SM_READ]! & SM_AMENDED) !== 0) promote(m);
    punlock(m + SM_LOCK);
  }
  const t = tableOf(pload(m + SM_READ));
  const pairs: unknown[] = [];
  if (t !== 0)
    each(t, (e) => {
      const c = pload(e + ME_CELL);
      if (c > MAP_EXPUNGED) pairs.push(peek((e + ME_KEY) >> 1), readcell(c));
    });
  return pairs;
}

function clear(m: number): void {
  plock(m + SM_LOCK);
  const read = tableOf(I[m + SM_READ]!);
  const dirty = I[m + SM_DIRTY]!;
  pstore(m + SM_READ, 0);
  I[m + SM_DIRTY] = 0;
  I[m + SM_MISSES] = 0;
  // A dirty table has all entries but the expunged ones, which are in the list; without one `read` has them all.
  if (dirty !== 0) {
    dropExpunged(m);
    each(dirty, retireentry);
    retiretable(dirty);
  } else if (read !== 0) each(read, retireentry);
  if (read !== 0) retiretable(read);
  punlock(m + SM_LOCK);
}

handleClass(HANDLE_MAP, SyncMap, SM_BYTES);
