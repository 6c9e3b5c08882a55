/**
 * What a goroutine was doing, in the user's names, files and lines (Go: traceback.go).
 *
 * Suspended frames are read from the arena: each header names function and suspension point. Frames that are running are
 * on the JavaScript stack: the engine's own trace of the error has them. A goroutine resumed deep inside shows both.
 * Reads other threads' Gs without locks: a dump may be a moment old, never a crash.
 */
import { fileURLToPath } from "node:url";
import { I } from "../arena/arena.js";
import {
  G_GOPC,
  G_GOPCLINE,
  G_STACK,
  G_STACKCAP,
  G_STATUS,
  G_TOP,
  G_WAITREASON,
  G_FLAGS,
  G_SYSTEM,
  G_LOCKEDM,
  KIND_G,
} from "../arena/layout.js";
import { forEachObject } from "../arena/malloc.js";
import { OWN } from "../paths.js";
import { metas, names } from "../stack/funcs.js";
import type { Panic } from "../stack/panics.js";
import { enteredAt, passed } from "../stack/trampoline.js";
import { goidOf, nameOf } from "./gname.js";
import { gstatusNames } from "./gstatus.js";
import { Gdead, Gidle, Gwaiting } from "./status.js";
import { waitReasons } from "./waitreason.js";

/** Frames shown; Go's _TracebackMaxFrames. */
const MAX_FRAMES = 100;

export function pathOf(file: string): string {
  try {
    return file.startsWith("file:") ? fileURLToPath(file) : file;
  } catch {
    return file;
  }
}

/** A place in a program. */
export interface Frame {
  /** The goroutine function, or another function. */
  readonly name: string;
  /** Path; empty where it is not known. */
  readonly file: string;
  readonly line: number;
}

/** As Go prints it: `name(...)`, and its place on a second line. */
function frameText({ name, file, line }: Frame): string {
  return file === "" ? `${name}(...)` : `${name}(...)\n\t${file}:${line}`;
}

/** Suspension point `rid` of a user's function; undefined for one of ours. */
function frameOf(rid: number): Frame | undefined {
  const id = rid >>> 12;
  const pc = rid & 0xfff;
  const meta = metas[id];
  if (meta === undefined || meta.file === "") return undefined;
  const line = meta.lines[pc === 0xfff ? 0 : pc] ?? meta.lines[0] ?? 0;
  return { name: names[id] || "func", file: pathOf(meta.file), line };
}

/** The spilled frames of g from fp outwards. */
export function spilledFrames(g: number, fp: number): Frame[] {
  const out: Frame[] = [];
  while (fp >= 0 && fp < I[g + G_STACKCAP]! && out.length < MAX_FRAMES) {
    const h = (I[g + G_STACK]! + fp) << 1;
    const frame = frameOf(I[h]!);
    if (frame !== undefined) out.push(frame);
    if (fp === 0) break;
    const up = I[h + 1]!;
    if (up >= fp) break;
    fp = up;
  }
  return out;
}

/** The user's frames of a trace that the engine made. */
export function liveFrames(stack: unknown): Frame[] {
  if (typeof stack !== "string") return [];
  const out: Frame[] = [];
  for (const s of stack.split("\n")) {
    const m = /^\s+at (?:(?:async )?(.+?) \()?((?:file:\/\/|\/)[^)]*?):(\d+)(?::\d+)?\)?$/.exec(s);
    if (m === null || isOurs(m[2]!)) continue;
    out.push({ name: userName(m[1] ?? "func"), file: pathOf(m[2]!.replace(/\?.*$/, "")), line: Number(m[3]) });
  }
  return out.slice(0, MAX_FRAMES);
}

/** The engine's name of a compiled function, `Object.f$ [as $c]` (newer ones: `f.f$ [as $c]`), `f$$1` or `f$func1`, as the user wrote it: f, f.func1. */
function userName(s: string): string {
  return s
    .replace(/ \[as [^\]]*\]$/, "")
    .replace(/^(Object|Function|GeneratorFunction|.*(?=\.[^.]*\$))\./, "")
    .replace(/\$+\d*$/, "")
    .replace(/\$func(?=\d)/g, ".func")
    .replace(/^\$+/, "");
}

/** Frames that an exception has left (trampoline.ts, `passed`). */
function passedFrames(rids: readonly number[]): Frame[] {
  return rids.slice(0, MAX_FRAMES).flatMap((rid) => frameOf(rid) ?? []);
}

/** Frames of this package are not the user's. */
function isOurs(file: string): boolean {
  return (
    file.includes("node:") ||
    OWN.some((u) => file.startsWith(u) || file.startsWith(pathOf(u))) ||
    /[\\/]node_modules[\\/]piscina[\\/]/.test(file)
  );
}

/** A goroutine as a dump shows it. */
export interface GoroutineInfo {
  /** As of `runtime.goid()`; main is 1. */
  readonly id: number;
  /** The function that the go statement named. */
  readonly name: string;
  /** `running`, `runnable`, or why it waits: `chan receive`, `select`, `sync.Mutex.Lock`, ... */
  readonly state: string;
  /** Locked to its thread (LockOSThread). */
  readonly locked: boolean;
  /** Where it stands, innermost first. Of one that runs at this moment only its function is known. */
  readonly frames: readonly Frame[];
  /** The go statement that started it; undefined if the host did. `line` 0: uncompiled, not known. */
  readonly createdBy: Frame | undefined;
}

function createdBy(g: number): Frame | undefined {
  const id = I[g + G_GOPC]!;
  const meta = metas[id];
  if (id === 0 || meta === undefined) return undefined;
  return { name: names[id]!, file: pathOf(meta.file), line: I[g + G_GOPCLINE]! };
}

/** `frames`: of one that runs here, whose frames are not in the arena. */
export function infoOf(g: number, running?: readonly Frame[]): GoroutineInfo {
  const s = I[g + G_STATUS]!;
  const waits = s === Gwaiting ? waitReasons[I[g + G_WAITREASON]!] || "waiting" : gstatusNames[s];
  const top = I[g + G_TOP]!;
  const frames = running ?? (top >= 0 ? spilledFrames(g, top) : []);
  return {
    id: goidOf(g),
    name: nameOf(g),
    state: running !== undefined ? "running" : (waits ?? "unknown"),
    locked: I[g + G_LOCKEDM] !== 0,
    frames: frames.length > 0 ? frames : [{ name: nameOf(g), file: "", line: 0 }],
    createdBy: createdBy(g),
  };
}

/** Go: `goroutine 7 [chan receive]:`, its frames, `created by`. */
export function goroutineText({ id, state, locked, frames, createdBy }: GoroutineInfo): string {
  const by =
    createdBy === undefined
      ? []
      : [`created by ${createdBy.name}\n\t${createdBy.file}${createdBy.line > 0 ? `:${createdBy.line}` : ""}`];
  const head = `goroutine ${id} [${state}${locked ? ", locked to thread" : ""}]:`;
  return [head, ...frames.map(frameText), ...by].join("\n");
}

/** The report of one goroutine, as it stands. */
export function traceback(g: number): string {
  return goroutineText(infoOf(g));
}

/** The report of goroutine g, which ends here by exception e. */
export function tracebackpanic(g: number, e: unknown, p?: Panic): string {
  const live = liveFrames(p?.at?.stack ?? (e instanceof Error ? e.stack : undefined));
  const left = passedFrames(passed);
  const twice = p?.moved === true ? overlap(live, left) : 0;
  return goroutineText(infoOf(g, [...live, ...left.slice(twice)].slice(0, MAX_FRAMES)));
}

/**
 * After a deferred call that suspended, the panic passes frames that were running when it began: how many frames at the
 * start of `left` are those at the end of `live`. By function and file; the lines differ. In a recursion the most that fits.
 */
function overlap(live: readonly Frame[], left: readonly Frame[]): number {
  const same = (a: Frame, b: Frame): boolean => a.name === b.name && a.file === b.file;
  for (let n = Math.min(live.length, left.length); n > 0; n--)
    if (left.slice(0, n).every((f, i) => same(f, live[live.length - n + i]!))) return n;
  return 0;
}

/** Frames of the running goroutine from where it is called: those on the JavaScript stack, then those still in the arena. */
export function callers(g: number, skip: (...args: never[]) => unknown): Frame[] {
  const { stackTraceLimit } = Error;
  const at: { stack?: string } = {};
  Error.stackTraceLimit = MAX_FRAMES;
  Error.captureStackTrace(at, skip);
  Error.stackTraceLimit = stackTraceLimit;
  const fp = enteredAt();
  // The header of the frame that the trampoline entered names its caller.
  const outer = fp === 0 ? [] : spilledFrames(g, I[((I[g + G_STACK]! + fp) << 1) + 1]!);
  return [...liveFrames(at.stack), ...outer].slice(0, MAX_FRAMES);
}

/** All user goroutines but `except`, in order of their ids. */
export function goroutines(except: number): number[] {
  const gs: number[] = [];
  forEachObject(KIND_G, (g) => {
    const s = I[g + G_STATUS]!;
    if (g !== except && s !== Gdead && s !== Gidle && (I[g + G_FLAGS]! & G_SYSTEM) === 0) gs.push(g);
  });
  return gs.sort((a, b) => goidOf(a) - goidOf(b));
}

/** Their reports; at most `max`. */
export function tracebackothers(except: number, max = 1000): string[] {
  const gs = goroutines(except);
  const out = gs.slice(0, max).map((g) => traceback(g));
  if (gs.length > max) out.push(`...${gs.length - max} more goroutines elided...`);
  return out;
}
