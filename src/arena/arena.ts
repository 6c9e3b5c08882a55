/**
 * The arena of this thread: views over one buffer whose size never changes. A growable buffer is out: 28 ns a load against 2
 * (design, section 2).
 */
import { H_FLAGS, H_HEAP, H_ID, H_MAGIC, H_WORDS, MAGIC, PAGE_WORDS, SPAN_SIZE, TABLES_END } from "./layout.js";
import { F, I, setViews, U8, type Views, viewsOf } from "./views.js";
import { type Memory, newMemory, WASM_PAGE } from "./wasm.js";

export { F, I, U8 };

const listeners: ((view: Int32Array) => void)[] = [];
/** Calls `f` now and at every later attach: for per-thread tables that belong to an arena. */
export function onAttach(f: (view: Int32Array) => void): void {
  listeners.push(f);
  f(I);
}

/** What a thread hands to another so that it can attach: either form can be posted to a worker. */
export type Arena = Memory | SharedArrayBuffer;
/** The arena that this thread is attached to. */
export let arena: Arena | undefined;

const views = new WeakMap<Arena, Views>();

/** Makes `to` the arena of this thread. Any thread; views are made once for each arena. */
export function attach(to: Arena): void {
  if (to === arena) return;
  let v = views.get(to);
  if (v === undefined) views.set(to, (v = viewsOf("buffer" in to ? to.buffer : to)));
  arena = to;
  setViews(v);
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
/** 4 GiB - 64 KiB: word indices stay below 2^30, so they are small integers to V8. */
export const MAX_ARENA = 4 * 1024 * 1024 * 1024 - WASM_PAGE;

/**
 * Reserves an arena of `bytes`, down to a multiple of 64 KiB, and writes its header. The OS commits pages when they are first
 * used. It is the memory of a WebAssembly module, for the sake of the atomics (wasm.ts); a mere SharedArrayBuffer does as
 * well, where there is no WebAssembly, and costs speed only.
 */
export function newArena(bytes: number, id: number, flags: number): Arena {
  if (!Number.isInteger(bytes) || bytes < MIN_ARENA || bytes > MAX_ARENA)
    throw new RangeError(
      `arena: ${bytes} bytes is out of range; use an integer from ${MIN_ARENA} (16 MiB) to ${MAX_ARENA}`,
    );
  const size = Math.floor(bytes / WASM_PAGE) * WASM_PAGE;
  const words = size / 4;
  const memory = newMemory(size);
  const buffer = memory?.buffer ?? new SharedArrayBuffer(size);
  const v = new Int32Array(buffer);
  // No other thread has the buffer yet: plain stores; posting it to a worker publishes them.
  v[H_MAGIC] = MAGIC;
  v[H_WORDS] = words;
  v[H_ID] = id;
  v[H_FLAGS] = flags;
  v[H_HEAP] = heapStart(words);
  return memory ?? buffer;
}
