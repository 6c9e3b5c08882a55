/** The real source of the runtime, made ready for the machine: loaded, perhaps with a seeded bug, and instrumented. */
import { readFileSync } from "node:fs";
import { createRequire, SourceMap } from "node:module";
import { compileFunction } from "node:vm";
import { CORE } from "../paths.js";
import { instrument, type Instrumented } from "./instrument.js";
import type { Body, Machine } from "./machine.js";
import type { Place } from "./places.js";

/** What the bundle exports, by name: functions that may stop are generators here. */
export type Core = Record<string, any>;

/** One thread's copy of all modules: what is thread-local in a worker is local to it. */
export interface Instance {
  readonly exports: Core;
  save(): unknown[];
  restore(state: unknown[]): void;
}

/** A change of the source: what stands there once, and what stands there instead (`$1` for a group). */
export interface Patch {
  readonly find: string | RegExp;
  readonly put: string;
}

const require = createRequire(import.meta.url);

export class Source {
  private readonly text: string;
  private readonly instrumented: Instrumented;
  private readonly map: SourceMap;
  private readonly factory: (...args: unknown[]) => Instance;

  constructor(patches: readonly Patch[] = []) {
    this.map = new SourceMap(JSON.parse(readFileSync(new URL(`${CORE.href}.map`), "utf8")) as never);
    let text = readFileSync(CORE, "utf8").replace(/^\/\/# sourceMappingURL.*$/m, "");
    for (const { find, put } of patches) {
      const n =
        typeof find === "string" ? text.split(find).length - 1 : [...text.matchAll(new RegExp(find, "g"))].length;
      if (n !== 1)
        throw new Error(`the source has ${n} places that read ${find}: adjust the change to dist/check/core.js`);
      text = changed(text, find, put);
    }
    this.text = text;
    this.instrumented = instrument(text);
    const params = ["$vm", "$import", "$call", "$sync"];
    this.factory = compileFunction(this.instrumented.code, params, { filename: CORE.href }) as never;
  }

  /** A fresh copy of the modules for a thread of this machine. */
  instantiate(machine: Machine): Instance {
    const sync = (r: unknown): unknown => runNow(machine, r);
    return this.factory(machine, imported, call, sync);
  }

  /** `src/sched/runq.ts:73`, and the line as it is run. */
  place(site: number): Place {
    const { line, column } = this.instrumented.sites[site]!;
    const e = this.map.findEntry(line - 1, column) as { originalSource?: string; originalLine?: number };
    const at =
      e.originalSource === undefined
        ? `core.js:${line}`
        : `${e.originalSource.replace(/^(\.\.\/)+/, "")}:${e.originalLine! + 1}`;
    return { at, text: (this.text.split("\n")[line - 1] ?? "").trim() };
  }
}

/** The text with the change, and as many lines as before, so that what follows is where the map says. */
function changed(text: string, find: string | RegExp, put: string): string {
  const at = typeof find === "string" ? text.indexOf(find) : text.search(find);
  const to = typeof find === "string" ? text.replace(find, () => put) : text.replace(find, put);
  const length = typeof find === "string" ? find.length : find.exec(text)![0].length;
  const end = at + length + to.length - text.length;
  const lines = (s: string): number => s.split("\n").length;
  return to.slice(0, end) + "\n".repeat(Math.max(0, lines(text) - lines(to))) + to.slice(end);
}

/** Built-in modules; but a model prints nothing. */
function imported(name: string): unknown {
  const module = require(name) as object;
  const silent = name === "node:fs" ? { writeSync: (_fd: number, b: Uint8Array) => b.length } : {};
  return { default: module, ...module, ...silent };
}

/** What a call of a function that may stop returns. */
export function isBody(r: unknown): r is Body {
  return typeof r === "object" && r !== null && (r as Body)[Symbol.toStringTag as never] === "Generator";
}

/** A call of something out of a table: it may be a function that stops. */
function* call(self: any, f: unknown, ...args: unknown[]): Body {
  if (self === "?." && f === undefined) return undefined;
  // `o?.f()`
  const perhaps = typeof f === "string" && f.startsWith("?.");
  if (perhaps && (self === undefined || self === null)) return undefined;
  const name = perhaps ? f.slice(2) : (f as string);
  const fn = (typeof f === "function" ? f : self[name]) as (...a: unknown[]) => unknown;
  const r = fn.apply(self, args);
  return isBody(r) ? yield* r : r;
}

/** Carries out all operations of `r` at once. */
export function runNow(machine: Machine, r: unknown): unknown {
  if (!isBody(r)) return r;
  for (let v = 0; ;) {
    const next = r.next(v);
    if (next.done === true) return next.value;
    v = machine.now();
  }
}
