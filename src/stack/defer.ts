/**
 * Deferred calls: defer, recover, and the end of a function that has deferred something (Go: panic.go).
 *
 * Goal: Go's order and rules, compiled and uncompiled alike, and no cost for functions without a defer. A function with
 * one ends in `deferreturn`, whether it returns, panics or calls Goexit: the compiler puts the function's body in a try
 * and the call behind it (compiler/defers.ts), the driver of plain generators makes it when one has ended (native.ts).
 *
 * Go runs the deferred calls of a panic on top of the stack that panicked, and unwinds when one of them has recovered.
 * JavaScript unwinds first. Nobody can tell but by the trace, which is taken before: `panic` records it, as Errors do.
 *
 * deferreturn is a function in the compiled form (abi.ts), so that deferred calls may suspend and move:
 *   slot 1  calls that have not run      3  the panic for which they run
 *        2  what the function returns
 */
import { decode } from "../arena/value.js";
import { curg, mustg, SUSPEND } from "./current.js";
import { Defers, deferget, deferproc, deferput, pop } from "./deferlist.js";
import { FatalError, GOEXIT, GoPanic } from "./fatal.js";
import { type Compiled, type FuncObject, register } from "./funcs.js";
import { begin, frame } from "./native.js";
import { activate, claim, deactivate, Panic, recoverable, recovered, rethrow } from "./panics.js";
import { base, enter } from "./stack.js";
import { put } from "./trampoline.js";

/** How the body of the function ended: any other number is a return. */
export const THROWN = 1;
/** header and slots */
const FSZ = 4;
let id = 0;

export function initDefer(): void {
  id = register("gosched:deferreturn", "deferreturn", deferreturn, { params: 3, rest: false, file: "", lines: [] });
}

export const deferreturn: Compiled = (g, fp, pc, sent, calls, kind, held) => {
  let list: Defers;
  let result: unknown;
  let p: Panic | undefined;
  if (pc === 0) {
    if (kind === THROWN) {
      // Go's throw ends the program without running deferred calls.
      if (calls === undefined || held instanceof FatalError) throw held;
      p = claim(g, held);
    } else {
      if (calls === undefined) return held;
      result = held;
    }
    list = calls as Defers;
  } else {
    const b = base(g) + fp;
    list = deferget(b + 1)!;
    result = decode(b + 2);
    p = decode(b + 3) as Panic | undefined;
    if (p !== undefined) {
      deactivate(p);
      p.moved = true;
    }
    p = after(g, p, pc < 0, sent);
  }
  while (list.top !== 0) {
    const { f, args } = pop(list);
    if (p !== undefined) activate(p, fp + FSZ);
    let own: Deferred | undefined;
    let r: unknown;
    let failed = false;
    try {
      if (isPlain(f)) callPlain(f, args, (own = { panic: p, result }));
      else r = call(g, fp + FSZ, f, args);
    } catch (e) {
      failed = true;
      r = e;
    }
    if (own !== undefined) result = own.result;
    if (r === SUSPEND && !failed) {
      const b = enter(g, fp, FSZ, (id << 12) | 1);
      deferput(b + 1, list);
      put(b + 2, result);
      put(b + 3, p);
      return SUSPEND;
    }
    if (p !== undefined) deactivate(p);
    p = after(g, p, failed, r);
  }
  if (p !== undefined) rethrow(p);
  return result;
};

/** Which panic there is after a deferred call that was run for p (or because the function returned). */
function after(g: number, p: Panic | undefined, failed: boolean, e: unknown): Panic | undefined {
  if (failed) {
    if (e instanceof FatalError) throw e;
    const q = claim(g, e);
    let oldest = q;
    while (oldest.replaced !== undefined) oldest = oldest.replaced;
    if (oldest !== p) oldest.replaced = p;
    return q;
  }
  if (p?.recovered !== true) return p;
  // The function returns; a Goexit under way goes on.
  return p.exiting ? new Panic(g, GOEXIT) : undefined;
}

type Plain = (...args: unknown[]) => unknown;

/** What all generator functions inherit from. */
const GENERATOR: unknown = Object.getPrototypeOf(function* () {});

function isPlain(f: unknown): f is Plain {
  return (
    typeof f === "function" && (f as Partial<FuncObject>).$c === undefined && Object.getPrototypeOf(f) !== GENERATOR
  );
}

function call(g: number, fp: number, f: unknown, args: unknown[]): unknown {
  // Go: a nil function panics when it is called, not where it is deferred.
  if (f === undefined || f === null)
    throw new GoPanic("runtime error: invalid memory address or nil pointer dereference");
  const c = (f as Partial<FuncObject>).$c;
  // Without arguments, the most frequent: a spread call is slow.
  if (c !== undefined) return args.length === 0 ? c(g, fp, 0, undefined) : c(g, fp, 0, undefined, ...args);
  return begin(g, fp, (f as Plain)(...args) as Iterator<unknown, unknown>, true);
}

/** What a plain deferred function may ask for, and change. */
interface Deferred {
  readonly panic: Panic | undefined;
  result: unknown;
}
/** Of the one that runs. It cannot suspend, so one for each thread is enough. */
let plain: Deferred | undefined;

function callPlain(f: Plain, args: unknown[], own: Deferred): void {
  const outer = plain;
  plain = own;
  try {
    const r = args.length === 0 ? f() : f(...args);
    if (typeof r === "object" && r !== null && typeof (r as { next?: unknown }).next === "function")
      throw new TypeError(
        "defer: the deferred function returned a generator, which nobody runs: write defer(function* () { yield* ... })",
      );
  } finally {
    plain = outer;
  }
}

/**
 * Runs `f(...args)` when the surrounding goroutine function ends: when it returns, panics or calls `runtime.goexit`. Several
 * deferred calls run in reverse order. `f` and the arguments are evaluated now. Use it for what must happen in any case
 * (unlock, close, done); `try`/`finally` does the same where it fits. What `f` returns is discarded.
 *
 * `f` is a goroutine function, which may suspend; a generator function written in place, which gets the constants
 * that it uses by value and travels with the goroutine; or a plain function, which sees variables as they are when it runs and
 * pins the goroutine to its thread wherever it suspends meanwhile. Never suspends itself.
 *
 * Functions without a defer pay nothing. A fatal error (`FatalError`) ends the program without deferred calls, as in Go.
 *
 * @param f `undefined` or `null`: as in Go, the call panics with a nil dereference, not the defer
 * @throws TypeError if `f` is something else that is no function
 * @throws Error outside of a goroutine function, or in a plain function inside one
 * @example
 * const lines = goroutine(function* lines() {
 *   for (let i = 0; i < 3; i++) defer(println, "deferred", i);
 *   println("body");
 * });
 * yield* lines();
 * // Output:
 * // body
 * // deferred 2
 * // deferred 1
 * // deferred 0
 */
// Where no compiler replaced the call: inside a plain generator.
export function defer<A extends unknown[]>(f: ((...args: A) => unknown) | null | undefined, ...args: A): void {
  mustg("defer");
  if (frame?.own !== true)
    throw new Error("defer: not directly inside a goroutine function; there, call it as defer(f, ...args)");
  deferproc((frame.defers ??= new Defers()), f, ...args);
}

/**
 * Ends the panic for which the running deferred function was called, and returns what was thrown: the function that deferred
 * it returns to its caller, with `undefined` or what it has put into `returned`. Returns `undefined` when nothing panics, during
 * Goexit, and when it is not the deferred function itself that calls. Never suspends.
 *
 * A `catch` clause does the same without a deferred function; `recover` is for what is to be written once, where functions
 * share it.
 *
 * @example
 * const guard = goroutine(function* guard(what: string) {
 *   const e = recover();
 *   if (e !== undefined) println(`${what} failed: ${String(e)}`);
 * });
 * const work = goroutine(function* work() {
 *   defer(guard, "work");
 *   panic("no disk");
 * });
 * yield* work();
 * println("goes on");
 * // Output:
 * // work failed: no disk
 * // goes on
 */
// Where no compiler replaced the call: in plain functions, and inside plain generators.
export function recover(): unknown {
  const p = plain !== undefined ? plain.panic : frame !== undefined ? recoverable(curg, frame.fp) : undefined;
  return p === undefined || !calledDirectly(recover) ? undefined : recovered(p);
}

/** `recover()` written in a plain function that is deferred in place: only the runner of deferred calls can have called it. */
export function recoverplain(): unknown {
  return recovered(plain?.panic);
}

/**
 * In a deferred plain function: what the function that deferred it is going to return. Reading and assigning it is Go's
 * named result. Not in a deferred goroutine function: that one has its own copy of everything.
 *
 * @throws Error anywhere else
 * @example
 * const parse = goroutine(function* parse(text: string) {
 *   defer(() => {
 *     if (recover() !== undefined) returned.value = {};
 *   });
 *   return JSON.parse(text);
 * });
 * println(yield* parse("[1, 2]"), yield* parse("oops"));
 * // Output:
 * // [ 1, 2 ] {}
 */
export const returned = {
  // A deferred function knows the type, the compiler does not: it may stand anywhere.
  get value(): any {
    return inDeferred().result;
  },
  set value(v: any) {
    inDeferred().result = v;
  },
};

function inDeferred(): Deferred {
  if (plain === undefined)
    throw new Error("returned: not inside a deferred plain function; write defer(() => { returned.value = ... })");
  return plain;
}

/**
 * Was `recover` called by the deferred function itself, and not by a function that it called? Go compares frames; a plain
 * function has none of ours, so the engine's stack is looked at: the caller's caller must be who runs deferred
 * functions. Only while a panic is there, and where the compiler does not know it (\`recoverplain\`): it takes microseconds.
 */
function calledDirectly(f: (...args: never[]) => unknown): boolean {
  const { prepareStackTrace, stackTraceLimit } = Error;
  const at: { stack?: NodeJS.CallSite[] } = {};
  let sites: NodeJS.CallSite[];
  try {
    Error.prepareStackTrace = (_e, s) => s;
    Error.stackTraceLimit = 3;
    Error.captureStackTrace(at, f);
    sites = at.stack ?? [];
  } finally {
    Object.assign(Error, { prepareStackTrace, stackTraceLimit });
  }
  const is = (i: number, name: string): boolean =>
    sites[i]?.getFunctionName() === name && sites[i].getFileName() === import.meta.url;
  // A generator's caller is its method `next` or `throw`, which has no file.
  return is(1, "callPlain") || (typeof sites[1]?.getFileName() !== "string" && is(2, "drive"));
}
