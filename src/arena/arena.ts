/**
 * The arena of this thread: two views over one SharedArrayBuffer.
 *
 * `I` and `F` are live bindings, not constants: the host thread may own several runtimes one after the other
 * and attaches to the one it works on. (Measured: a `let` binding costs the same as a constant here.)
 * A growable buffer is out: 28 ns a load against 2 (design, section 2).
 */
import { H_FLAGS, H_HEAP, H_ID, H_MAGIC, H_WORDS, MAGIC, PAGE_WORDS, SPAN_SIZE, TABLES_END } from "./layout.js";

export let I: Int32Array = new Int32Array(0);
export let F: Float64Array = new Float64Array(0);
export let U8: Uint8Array = new Uint8Array(0);

const listeners: ((view: Int32Array) => void)[] = [];
/** Calls `f` now and at every later attach: for per-thread tables that belong to an arena. */
export function onAttach(f: (view: Int32Array) => void): void {
  listeners.push(f);
  f(I);
}

const views = new WeakMap<SharedArrayBuffer, [Int32Array, Float64Array, Uint8Array]>();

/** Makes `buffer` the arena of this thread. Any thread; views are made once for each buffer. */
export function attach(buffer: SharedArrayBuffer): void {
  let v = views.get(buffer);
  if (v === undefined) {
    v = [new Int32Array(buffer), new Float64Array(buffer), new Uint8Array(buffer)];
    views.set(buffer, v);
  }
  if (v[0] === I) return;
  [I, F, U8] = v;
  for (const f of listeners) f(I);
}

/** First word of the heap in an arena of `words` words: after the fixed tables, the page map and the spans. */
export function heapStart(words: number): number {
  const pages = Math.ceil(words / PAGE_WORDS);
  const end = TABLES_END + pages * (1 + SPAN_SIZE);
  return Math.ceil(end / PAGE_WORDS) * PAGE_WORDS;
}

/** The smallest arena that can run a program: the tables and a heap of 2 MiB. */
export const MIN_ARENA = 16 * 1024 * 1024;
/** 4 GiB - 8 KiB: word indices stay below 2^30, so they are small integers to V8. */
export const MAX_ARENA = 4 * 1024 * 1024 * 1024 - 8192;

/** Reserves an arena of `bytes` and writes its header. The OS commits pages when they are first used. */
export function newArena(bytes: number, id: number, flags: number): SharedArrayBuffer {
  if (!Number.isInteger(bytes) || bytes < MIN_ARENA || bytes > MAX_ARENA)
    throw new RangeError(
      `arena: ${bytes} bytes is out of range; use an integer from ${MIN_ARENA} (16 MiB) to ${MAX_ARENA}`,
    );
  const words = Math.floor(bytes / (PAGE_WORDS * 4)) * PAGE_WORDS;
  const buffer = new SharedArrayBuffer(words * 4);
  const v = new Int32Array(buffer);
  // No other thread has the buffer yet: plain stores; posting it to a worker publishes them.
  v[H_MAGIC] = MAGIC;
  v[H_WORDS] = words;
  v[H_ID] = id;
  v[H_FLAGS] = flags;
  v[H_HEAP] = heapStart(words);
  return buffer;
}
