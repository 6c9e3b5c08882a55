/**
 * The atomics as WebAssembly, assembled here by hand: each function is one instruction on a word of the arena.
 *
 * Why: from JavaScript an atomic operation on a typed array is a call into the engine (V8 inlines none of them), while a call
 * of a WebAssembly function is inlined into optimised code. Measured: compareExchange + exchange 40 ns against 20, load 14
 * against 5 (docs/performance.md). Rejected: a toolchain (for seven instructions); hot paths as a whole in
 * WebAssembly (they would exist twice, and the call costs only 3-4 ns).
 *
 * The memory is imported, so one module serves arenas of every size. An address is a word index below 2^30: `word << 2`
 * is a byte index in 32 bits.
 *
 * ```
 *  binary format (WebAssembly core specification, "Modules"; opcodes of the threads proposal)
 *    "\0asm" 1
 *    section 1   types       i32^n -> i32 for n = 1, 2, 3
 *    section 2   imports     "" "m": shared memory, 0 to 65536 pages
 *    section 3   functions   the type of each
 *    section 7   exports     the name of each
 *    section 10  code        the body of each: no locals, instructions, end
 * ```
 */

/** What the facade needs. All sequentially consistent; an address is a word index; `store` returns v, `add` the new value. */
export interface AtomicOps {
  load(a: number): number;
  store(a: number, v: number): number;
  cas(a: number, old: number, v: number): number;
  xchg(a: number, v: number): number;
  add(a: number, d: number): number;
}

/** 64 KiB: a memory's size counts in these. */
export const WASM_PAGE = 65536;

const I32 = 0x7f;
const FUNCTION = 0x60;
const END = 0x0b;
const ATOMIC = 0xfe;
/** memarg: alignment 2^2, offset 0. */
const WORD = [2, 0];
const get = (i: number): number[] => [0x20, i];
const ADD = 0x6a;
/** Parameter 0, a word index, as a byte index. */
const ADDRESS = [...get(0), 0x41, 2, 0x74]; // i32.const 2, i32.shl

/** Name, number of parameters, instructions. */
const FUNCTIONS: readonly (readonly [keyof AtomicOps, number, readonly number[]])[] = [
  ["load", 1, [...ADDRESS, ATOMIC, 0x10, ...WORD]], //                                      i32.atomic.load
  ["store", 2, [...ADDRESS, ...get(1), ATOMIC, 0x17, ...WORD, ...get(1)]], //               i32.atomic.store
  ["cas", 3, [...ADDRESS, ...get(1), ...get(2), ATOMIC, 0x48, ...WORD]], //                 i32.atomic.rmw.cmpxchg
  ["xchg", 2, [...ADDRESS, ...get(1), ATOMIC, 0x41, ...WORD]], //                           i32.atomic.rmw.xchg
  ["add", 2, [...ADDRESS, ...get(1), ATOMIC, 0x1e, ...WORD, ...get(1), ADD]], //            i32.atomic.rmw.add, i32.add
];

/** Unsigned LEB128. */
function leb(n: number): number[] {
  return n < 0x80 ? [n] : [(n & 0x7f) | 0x80, ...leb(n >>> 7)];
}
const vector = (items: readonly (readonly number[])[]): number[] => [...leb(items.length), ...items.flat()];
const name = (s: string): number[] => [...leb(s.length), ...Buffer.from(s, "latin1")];
const sized = (bytes: readonly number[]): number[] => [...leb(bytes.length), ...bytes];
const section = (id: number, bytes: readonly number[]): number[] => [id, ...sized(bytes)];

function assemble(): Uint8Array {
  const types = [1, 2, 3].map((n) => [FUNCTION, n, ...Array<number>(n).fill(I32), 1, I32]);
  const memory = [...name(""), ...name("m"), 2, 3, 0, ...leb(WASM_PAGE)]; // kind 2; flags 3: has a maximum, shared
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector(types)),
    ...section(2, vector([memory])),
    ...section(3, vector(FUNCTIONS.map(([, params]) => [params - 1]))),
    ...section(7, vector(FUNCTIONS.map(([of], i) => [...name(of), 0, i]))),
    ...section(10, vector(FUNCTIONS.map(([, , code]) => sized([0, ...code, END])))),
  ]);
}

/** A shared memory whose size never changes: `buffer` is an ordinary SharedArrayBuffer, the same at each read. */
export interface Memory {
  readonly buffer: SharedArrayBuffer;
}
// Not in the library types that we compile against: they come with those of the DOM.
declare const WebAssembly:
  | {
      Memory: new (d: { initial: number; maximum: number; shared: true }) => Memory;
      Module: new (bytes: Uint8Array) => object;
      Instance: new (module: object, imports: object) => { exports: unknown };
    }
  | undefined;

/** Reserves a memory of `bytes`, a multiple of WASM_PAGE; undefined where the engine cannot (`--jitless`, no address space). */
export function newMemory(bytes: number): Memory | undefined {
  if (typeof WebAssembly === "undefined") return undefined;
  const pages = bytes / WASM_PAGE;
  try {
    // Besides its size the engine reserves address space around it, 10 GiB in all, and spares checks for that.
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  } catch (e) {
    if (e instanceof RangeError) return undefined;
    throw e;
  }
}

let module: object | undefined;
/** The functions on `memory`, for this thread. */
export function wasmOps(memory: Memory): AtomicOps {
  module ??= new WebAssembly!.Module(assemble());
  return new WebAssembly!.Instance(module, { "": { m: memory } }).exports as AtomicOps;
}
