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
import { passed } from "../stack/trampoline.js";
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

/** `name(...)` and its place, one frame of two lines as Go prints it. */
function frame(name: string, file: string, line: number): string {
  return `${name}(...)\n\t${pathOf(file)}:${line}`;
}

/** The spilled frames of g from fp outwards. */
export function spilledFrames(g: number, fp: number): string[] {
  const out: string[] = [];
  while (fp >= 0 && fp < I[g + G_STACKCAP]! && out.length < MAX_FRAMES) {
    const h = (I[g + G_STACK]! + fp) << 1;
    const id = I[h]! >>> 12;
    const pc = I[h]! & 0xfff;
    const meta = metas[id];
    if (meta !== undefined && meta.file !== "")
      out.push(frame(names[id] || "func", meta.file, meta.lines[pc === 0xfff ? 0 : pc] ?? meta.lines[0] ?? 0));
    if (fp === 0) break;
    const up = I[h + 1]!;
    if (up >= fp) break;
    fp = up;
  }
  return out;
}

/** The user's frames of a trace that the engine made. */
export function liveFrames(stack: unknown): string[] {
  if (typeof stack !== "string") return [];
  const out: string[] = [];
  for (const s of stack.split("\n")) {
    const m = /^\s+at (?:(?:async )?(.+?) \()?((?:file:\/\/|\/)[^)]*?):(\d+)(?::\d+)?\)?$/.exec(s);
    if (m === null || isOurs(m[2]!)) continue;
    out.push(frame(userName(m[1] ?? "func"), m[2]!.replace(/\?.*$/, ""), Number(m[3])));
  }
  return out.slice(0, MAX_FRAMES);
}

/** The engine's name of a compiled function, `Object.f$ [as $c]`, `f$$1` or `f$func1`, as the user wrote it: f, f.func1. */
function userName(s: string): string {
  return s
    .replace(/ \[as [^\]]*\]$/, "")
    .replace(/^(Object|Function|GeneratorFunction)\./, "")
    .replace(/\$+\d*$/, "")
    .replace(/\$func(?=\d)/g, ".func")
    .replace(/^\$+/, "");
}

/** Frames that an exception has left (trampoline.ts, `passed`). */
function passedFrames(rids: readonly number[]): string[] {
  const out: string[] = [];
  for (const rid of rids.slice(0, MAX_FRAMES)) {
    const meta = metas[rid >>> 12];
    if (meta !== undefined && meta.file !== "")
      out.push(frame(names[rid >>> 12] || "func", meta.file, meta.lines[rid & 0xfff] ?? meta.lines[0] ?? 0));
  }
  return out;
}

/** Frames of this package are not the user's. */
function isOurs(file: string): boolean {
  return (
    file.includes("node:") ||
    OWN.some((u) => file.startsWith(u) || file.startsWith(pathOf(u))) ||
    /[\\/]node_modules[\\/]piscina[\\/]/.test(file)
  );
}

function createdBy(g: number): string[] {
  const id = I[g + G_GOPC]!;
  const meta = metas[id];
  if (id === 0 || meta === undefined) return [];
  const line = I[g + G_GOPCLINE]!;
  return [`created by ${names[id]}\n\t${pathOf(meta.file)}${line > 0 ? `:${line}` : ""}`];
}

/** Go: `goroutine 7 [chan receive]:` */
export function goroutineheader(g: number, running: boolean): string {
  const s = I[g + G_STATUS]!;
  const state = running ? "running" : s === Gwaiting ? waitReasons[I[g + G_WAITREASON]!] || "waiting" : gstatusNames[s];
  const locked = I[g + G_LOCKEDM] !== 0 ? ", locked to thread" : "";
  return `goroutine ${goidOf(g)} [${state}${locked}]:`;
}

/** The report of one goroutine, as it stands. */
export function traceback(g: number): string {
  const top = I[g + G_TOP]!;
  return block(g, false, top >= 0 ? spilledFrames(g, top) : []);
}

/** The report of goroutine g, which ends here by exception e. */
export function tracebackpanic(g: number, e: unknown, p?: Panic): string {
  const live = liveFrames(p?.at?.stack ?? (e instanceof Error ? e.stack : undefined));
  const left = passedFrames(passed);
  const twice = p?.moved === true ? overlap(live, left) : 0;
  return block(g, true, [...live, ...left.slice(twice)].slice(0, MAX_FRAMES));
}

/**
 * After a deferred call that suspended, the panic passes frames that were running when it began: how many frames at the
 * start of `left` are those at the end of `live`. By function and file; the lines differ. In a recursion the most that fits.
 */
function overlap(live: readonly string[], left: readonly string[]): number {
  const key = (f: string | undefined): string | undefined => f?.replace(/:\d+$/, "");
  for (let n = Math.min(live.length, left.length); n > 0; n--)
    if (left.slice(0, n).every((f, i) => key(f) === key(live[live.length - n + i]))) return n;
  return 0;
}

function block(g: number, running: boolean, frames: string[]): string {
  if (frames.length === 0) frames.push(`${nameOf(g)}(...)`);
  return [goroutineheader(g, running), ...frames, ...createdBy(g)].join("\n");
}

/** All user goroutines but `except`, in order of their ids; at most `max`. */
export function tracebackothers(except: number, max = 1000): string[] {
  const gs: number[] = [];
  forEachObject(KIND_G, (g) => {
    const s = I[g + G_STATUS]!;
    if (g !== except && s !== Gdead && s !== Gidle && (I[g + G_FLAGS]! & G_SYSTEM) === 0) gs.push(g);
  });
  gs.sort((a, b) => goidOf(a) - goidOf(b));
  const out = gs.slice(0, max).map((g) => traceback(g));
  if (gs.length > max) out.push(`...${gs.length - max} more goroutines elided...`);
  return out;
}
