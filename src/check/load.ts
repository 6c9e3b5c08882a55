/** The real source of the runtime, made ready for the machine: loaded, perhaps with a seeded bug, and instrumented. */
import { readFileSync } from "node:fs";
import { createRequire, SourceMap } from "node:module";
import { compileFunction } from "node:vm";
import { CORE } from "../paths.js";
import { instrument, type Instrumented } from "./instrument.js";
import type { Body, Machine } from "./machine.js";

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
    this.text = readFileSync(CORE, "utf8").replace(/^\/\/# sourceMappingURL.*$/m, "");
    this.map = new SourceMap(JSON.parse(readFileSync(new URL(`${CORE.href}.map`), "utf8")) as never);
    let text = this.text;
    for (const { find, put } of patches) {
      const n =
        typeof find === "string" ? text.split(find).length - 1 : [...text.matchAll(new RegExp(find, "g"))].length;
      if (n !== 1)
        throw new Error(`the source has ${n} places that read ${find}: adjust the change to dist/check/core.js`);
      text = typeof find === "string" ? text.replace(find, () => put) : text.replace(find, put);
    }
    this.instrumented = instrument(text);
    const params = ["$vm", "$import", "$call", "$sync"];
    this.factory = compileFunction(this.instrumented.code, params, { filename: CORE.href }) as never;
  }

  /** A fresh copy of the modules for a thread of this machine. */
  instantiate(machine: Machine): Instance {
    const sync = (r: unknown): unknown => runNow(machine, r);
    return this.factory(machine, imported, call, sync);
  }

  /** `src/sched/runq.ts:73` */
  place(site: number): string {
    const at = this.instrumented.sites[site];
    if (at === undefined || site === 0) return "?";
    const e = this.map.findEntry(at.line - 1, at.column) as { originalSource?: string; originalLine?: number };
    if (e.originalSource === undefined) return `core.js:${at.line}`;
    return `${e.originalSource.replace(/^(\.\.\/)+/, "")}:${e.originalLine! + 1}`;
  }

  /** The line of source at a site, for reports. */
  line(site: number): string {
    const at = this.instrumented.sites[site];
    return at === undefined ? "" : (this.text.split("\n")[at.line - 1] ?? "").trim();
  }
}

/** Built-in modules; but a model prints nothing. */
function imported(name: string): unknown {
  const module = require(name) as object;
  return name === "node:fs" ? { ...module, writeSync: (_fd: number, b: Uint8Array) => b.length } : module;
}

/** What a call of a function that may stop returns. */
export function isBody(r: unknown): r is Body {
  return typeof r === "object" && r !== null && (r as Body)[Symbol.toStringTag as never] === "Generator";
}

/** A call of something out of a table: it may be a function that stops. */
function* call(self: any, f: unknown, ...args: unknown[]): Body {
  if (self === "?." && f === undefined) return undefined;
  const fn = (typeof f === "function" ? f : self[f as string]) as (...a: unknown[]) => unknown;
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
