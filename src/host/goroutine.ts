/**
 * `goroutine(f)` where no compiler replaced it: on the host, which only needs the function's name, and in an M for an
 * uncompiled module or a call that is not at module level, where the function runs as a plain generator.
 */
import { callerUrl } from "../stack/caller.js";
import { curmid } from "../stack/current.js";
import { type FuncObject, idOf, metas, setKnown } from "../stack/funcs.js";
import { funcObject, nativeBody } from "../stack/native.js";
import { onAttach } from "../arena/arena.js";

const seen = new Map<string, number>();
/** The key that all threads give this function: module and name, numbered if the name repeats. */
function keyOf(url: string, name: string): string {
  const key = `${url}#${name}`;
  const n = (seen.get(key) ?? 0) + 1;
  seen.set(key, n);
  return n === 1 ? key : `${key}#${n}`;
}

/** Modules that defined goroutine functions on this thread: what a runtime lets its Ms load. */
export const modules = new Set<string>();

/** Ids are an arena's; the host may have several. */
let ids = new Map<string, number>();
const idTables = new WeakMap<Int32Array, Map<string, number>>();
const byId = new Map<string, FuncObject>();
onAttach((view) => {
  let t = idTables.get(view);
  if (t === undefined) idTables.set(view, (t = new Map()));
  ids = t;
});

function hostId(key: string): number {
  let id = ids.get(key);
  if (id === undefined) ids.set(key, (id = idOf(key)));
  return id;
}

/** What the host knows by key: a goroutine function that comes back in a result. In an M the table is empty. */
setKnown((id) => {
  for (const [key, o] of byId) if (hostId(key) === id) return o;
  return undefined;
});

export function hostObject(key: string, file: string, name: string, length: number): FuncObject {
  const o = function (): never {
    throw new Error(
      `${name || "goroutine function"}: on the host, start it with rt.go(${name || "f"}, ...) or run(${name || "f"})`,
    );
  };
  Object.defineProperties(o, {
    name: { value: name },
    length: { value: length },
    $id: { get: () => hostId(key) << 12 },
    $key: { value: key },
    $file: { value: file },
    $name: { value: name },
  });
  byId.set(key, o as unknown as FuncObject);
  return o as unknown as FuncObject;
}

export function defineGoroutine(f: (...args: never[]) => Generator, api: (...args: never[]) => unknown): FuncObject {
  if (typeof f !== "function" || Object.prototype.toString.call(f) !== "[object GeneratorFunction]")
    throw new TypeError(
      `goroutine: ${describe(f)} is not a generator function; write goroutine(function* name(...) {...})`,
    );
  const url = callerUrl(api);
  const key = keyOf(url, f.name);
  if (curmid < 0) {
    modules.add(url);
    return hostObject(key, url, f.name, f.length);
  }
  const unique = metas[idOf(key)] === undefined ? key : `${key}#native${seen.get(key) ?? 0}`;
  const o = funcObject(unique, f.name, nativeBody(f), { params: f.length, rest: true, file: url, lines: [0] });
  // In its own body the function's name means f and not o: sent or started, it must stand for the same.
  Object.defineProperty(f, "$id", { value: o.$id });
  return o;
}

export function describe(v: unknown): string {
  if (typeof v === "function") return `function ${v.name || "(anonymous)"}`;
  return v === null ? "null" : typeof v === "object" ? "an object" : String(v);
}
