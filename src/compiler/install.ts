/** Installs the module hook in this thread: `registerHooks` where it exists, else `register`. */
import * as nodeModule from "node:module";
import { HOOKS } from "../paths.js";
import {
  inM,
  isOurs,
  isTypeScript,
  readSource,
  requireTools,
  setCompiling,
  transform,
  typeScriptTwin,
  mayContainGoroutines,
} from "./load.js";

interface LoadResult {
  format: string | null | undefined;
  source?: string | ArrayBuffer | Uint8Array | undefined;
  shortCircuit?: boolean | undefined;
}
interface Resolved {
  url: string;
}
type Next<C, R> = (specifier: string, context?: C) => R;
interface SyncHooks {
  resolve(specifier: string, context: { parentURL?: string }, next: Next<unknown, Resolved>): Resolved;
  load(url: string, context: object, next: Next<object, LoadResult>): LoadResult;
}

/** Not in the types of the oldest Node that we support. */
const registerHooks = (nodeModule as unknown as { registerHooks?: (h: SyncHooks) => void }).registerHooks;

/** `compile` false: TypeScript is stripped where nobody else does, and that is all. */
export function installHook(compile: boolean): void {
  if (registerHooks === undefined) nodeModule.register(HOOKS, { data: { compile } });
  else {
    setCompiling(compile);
    registerHooks({ resolve, load });
  }
}

/** Mirrors hooks.ts, without waiting. */
function resolve(specifier: string, context: { parentURL?: string }, next: Next<unknown, Resolved>): Resolved {
  try {
    return inM(next(specifier, context));
  } catch (e) {
    const twin = typeScriptTwin(specifier, context.parentURL);
    if (twin === undefined) throw e;
    return next(twin, context);
  }
}

function load(url: string, context: object, next: Next<object, LoadResult>): LoadResult {
  if (isOurs(url)) return next(url, context);
  let out: LoadResult;
  try {
    out = next(url, context);
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code !== "ERR_UNKNOWN_FILE_EXTENSION" || !isTypeScript(url)) throw e;
    out = { format: "module-typescript", source: readSource(url), shortCircuit: true };
  }
  const typed = out.format?.endsWith("-typescript") === true;
  if (!typed && out.format !== "module") return out;
  const source =
    typeof out.source === "string"
      ? out.source
      : Buffer.from((out.source ?? readSource(url)) as Uint8Array).toString("utf8");
  if (!typed && !mayContainGoroutines(source)) return out;
  return { ...out, format: "module", shortCircuit: true, source: transform(source, url, typed, requireTools) };
}
