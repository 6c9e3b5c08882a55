/**
 * Goroutine functions and their ids.
 *
 * A frame in the arena names its function by a small id, and every thread must give a function the same one,
 * although each loads the modules by itself and in its own order. So the ids are handed out by a registry in the
 * arena: an open hash table from the 62-bit hash of the function's key (module URL and name) to the next free id.
 * Who comes first assigns, the others find it. Under S_FUNCLOCK; once for each function and thread, at load time.
 */
import { I, onAttach } from "../arena/arena.js";
import { lock, unlock } from "../arena/lock.js";
import { FUNC_SIZE, FUNCS, MAX_FUNCS, S_FUNCLOCK, S_NFUNCS } from "../arena/layout.js";
import { setFuncTable } from "../arena/value.js";
import { setCloneFuncs } from "../arena/clone.js";

/** `f$(g, fp, pc, sent, ...args)`: see abi.ts. */
export type Compiled = (g: number, fp: number, pc: number, sent: unknown, ...args: unknown[]) => unknown;

export interface Meta {
  /** Number of parameters that a spawned call reads from its frame. */
  readonly params: number;
  /** Takes any number of arguments: START finds the count in the frame header. */
  readonly rest: boolean;
  readonly file: string;
  /** lines[pc]: source line of suspension point pc; lines[0] of the function itself. */
  readonly lines: readonly number[];
}

/** What `goroutine()` returns, seen from inside. */
export interface FuncObject {
  (...args: unknown[]): Generator<unknown, unknown, unknown>;
  readonly $c: Compiled;
  readonly $id: number;
  readonly $key: string;
  readonly $file: string;
  readonly $name: string;
  /** Uncompiled programs only: a generator function written in place at a go statement. */
  readonly $closure?: (...args: never[]) => Iterator<unknown, unknown, unknown>;
}

/** Tables of this thread, by id. */
export let fns: (Compiled | undefined)[] = [];
export let params: number[] = [];
export let objects: (FuncObject | undefined)[] = [];
export let metas: (Meta | undefined)[] = [];
export let names: string[] = [];

interface Tables {
  fns: typeof fns;
  params: number[];
  objects: typeof objects;
  metas: typeof metas;
  names: string[];
}
const tables = new WeakMap<Int32Array, Tables>();
onAttach((view) => {
  let t = tables.get(view);
  if (t === undefined) tables.set(view, (t = { fns: [], params: [], objects: [], metas: [], names: [] }));
  ({ fns, params, objects, metas, names } = t);
});

/** 62 bits of a name that all threads know a thing by. */
export function hashKey(key: string): [number, number] {
  let h1 = 0x811c9dc5 | 0;
  let h2 = 0x9e3779b9 | 0;
  for (let i = 0; i < key.length; i++) {
    const c = key.charCodeAt(i);
    h1 = Math.imul(h1 ^ c, 0x01000193);
    h2 = Math.imul(h2 ^ c, 0x85ebca6b) ^ (h2 >>> 13);
  }
  return [h1 | 1, h2]; // 0 marks a free entry
}

/** A frame names a function in 19 bits; the table is smaller. */
export function idOf(key: string): number {
  const [h1, h2] = hashKey(key);
  lock(S_FUNCLOCK);
  try {
    // Plain accesses: under the lock.
    for (let i = 0; i < MAX_FUNCS; i++) {
      const e = FUNCS + (((h1 >>> 0) + i) % MAX_FUNCS) * FUNC_SIZE;
      if (I[e] === h1 && I[e + 1] === h2) return I[e + 2]!;
      if (I[e] === 0) {
        const id = I[S_NFUNCS]! + 1;
        I[S_NFUNCS] = id;
        I[e] = h1;
        I[e + 1] = h2;
        I[e + 2] = id;
        return id;
      }
    }
  } finally {
    unlock(S_FUNCLOCK);
  }
  throw new Error(`too many goroutine functions: the limit is ${MAX_FUNCS}`);
}

/** Enters a function into this thread's tables. Returns its id. */
export function register(key: string, name: string, f: Compiled, meta: Meta): number {
  const id = idOf(key);
  fill(id);
  fns[id] = f;
  params[id] = meta.rest ? -1 : meta.params;
  metas[id] = meta;
  names[id] = name;
  return id;
}

/** Grows the tables without holes: holes would make the arrays slow. */
function fill(id: number): void {
  while (fns.length <= id) {
    fns.push(undefined);
    params.push(0);
    objects.push(undefined);
    metas.push(undefined);
    names.push("");
  }
}

export function setObject(id: number, o: FuncObject): void {
  fill(id);
  objects[id] = o;
}

/** How the host, which loads no functions, finds one by id. */
let known: (id: number) => unknown = () => undefined;
export function setKnown(f: typeof known): void {
  known = f;
}
const lookup = (id: number): unknown => {
  const o = objects[id] ?? known(id);
  if (o === undefined) throw new Error(`goroutine function ${id} is not loaded in this thread`);
  return o;
};
setFuncTable(lookup);
setCloneFuncs(lookup);
