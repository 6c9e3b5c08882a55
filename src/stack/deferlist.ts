/**
 * The deferred calls of one activation of a function (Go: the `_defer` list in panic.go).
 *
 * Like all locals they are JavaScript objects while the goroutine runs: a defer in a function that does not suspend
 * costs two small objects. When it suspends, the calls that are not there yet go to a chain of objects in the arena, of
 * which the frame keeps the address: a call is written once, however often its function suspends.
 *
 *   slot 0  the call before, a handle; 0: none      slot 2     the function
 *        1  number of arguments                     3 ...      the arguments
 *
 * Rejected: the whole list at each suspension, as other locals (a loop of n rounds that defers and suspends would write n*n
 * calls); the chain from the start, as Go has it (an allocation in the arena is dearer than an object).
 *
 * All functions: the thread that runs the goroutine. Plain accesses: the chain belongs to the goroutine's frame.
 */
import { I } from "../arena/arena.js";
import { KIND_WORDS } from "../arena/layout.js";
import { mallocgc, mfree } from "../arena/malloc.js";
import { TAG_HANDLE } from "../arena/tags.js";
import { clear, decode, putNumber } from "../arena/value.js";
import { putSlow } from "./pin.js";

/** Handle kind of a chain, so that a collector can follow it. */
const HANDLE_DEFER = 32;
/** Slots in front of the arguments. */
const HEAD = 3;

/** A deferred call. `link`: the one before; a number: its address in the arena, 0: none. */
export interface Call {
  readonly f: unknown;
  readonly args: unknown[];
  link: Call | number;
}

export class Defers {
  top: Call | number;
  constructor(top: Call | number = 0) {
    this.top = top;
  }
}

/** The defer statement: function and arguments are evaluated now, called later. */
export function deferproc(list: Defers, f: unknown, ...args: unknown[]): void {
  if (typeof f !== "function" && f !== undefined && f !== null)
    throw new TypeError(`defer: ${typeof f === "object" ? "an object" : String(f)} is not a function`);
  list.top = { f, args, link: list.top };
}

/** Takes off the last call. There is one. */
export function pop(list: Defers): Call {
  const { top } = list;
  if (typeof top !== "number") {
    list.top = top.link;
    return top;
  }
  const s = top >> 1;
  const n = I[(s + 1) << 1]!;
  const f = decode(s + 2);
  const args: unknown[] = [];
  for (let i = 0; i < n; i++) args.push(decode(s + HEAD + i));
  list.top = I[top]!;
  mfree(top, (HEAD + n) * 8, KIND_WORDS);
  return { f, args, link: 0 };
}

function putLink(w: number, addr: number): void {
  I[(w << 1) + 1] = TAG_HANDLE | HANDLE_DEFER;
  I[w << 1] = addr;
}

/** Writes what is still in JavaScript to the arena, oldest first. Returns the address of the last call. */
function save(top: Call | number): number {
  const fresh: Call[] = [];
  while (typeof top !== "number") {
    fresh.push(top);
    top = top.link;
  }
  for (let i = fresh.length - 1; i >= 0; i--) {
    const { f, args } = fresh[i]!;
    const a = mallocgc((HEAD + args.length) * 8, KIND_WORDS);
    const s = a >> 1;
    putLink(s, top);
    putNumber(s + 1, args.length);
    // By reference, as locals: what cannot leave the thread pins the goroutine until the call has run.
    putSlow(s + 2, f);
    for (let k = 0; k < args.length; k++) putSlow(s + HEAD + k, args[k]);
    top = a;
  }
  return top;
}

/** Spills the list to slot w. */
export function deferput(w: number, list: Defers | undefined): void {
  if (list === undefined) clear(w);
  else putLink(w, save(list.top));
}

/** Gets it back. */
export function deferget(w: number): Defers | undefined {
  return I[(w << 1) + 1] === (TAG_HANDLE | HANDLE_DEFER) ? new Defers(I[w << 1]!) : undefined;
}
