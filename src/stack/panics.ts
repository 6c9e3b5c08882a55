/**
 * Panics in progress (Go: the `_panic` list in panic.go).
 *
 * Goal: what is thrown is the user's value itself, so that `catch` and `recover` see it, and a panic costs nothing until
 * somebody asks about it. What Go keeps beside the value (who may recover it, which panic it replaced, where it began)
 * is a record beside the exception. Rejected: wrapping what is thrown (every catch clause would have to unwrap), and
 * records in the arena (what is thrown is mostly an Error, which cannot leave its thread anyway).
 *
 * A record is in one of two places:
 *   - *in flight*: its exception is on its way through JavaScript frames. One for each thread is enough, for nothing else
 *     runs meanwhile. Who receives the exception claims the record, by goroutine and value; a catch clause of the
 *     user forgets it. A `finally` that suspends on the way may lose it to another goroutine's: then the report is
 *     shorter, not wrong.
 *   - *active*: deferred calls of a function run because of it. `recover` finds it by goroutine. While such a call is
 *     suspended, the frame of deferreturn keeps a reference to the record, which pins the goroutine to this thread.
 *
 * All of this is thread-local; the thread that runs the goroutine.
 */
import { curg } from "./current.js";
import { FatalError, GOEXIT } from "./fatal.js";

export class Panic {
  /** The frame of the deferred call that may recover it. */
  fp = -1;
  recovered = false;
  /** Its goroutine was suspended meanwhile: the frames of the callers are in the arena, and pass it once more. */
  moved = false;
  /** The panic or Goexit that it replaced (Go: link). */
  replaced: Panic | undefined;
  /** The active one of the same goroutine around it. */
  outer: Panic | undefined;

  constructor(
    readonly g: number,
    readonly value: unknown,
    /** Where `panic` was called, formatted when it is read; of what was thrown otherwise, an Error's own trace tells. */
    readonly at?: { readonly stack?: string },
  ) {}

  get goexit(): boolean {
    return this.value === GOEXIT;
  }

  /** Does it run above a Goexit, which goes on when it is recovered? */
  get exiting(): boolean {
    return this.goexit || (this.replaced?.exiting ?? false);
  }
}

let inFlight: Panic | undefined;
const active = new Map<number, Panic>();

/**
 * Throws `v`, any value: deferred calls run, then those of the callers, until one of them recovers or a `catch` clause of a
 * caller takes it. If nobody does, the program ends with Go's report (`panic: ...`, the goroutine's frames) and exit code 2.
 *
 * `throw v` is a panic too, and so are the errors of the engine. This function notes where it was called, for the report of a
 * value that has no trace of its own, as an Error has.
 *
 * @example
 * const f = goroutine(function* f() {
 *   panic({ code: 7 });
 * });
 * try {
 *   yield* f();
 * } catch (e) {
 *   println(e);
 * }
 * // Output:
 * // { code: 7 }
 */
export function panic(v: unknown): never {
  // A trace costs 5 to 20 us, nearly all of a panic.
  if (curg !== 0) inFlight = new Panic(curg, v, v instanceof Error ? undefined : new Error());
  throw v;
}

/** The record of an exception that has arrived; a new one if it has none. */
export function claim(g: number, e: unknown): Panic {
  const p = inFlight;
  inFlight = undefined;
  return p !== undefined && p.g === g && Object.is(p.value, e) ? p : new Panic(g, e);
}

/** The panics that it replaced and itself, oldest first. */
export function history(p: Panic): Panic[] {
  const out: Panic[] = [];
  for (let q: Panic | undefined = p; q !== undefined; q = q.replaced) out.unshift(q);
  return out;
}

/** Sends the panic on: its value is what is thrown. */
export function rethrow(p: Panic): never {
  inFlight = p;
  throw p.value;
}

/** Asked by each catch clause of compiled code: must it throw this again? If not, the panic is over. */
export function uncatchable(e: unknown): boolean {
  if (e === GOEXIT || e instanceof FatalError) return true;
  inFlight = undefined;
  return false;
}

/** A deferred call begins whose frame is at fp: it may recover p. */
export function activate(p: Panic, fp: number): void {
  p.fp = fp;
  p.outer = active.get(p.g);
  active.set(p.g, p);
}

/** It has ended. */
export function deactivate(p: Panic): void {
  if (p.outer === undefined) active.delete(p.g);
  else active.set(p.g, p.outer);
}

/** The panic that a deferred function with its frame at fp may recover. */
export function recoverable(g: number, fp: number): Panic | undefined {
  if (active.size === 0) return undefined;
  const p = active.get(g);
  return p !== undefined && p.fp === fp ? p : undefined;
}

/** Ends a panic; what `recover` returns. Goexit cannot be recovered. */
export function recovered(p: Panic | undefined): unknown {
  if (p === undefined || p.goexit || p.recovered) return undefined;
  p.recovered = true;
  return p.value;
}

/** `recover()` in a compiled goroutine function. */
export function gorecover(g: number, fp: number): unknown {
  return recovered(recoverable(g, fp));
}
