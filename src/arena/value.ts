/**
 * Values in the arena: one JavaScript value in one 8-byte slot, NaN-boxed.
 *
 *   a double                 itself; NaN in its canonical form
 *   high word 0x7ff9 0000    undefined, null, false, true           low word: which
 *             0x7ffa kkkk    handle of kind k (channel, mutex, ...)  low word: address of the shared object
 *             0x7ffb mmmm    object pinned to thread m               low word: index in that thread's table (stack/pin.ts)
 *             0x7ffc tttt    blob of type t (string, bigint, clone)  low word: address, owned by this slot
 *             0x7ffd 0000    goroutine function                      low word: its id
 *             0x7ffe lccc..  string of up to 5 Latin-1 characters, inline
 *             0x7fff 0000    integer of 32 bits                      low word: the integer
 *
 * x64 makes 0xfff8... for its own NaNs and V8 canonicalises to 0x7ff8..., so 0x7ff9-0x7fff are free. Tags are
 * written through the Int32 view, because a NaN payload written as a float may be canonicalised.
 *
 * Ownership: a slot owns its blob. `encode` makes one, `decode` moves the value out and frees it: each slot is
 * decoded exactly once or dropped with `drop`. So a value has one owner at a time and needs no reference count.
 *
 * All functions here: the owner of the slot (who holds the lock or the G that it belongs to); accesses are plain
 * because ownership of the slot passes through an atomic operation of that lock or queue.
 */
import {
  TAG_ODD,
  TAG_HANDLE,
  TAG_REF,
  TAG_BLOB,
  TAG_FN,
  TAG_STR,
  TAG_MASK,
  UNDEFINED,
  NULL,
  FALSE,
  TRUE,
  TAG_INT,
  GONE,
} from "./tags.js";
import { F, I, onAttach, U8 } from "./arena.js";
import { H_ID, KIND_NOSCAN } from "./layout.js";
import { mallocgc, mfree } from "./malloc.js";

// ------------------------------------------------------------------------------------------- handles

/** Only the host may see more than one runtime; an M says at its start that it is none. */
let onHost = true;
export function setWorkerSide(): void {
  onHost = false;
}

/**
 * Second argument of the constructor of each handle when the first one is the address of an object that exists. Only the runtime
 * has it, so no number of a user's is ever taken for an address.
 */
export const AT = Symbol("at");

/** For constructors without parameters: the address if there is one. */
export function madeAt(addr: unknown, at: unknown, name: string): number | undefined {
  if (at === AT || addr === undefined) return addr as number | undefined;
  throw new TypeError(`new ${name}: takes no arguments`);
}

/** A JavaScript object that stands for a shared object; one per thread and object, so `===` works. */
export abstract class Handle {
  /** Word address of the shared object, 0 for nil. @internal */
  readonly addr: number;
  /** The runtime that the object lives in; on the host only, a worker knows but one. @internal */
  declare readonly rt?: number;
  /** Index of its class in the handle table; on the prototype. @internal */
  declare readonly kind: number;
  /** @internal */
  constructor(addr: number, at?: typeof AT) {
    // `new Chan(5)` in a program without types would be a channel at word 5 of the arena.
    if (at !== AT)
      throw new TypeError(
        `new ${new.target.name}: a ${new.target.name} is not made by new; use the function that returns one`,
      );
    this.addr = addr;
    // A million channels have a million of these: no field that is not needed.
    if (onHost) (this as { rt?: number }).rt = I[H_ID] ?? 0;
  }
}

export const HANDLE_CHAN = 1;
export const HANDLE_WAITGROUP = 2;
export const HANDLE_MUTEX = 3;
export const HANDLE_RWMUTEX = 4;
export const HANDLE_RLOCKER = 5;
export const HANDLE_ONCE = 6;
export const HANDLE_COND = 7;
export const HANDLE_SEMAPHORE = 8;
export const HANDLE_INT32 = 9;
export const HANDLE_UINT32 = 10;
export const HANDLE_INT64 = 11;
export const HANDLE_BOOL = 12;
export const HANDLE_VALUE = 13;
export const HANDLE_POOL = 14;
export const HANDLE_MAP = 15;
export const HANDLE_TIMER = 16;
export const HANDLE_TICKER = 17;
export const HANDLE_CONTEXT = 20;
export const HANDLE_CANCELCTX = 21;
export const HANDLE_VALUECTX = 22;
export const HANDLE_POINTER = 32;
export const HANDLE_UINT64 = 33;
export const HANDLE_ERRGROUP = 34;
export const HANDLE_SINGLEFLIGHT = 35;
export const HANDLE_BARRIER = 40;
/** No handle: a call in progress (netpoll/call.ts). */
export const HANDLE_CALL = 24;
export const HANDLE_CONN = 25;
export const HANDLE_LISTENER = 26;
export const HANDLE_FILE = 27;
export const HANDLE_HTTPSERVER = 28;
export const HANDLE_REQUEST = 29;
export const HANDLE_EXCHANGE = 30;

type HandleClass = new (addr: number, at: typeof AT) => Handle;
const classes: HandleClass[] = [];
const shifts: number[] = [];
/**
 * Registers the class of handles of this kind, once at load time. `bytes`: what the allocator gives such an object, a power
 * of two. Objects of other sizes are never on the same page, and of the same size they have the same unit, half an object:
 * some handles point to the middle (RLocker).
 */
export function handleClass(kind: number, cls: HandleClass, bytes: number): void {
  classes[kind] = cls;
  shifts[kind] = Math.log2(bytes / 8);
  Object.defineProperty(cls.prototype, "kind", { value: kind });
}

/**
 * Address -> handle of this thread. Two levels, a page of the heap and the object on it: dense arrays, so a look-up is two loads (a Map costs 20-30 ns, and it is on the path of each resumed channel loop).
 */
type Table = (Handle | undefined)[][];
const tables = new WeakMap<Int32Array, Table>();
let table: Table = [];
onAttach((view) => {
  let t = tables.get(view);
  if (t === undefined) tables.set(view, (t = []));
  table = t;
});

/** The handle of the shared object at `addr`. */
export function handleAt(kind: number, addr: number): Handle {
  const page = addr >>> 11;
  let row = table[page];
  if (row === undefined) {
    while (table.length <= page) table.push(EMPTY);
    row = EMPTY;
  }
  if (row === EMPTY) table[page] = row = [];
  const unit = (addr & 2047) >>> shifts[kind]!;
  const h = row[unit];
  if (h !== undefined) return h;
  while (row.length < unit) row.push(undefined);
  return (row[unit] = new classes[kind]!(addr, AT));
}
const EMPTY: (Handle | undefined)[] = [];

/** A goroutine function as the arena knows it. */
export interface FuncRef {
  readonly $id: number;
}
let funcOf: (id: number) => unknown = () => undefined;
export function setFuncTable(f: (id: number) => unknown): void {
  funcOf = f;
}

// ------------------------------------------------------------------------------------------- encode

function setTag(w: number, hi: number, lo: number): void {
  I[(w << 1) + 1] = hi;
  I[w << 1] = lo;
}

/**
 * Stores a number. One that fits 32 bits is stored as an integer, never as a double: conversions there and back were a
 * quarter of the time of a resume, and integers must come back as integers, or the type feedback of everything computed
 * from them turns to doubles (5 times slower loops, measured in the spike).
 */
export function putNumber(w: number, v: number): void {
  const i = v | 0;
  if (i === v && (i !== 0 || 1 / v > 0)) {
    I[(w << 1) + 1] = TAG_INT;
    I[w << 1] = i;
  } else if (v === v) F[w] = v;
  else setTag(w, 0x7ff80000, 0);
}

/** Writes undefined into a slot that owns nothing. */
export function clear(w: number): void {
  setTag(w, TAG_ODD, UNDEFINED);
}

/**
 * Encodes a value that is portable without cloning: everything but objects. Returns false (and writes nothing)
 * for an object or a foreign function.
 */
export function putPortable(w: number, v: unknown): boolean {
  // A chain of comparisons, most frequent first: a switch over typeof makes a string and compares that.
  if (typeof v === "object") {
    if (v === null) setTag(w, TAG_ODD, NULL);
    else if (v instanceof Handle) {
      if (onHost && v.rt !== I[H_ID]) foreign(v);
      setTag(w, TAG_HANDLE | v.kind, v.addr);
    } else return false;
  } else if (typeof v === "number") putNumber(w, v);
  else if (v === undefined) setTag(w, TAG_ODD, UNDEFINED);
  else if (typeof v === "string") putString(w, v);
  else if (typeof v === "boolean") setTag(w, TAG_ODD, v ? TRUE : FALSE);
  else if (typeof v === "function") {
    const id = (v as unknown as FuncRef).$id;
    if (id === undefined) return false;
    setTag(w, TAG_FN, id >>> 12);
  } else if (typeof v === "bigint") putBlob(w, BLOB_BIGINT, Buffer.from(v.toString(36), "latin1"));
  else return false;
  return true;
}

function foreign(h: Handle): never {
  throw new TypeError(
    `this ${h.constructor.name} belongs to another runtime (${h.rt}, not ${I[H_ID]}): handles live in the runtime that made them`,
  );
}

/** The same for handles inside data: a foreign one would be an address in the wrong arena. */
export function checkHandle(h: Handle): void {
  if (onHost && h.rt !== I[H_ID]) foreign(h);
}

/**
 * Encodes any value that can cross threads: portable ones, and structured-cloneable objects by copy.
 * Throws a TypeError that names what cannot cross; then nothing was written.
 */
export function encode(w: number, v: unknown): void {
  if (typeof v === "number") putNumber(w, v);
  else if (!putPortable(w, v)) {
    // Spares the serialiser: what is read and written is bytes.
    if (v instanceof Uint8Array && Object.getPrototypeOf(v) === Uint8Array.prototype) {
      putBlob(w, BLOB_BYTES, v);
      return;
    }
    const { type, bytes } = serialize(v);
    putBlob(w, type, bytes);
  }
}

function putString(w: number, s: string): void {
  if (!putShortString(w, s)) putLongString(w, s);
}

/** Stores a string inline if it fits; false, and nothing is written, if it needs a blob. */
export function putShortString(w: number, s: string): boolean {
  const n = s.length;
  if (n > 5) return false;
  let hi = TAG_STR | (n << 8);
  let lo = 0;
  let wide = 0;
  for (let i = 0; i < n; i++) {
    const c = s.charCodeAt(i);
    wide |= c;
    if (i === 0) hi |= c & 0xff;
    else lo |= (c & 0xff) << ((i - 1) << 3);
  }
  if (wide > 255) return false;
  setTag(w, hi, lo);
  return true;
}

/** Whether the slot holds this string, in a blob. */
export function isLongString(w: number, s: string): boolean {
  const hi = I[(w << 1) + 1]!;
  const a = I[w << 1]!;
  const n = s.length;
  const b = (a + 1) * 4;
  if (hi === (TAG_BLOB | BLOB_LATIN1)) {
    if (I[a] !== n) return false;
    for (let i = 0; i < n; i++) if (U8[b + i] !== s.charCodeAt(i)) return false;
    return true;
  }
  if (hi !== (TAG_BLOB | BLOB_UTF16) || I[a] !== n * 2) return false;
  for (let i = 0; i < n; i++) if ((U8[b + 2 * i]! | (U8[b + 2 * i + 1]! << 8)) !== s.charCodeAt(i)) return false;
  return true;
}

// ------------------------------------------------------------------------------------------- blobs

export const BLOB_LATIN1 = 0;
export const BLOB_UTF16 = 1;
export const BLOB_BIGINT = 2;
export const BLOB_CLONE = 3;
export const BLOB_CLONE_HANDLES = 4;
/** A Uint8Array that is not of a subclass. */
export const BLOB_BYTES = 5;
/** A blob: one word with its length in bytes, then the bytes. Size of the allocation: 4 + length. */
export const BLOB_HEAD = 4;

let mem: Buffer = Buffer.alloc(0);
onAttach((view) => {
  mem = Buffer.from(view.buffer as unknown as ArrayBuffer);
});

// Byte indices are products and not shifts: beyond 2 GiB a shift would be negative.
function newBlob(bytes: number): number {
  const a = mallocgc(BLOB_HEAD + bytes, KIND_NOSCAN);
  I[a] = bytes;
  return a;
}

function freeBlob(a: number): void {
  mfree(a, BLOB_HEAD + I[a]!, KIND_NOSCAN);
}

function putBlob(w: number, type: number, bytes: Uint8Array): void {
  const a = newBlob(bytes.length);
  U8.set(bytes, (a + 1) * 4);
  setTag(w, TAG_BLOB | type, a);
}

/** Up to here a loop beats the call into the engine's encoder. */
const LOOP_MAX = 24;

function putLongString(w: number, s: string): void {
  const n = s.length;
  let wide = 0;
  if (n <= LOOP_MAX) {
    for (let i = 0; i < n; i++) wide |= s.charCodeAt(i);
  } else {
    // Buffer knows: a string is one-byte iff its UTF-8 length can be reproduced from Latin-1. Test by pattern.
    wide = /[^\u0000-\u00ff]/.test(s) ? 256 : 0;
  }
  if (wide < 256) {
    const a = newBlob(n);
    const b = (a + 1) * 4;
    if (n <= LOOP_MAX) for (let i = 0; i < n; i++) U8[b + i] = s.charCodeAt(i);
    else mem.latin1Write(s, b, n);
    setTag(w, TAG_BLOB | BLOB_LATIN1, a);
  } else {
    const a = newBlob(n << 1);
    mem.ucs2Write(s, (a + 1) * 4, n << 1);
    setTag(w, TAG_BLOB | BLOB_UTF16, a);
  }
}

declare global {
  interface Buffer {
    latin1Write(s: string, offset: number, length: number): number;
    ucs2Write(s: string, offset: number, length: number): number;
    latin1Slice(start: number, end: number): string;
    ucs2Slice(start: number, end: number): string;
  }
}

/** Set by clone.ts, which knows structured data; kept out of here so that the hot file stays small. */
export let serialize: (v: unknown) => { type: number; bytes: Uint8Array };
export let deserialize: (type: number, bytes: Uint8Array) => unknown;
export function setCloner(s: typeof serialize, d: typeof deserialize): void {
  serialize = s;
  deserialize = d;
}

// ------------------------------------------------------------------------------------------- decode

/** Moves the value out of a slot. Of one known to hold a number, compiled code does the first two by itself (emit.ts). */
export function decode(w: number): unknown {
  if (I[(w << 1) + 1] === TAG_INT) return I[w << 1];
  const x = F[w]!;
  return x === x ? x : decodeSlow(w);
}

/**
 * Reads the value of a slot that stays valid (compiler/settled.ts). Only what the slot owns moves out, and leaves GONE in the high
 * word. A double may have that high word too: then it is needlessly written once more.
 */
export function keep(w: number): unknown {
  const hi = I[(w << 1) + 1]!;
  if (hi === TAG_INT) return I[w << 1];
  if ((hi & TAG_MASK) === TAG_HANDLE) return handleAt(hi & 0xffff, I[w << 1]!);
  const x = F[w]!;
  if (x === x) return x;
  const v = decodeSlow(w);
  if ((hi & TAG_MASK) === TAG_BLOB || (hi & TAG_MASK) === TAG_REF) I[(w << 1) + 1] = GONE;
  return v;
}

/** Decodes a reference pinned to a thread; set by stack/pin.ts. */
let refOf: (mid: number, index: number) => unknown = () => undefined;
export function setRefTable(f: typeof refOf): void {
  refOf = f;
}

function decodeSlow(w: number): unknown {
  const lo = I[w << 1]!;
  const hi = I[(w << 1) + 1]!;
  if ((hi & TAG_MASK) === TAG_REF) return refOf(hi & 0xffff, lo);
  const v = peekSlow(hi, lo);
  if ((hi & TAG_MASK) === TAG_BLOB) freeBlob(lo);
  return v;
}

/**
 * Reads the value in a slot and leaves it there: a copy, for slots that many read (sync/cell.ts). The slot does not change
 * meanwhile and is not freed, which is the caller's to see to; pinned references are never in such a slot.
 */
export function peek(w: number): unknown {
  if (I[(w << 1) + 1] === TAG_INT) return I[w << 1];
  const x = F[w]!;
  return x === x ? x : peekSlow(I[(w << 1) + 1]!, I[w << 1]!);
}

function peekSlow(hi: number, lo: number): unknown {
  switch (hi & TAG_MASK) {
    case TAG_ODD:
      return lo === UNDEFINED ? undefined : lo === NULL ? null : lo === TRUE;
    case TAG_HANDLE:
      return handleAt(hi & 0xffff, lo);
    case TAG_FN:
      return funcOf(lo);
    case TAG_STR:
      return shortString(hi, lo);
    case TAG_BLOB:
      return readBlob(hi & 0xffff, lo);
    default:
      return NaN;
  }
}

function shortString(hi: number, lo: number): string {
  const c = hi & 0xff;
  switch ((hi >>> 8) & 0xff) {
    case 0:
      return "";
    case 1:
      return String.fromCharCode(c);
    case 2:
      return String.fromCharCode(c, lo & 0xff);
    case 3:
      return String.fromCharCode(c, lo & 0xff, (lo >>> 8) & 0xff);
    case 4:
      return String.fromCharCode(c, lo & 0xff, (lo >>> 8) & 0xff, (lo >>> 16) & 0xff);
    default:
      return String.fromCharCode(c, lo & 0xff, (lo >>> 8) & 0xff, (lo >>> 16) & 0xff, lo >>> 24);
  }
}

function readBlob(type: number, a: number): unknown {
  const n = I[a]!;
  const b = (a + 1) * 4;
  switch (type) {
    case BLOB_LATIN1:
      return mem.latin1Slice(b, b + n);
    case BLOB_UTF16:
      return mem.ucs2Slice(b, b + n);
    case BLOB_BIGINT:
      return parseBigInt(mem.latin1Slice(b, b + n));
    case BLOB_BYTES:
      return U8.slice(b, b + n);
    default:
      // A copy: the engine's deserialiser may keep views on its input, and the blob is freed.
      return deserialize(type, U8.slice(b, b + n));
  }
}

function parseBigInt(s: string): bigint {
  let v = 0n;
  const neg = s.startsWith("-");
  for (let i = neg ? 1 : 0; i < s.length; i++) v = v * 36n + BigInt(parseInt(s[i]!, 36));
  return neg ? -v : v;
}

/** Copies the raw slot: ownership moves with it. */
export function move(dst: number, src: number): void {
  const d = dst << 1;
  const s = src << 1;
  I[d] = I[s]!;
  I[d + 1] = I[s + 1]!;
}

/** Gives up a slot's value without looking at it. */
export function drop(w: number): void {
  const hi = I[(w << 1) + 1]!;
  if ((hi & TAG_MASK) === TAG_BLOB) freeBlob(I[w << 1]!);
}
