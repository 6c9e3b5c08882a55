/**
 * From a module as the loader has it to what an M runs: types stripped if nobody did it before, goroutine functions
 * compiled, through the cache. The compiler and the stripper are loaded only when the cache misses (100-200 ms).
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { ABI, COMPILER, INDEX, OWN, SUBPATHS } from "../paths.js";
import { cached } from "./cache.js";

/**
 * Part of the cache key: the compiler's own text, or, where the build has split it, the name of the chunk that holds it,
 * which is a hash of it. So a changed compiler never meets what another one left.
 */
let compilerText: string | undefined;
function compilerVersion(): string {
  return (compilerText ??= readFileSync(COMPILER, "utf8"));
}

export interface Tools {
  compile: (
    source: string,
    url: string,
    options: { runtimeUrl: string; specifiers: (s: string) => boolean },
  ) => { code: string };
  strip: (source: string, url: string) => string;
}

/**
 * The runtime's own modules pass untouched. The hook of older Nodes sees the imports of its own thread too, the compiler
 * among them: asking the compiler to compile itself would wait for ever.
 */
export function isOurs(url: string): boolean {
  return !url.startsWith("file:") || OWN.some((dir) => url.startsWith(dir));
}

/** An M has a bundle of its own, and imports of the package lead there. */
export function inM<R extends { url: string }>(found: R): R {
  const url = found.url === INDEX.href ? ABI.href : SUBPATHS.get(found.url);
  return url === undefined ? found : { ...found, url };
}

/** Modules that cannot contain a goroutine function are left alone without a parse. */
export function mayContainGoroutines(source: string): boolean {
  return source.includes("goroutine");
}

export function isTypeScript(url: string): boolean {
  return /\.[mc]?tsx?$/.test(url.replace(/[?#].*$/, ""));
}

/** `./x.js` imported by TypeScript means the file x.ts beside it; undefined where that rule does not apply. */
export function typeScriptTwin(specifier: string, parent = ""): string | undefined {
  if (!/^\.{1,2}\//.test(specifier) || !isTypeScript(parent) || !/\.[mc]?jsx?$/.test(specifier)) return undefined;
  return specifier.replace(/js(x?)$/, "ts$1");
}

/** Imports of the public API: by its name, or (this package's own examples and tests) by its file. */
function isGosched(specifier: string, url: string): boolean {
  if (specifier === "gosched") return true;
  if (!/^[./]|^file:/.test(specifier)) return false;
  try {
    return new URL(specifier, url).href === INDEX.href;
  } catch {
    return false;
  }
}

/** Uncompiled programs only have their types stripped. One setting for each thread that runs the hook. */
let compiling = true;
export function setCompiling(on: boolean): void {
  compiling = on;
}

/** The module to run for `source`. */
export function transform(source: string, url: string, typescript: boolean, tools: () => Tools): string {
  const goroutines = compiling && mayContainGoroutines(source);
  if (!goroutines && !typescript) return source;
  const what = goroutines ? "compiled" : "stripped";
  return cached([compilerVersion(), what, ABI.href, process.version, url, source], () => {
    const t = tools();
    const js = typescript ? t.strip(source, url) : source;
    return goroutines ? t.compile(js, url, { runtimeUrl: ABI.href, specifiers: (s) => isGosched(s, url) }).code : js;
  });
}

/** Removes types, keeping every line and column; syntax that is more than types (enums, namespaces) is transformed. */
export function stripWith(swc: typeof import("@swc/wasm-typescript")): Tools["strip"] {
  return (source, url) => {
    try {
      return swc.transformSync(source, { mode: "strip-only", filename: url }).code;
    } catch (e) {
      if ((e as { code?: string }).code !== "UnsupportedSyntax") throw named(e, url);
      return swc.transformSync(source, { mode: "transform", filename: url }).code;
    }
  };
}

function named(e: unknown, url: string): SyntaxError {
  const o = e as { message?: string; startLine?: number; startColumn?: number };
  const at = o.startLine === undefined ? "" : `:${o.startLine}:${o.startColumn ?? 0}`;
  return new SyntaxError(`${url}${at}: ${o.message ?? String(e)}`);
}

/** For the in-thread hook of newer Nodes, which must not wait: loads ES modules synchronously. */
export function requireTools(): Tools {
  const require = createRequire(import.meta.url);
  const { compile } = require(fileURLToPath(COMPILER)) as { compile: Tools["compile"] };
  return { compile, strip: stripWith(require("@swc/wasm-typescript") as typeof import("@swc/wasm-typescript")) };
}

export function readSource(url: string): string {
  return readFileSync(new URL(url), "utf8");
}
