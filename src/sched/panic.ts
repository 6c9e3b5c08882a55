/**
 * The end of a program gone wrong (Go: panic.go, `throw` and `fatalpanic`): the report on stderr in Go's form, the host is
 * told, all threads stop. The first thread to get here reports; exit code 2.
 */
import { writeSync } from "node:fs";
import { inspect } from "node:util";
import { I } from "../arena/arena.js";
import { add, cas, load, notify, store } from "../arena/atomics.js";
import {
  ALLM,
  H_EXIT,
  H_STATE,
  M_NOTE,
  M_SIZE,
  S_MNEXT,
  S_PANICKING,
  S_STOPNOTE,
  S_SYSMONNOTE,
  STATE_STOPPING,
} from "../arena/layout.js";
import { curg } from "../stack/current.js";
import { FatalError, GoPanic } from "../stack/fatal.js";
import { claim, history, type Panic } from "../stack/panics.js";
import { preempt } from "../stack/guard.js";
import { post } from "./hostlink.js";
import { tracebackothers, tracebackpanic } from "./traceback.js";

/** Writes all of it, from any thread, in order; a full pipe is waited for. */
export function writeAll(fd: number, s: string | Uint8Array): void {
  let b = typeof s === "string" ? Buffer.from(s) : s;
  while (b.length > 0) {
    try {
      b = b.subarray(writeSync(fd, b));
    } catch (e) {
      const code = (e as NodeJS.ErrnoException).code;
      if (code === "EAGAIN") Atomics.wait(SLEEP, 0, 0, 1);
      else if (code === "EPIPE")
        return; // the reader has gone: nobody to tell
      else throw e;
    }
  }
}
const SLEEP = new Int32Array(new SharedArrayBuffer(4));

/**
 * Stops all Ms: those that sleep are woken, those that run see the state between two goroutines, and goroutines that loop are
 * asked to give way. Any thread.
 */
export function stopAll(): void {
  store(H_STATE, STATE_STOPPING);
  for (let i = 0, n = load(S_MNEXT); i < n; i++) {
    preempt(ALLM + i * M_SIZE);
    wakeForStop(ALLM + i * M_SIZE + M_NOTE);
  }
  wakeForStop(S_STOPNOTE);
  add(S_SYSMONNOTE, 1);
  notify(S_SYSMONNOTE, 1);
}

function wakeForStop(note: number): void {
  // Until it is odd: a poke (note.ts) may come between.
  for (let v = load(note); (v & 1) === 0 && !cas(note, v, (v + 1) | 0); v = load(note));
  notify(note, 1);
}

function report(kind: "panic" | "fatal", head: string, message: string, error: unknown, trace: string[]): void {
  if (!cas(S_PANICKING, 0, 1)) return;
  cas(H_EXIT, 0, 2);
  writeAll(2, `${head}\n\n${trace.join("\n\n")}${trace.length > 0 ? "\n" : ""}`);
  try {
    post(error === undefined ? { t: "fatal", kind, message } : { t: "fatal", kind, message, error });
  } catch {
    // What was thrown cannot cross threads; its text can.
    post({ t: "fatal", kind, message });
  }
  stopAll();
}

/** Go's throw. Does not return control to goroutines: the runtime stops. Holds no lock when called. */
export function fatal(message: string, before = "", e?: unknown): void {
  const head = `${before === "" ? "" : `${before}\n`}fatal error: ${message}`;
  const trace = curg !== 0 && e !== undefined ? [tracebackpanic(curg, e)] : [];
  report("fatal", head, message, undefined, [...trace, ...tracebackothers(curg)]);
}

/** What Go prints after `panic: `: the text of an error, of what has a text (Go: Stringer), of a string; else a picture of it. */
export function panicText(e: unknown): string {
  try {
    if (e instanceof GoPanic) return e.message;
    if (e instanceof Error) return e.name === "Error" ? e.message : `${e.name}: ${e.message}`;
    if (typeof e === "object" && e !== null && hasText(e)) return String(e);
  } catch {
    // Its own text cannot be had.
  }
  return typeof e === "string" ? e : inspect(e, { breakLength: Infinity });
}

/** Does it have a toString that the user wrote? */
function hasText(e: object): boolean {
  const f: unknown = (e as { toString?: unknown }).toString;
  return typeof f === "function" && !/\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(f));
}

/** The panic and those that it replaced (Go: printpanics). A Goexit among them says nothing. */
function panicHead(p: Panic): string {
  return history(p)
    .filter((q) => !q.goexit)
    .map((q) => `panic: ${panicText(q.value)}${q.recovered ? " [recovered]" : ""}`)
    .join("\n\t");
}

/** An exception left goroutine g uncaught. */
export function fatalpanic(g: number, e: unknown): void {
  if (e instanceof FatalError) {
    fatal(e.message, e.before, e);
    return;
  }
  const p = claim(g, e);
  report("panic", panicHead(p), panicText(e), e, [tracebackpanic(g, e, p)]);
}

/** The process-wide exit code of a fatal error, 0 if none. */
export function exitCode(): number {
  return I[H_EXIT]!;
}
