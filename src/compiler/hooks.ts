/**
 * The module hook for Nodes without `registerHooks`: runs on a thread of its own for each M (`module.register`), so here
 * waiting and asynchronous loading are allowed.
 *
 * It takes what the earlier loaders hand it (tsx, for instance); TypeScript that nobody handled it strips itself.
 */
import type { LoadFnOutput, LoadHook, ResolveHook } from "node:module";
import {
  inM,
  isOurs,
  isTypeScript,
  mayContainGoroutines,
  readSource,
  setCompiling,
  stripWith,
  transform,
  typeScriptTwin,
  type Tools,
} from "./load.js";

let tools: Tools | undefined;

async function loadTools(): Promise<void> {
  if (tools !== undefined) return;
  const [{ compile }, swc] = await Promise.all([import("./compile.js"), import("@swc/wasm-typescript")]);
  tools = { compile, strip: stripWith(swc.default ?? swc) };
}

export function initialize(data: { compile: boolean }): void {
  setCompiling(data.compile);
}

export const resolve: ResolveHook = async (specifier, context, next) => {
  try {
    return inM(await next(specifier, context));
  } catch (e) {
    const twin = typeScriptTwin(specifier, context.parentURL);
    if (twin === undefined) throw e;
    return next(twin, context);
  }
};

export const load: LoadHook = async (url, context, next) => {
  if (isOurs(url)) return next(url, context);
  let out: LoadFnOutput;
  try {
    out = await next(url, context);
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code !== "ERR_UNKNOWN_FILE_EXTENSION" || !isTypeScript(url)) throw e;
    out = { format: "module-typescript" as "module", source: readSource(url), shortCircuit: true };
  }
  const typed = (out.format as string | null)?.endsWith("-typescript") === true;
  if (!typed && out.format !== "module") return out;
  const source = typeof out.source === "string" ? out.source : Buffer.from(out.source as Uint8Array).toString("utf8");
  if (!typed && !mayContainGoroutines(source)) return out;
  // Made known before the cache asks: it must not wait for an import while it holds its lock.
  const needed = (): Tools => {
    if (tools === undefined) throw MISS;
    return tools;
  };
  for (;;) {
    try {
      return { ...out, format: "module", shortCircuit: true, source: transform(source, url, typed, needed) };
    } catch (e) {
      if (e !== MISS) throw e;
      await loadTools();
    }
  }
};
const MISS = Symbol("compiler not loaded yet");
