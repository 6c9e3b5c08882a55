/**
 * `select` as users call it: its types, and how its cases are read.
 *
 * Why an object of named cases, and a result that says which: the name stands beside the channel and again where the case is
 * handled, the type checker knows what each case carries, and nothing is numbered. Rejected: a list of cases with an index
 * as result (whoever adds a case renumbers the handlers), and a callback for each case (a callback cannot suspend).
 *
 * Reading an object costs 12 ns a case, more than the select itself. So where the cases are written in place, as they nearly
 * always are, the compiler passes them one by one to `$s` and its kin and no object is made (compiler/select.ts); the two forms
 * differ in nothing else.
 */
import { SELECT_RECV, SELECT_SEND } from "../arena/layout.js";
import { Handle } from "../arena/value.js";
import { type Suspend } from "../stack/current.js";
import { builtin } from "../stack/native.js";
import type { Chan, SendCase } from "./chan.js";
import { empty, full } from "./hchan.js";
import {
  begin,
  DEFAULT,
  forget,
  nameOfCase,
  type Outcome,
  selectgo,
  selectnbrecv,
  selectnbsend,
  setcase,
} from "./selectgo.js";

/** The cases of a `select`, by name: a channel receives from it, `ch.onSend(v)` sends v, `default: true` does not wait. */
export type SelectCases<C> = { readonly [Name in keyof C]: Name extends "default" ? true : Chan<unknown> | SendCase };

type Result<Name, C> =
  C extends Chan<infer T>
    ? | { readonly case: Name; readonly value: T; readonly ok: true }
      | { readonly case: Name; readonly value: undefined; readonly ok: false }
    : C extends SendCase
      ? { readonly case: Name; readonly value: undefined; readonly ok: true }
      : C extends true
        ? { readonly case: Name; readonly value: undefined; readonly ok: false }
        : never;

/** What a `select` over the cases C comes to: a union, told apart by `case`. */
export type Selected<C> = { [Name in keyof C]-?: Result<Name extends number ? `${Name}` : Name, C[Name]> }[keyof C];

type Select = <const C extends SelectCases<C>>(
  cases: C & (C extends readonly unknown[] ? never : unknown),
) => Generator<Suspend, Selected<C>, unknown>;

/**
 * `yield* select({ name: case, ... })`: waits until one of several channel operations is possible, and does that one.
 *
 * A case is a channel, to receive from it, or `ch.onSend(v)`. If several are possible, one of them is chosen at random. The
 * result has the name of the case in `case`, the received value in `value`, and in `ok` whether a value was received
 * or sent: `ok` is false when the channel is closed and drained. TypeScript knows the value's type once `case`
 * has been compared, and `ok` where a closed channel matters.
 *
 * `default: true` makes it a question: if nothing is possible now, the result's `case` is `"default"`. Then it never suspends.
 * A nil channel (`Chan.nil()`) is never ready, which disables its case. `select({})` waits for ever.
 *
 * The algorithm is that of Go's runtime/select.go, with a first pass that locks one channel at a time.
 *
 * Take what you need out of the result before the next `yield*`: objects that live across a suspension keep the goroutine
 * on its thread. Names are kept as long as the runtime lives, so do not make up new ones all the time.
 *
 * @throws GoPanic `send on closed channel`, if a case that sends is chosen and its channel is closed
 * @throws TypeError if a case is neither of both, or a value to send cannot cross threads; it names the case or what
 * @example
 * const words = chan<string>();
 * const quit = chan<void>();
 * go(function* () {
 *   yield* words.send("hello");
 *   quit.close();
 * });
 * for (;;) {
 *   const r = yield* select({ word: words, quit });
 *   if (r.case === "quit") break;
 *   println(r.value);
 * }
 *
 * const slot = chan<number>(1);
 * println((yield* select({ filled: slot.onSend(7), default: true })).case);
 * println((yield* select({ filled: slot.onSend(8), default: true })).case);
 * // Output:
 * // hello
 * // filled
 * // default
 */
export const select = Object.assign(
  builtin("select", (g, _fp, _pc, _sent, cases) => {
    const block = collect(cases);
    return selectgo(g, own.length, block);
  }),
  {
    /** The compiled form of up to four cases written in place. @internal */
    $s(
      g: number,
      _fp: number,
      _pc: number,
      _sent: undefined,
      site: Site,
      v0: Case,
      v1: Case,
      v2: Case,
      v3: Case,
    ): unknown {
      return selectgo(g, readSite(site, v0, v1, v2, v3), true);
    },
    /** The compiled form of up to four cases written in place, and a default. @internal */
    $poll(g: number, site: Site, v0: Case, v1: Case, v2: Case, v3: Case): unknown {
      return selectgo(g, readSite(site, v0, v1, v2, v3), false);
    },
    /**
     * The compiled form of one case and a default. The answer no takes no lock and no call: V8 compiles this into the loop that
     * asks. @internal
     */
    $nb(name: string, v: Case): Outcome {
      if (v?.$way === SELECT_RECV) return empty(v.addr) ? DEFAULT : selectnbrecv(name, v.addr);
      return nbother(name, v);
    },
    /** The same of `ch.onSend(v)`, which is no object then: two kinds in one variable cost as much as all the rest. @internal */
    $nbsend(name: string, c: Chan<unknown>, v: unknown): Outcome {
      if (c?.$way === SELECT_RECV) return full(c.addr) ? DEFAULT : selectnbsend(name, c.addr, v);
      // Something else with such a method.
      return nbother(name, (c as Chan<unknown>).onSend(v));
    },
  },
) as unknown as Select;

/** What the compiler knows of a select: made once a thread, when the module is loaded. */
interface Site {
  readonly names: readonly string[];
  /** Numbers of the names, empty until it has to wait for the first time. */
  readonly ids: number[];
}

type Case = Chan<unknown> | SendCase;

/** The names of a select whose cases come in an object. */
const own: string[] = [];
const ownIds: number[] = [];

/** Reads the cases. Returns whether there is no default. */
function collect(cases: unknown): boolean {
  if (typeof cases !== "object" || cases === null || Array.isArray(cases) || cases instanceof Handle)
    throw new TypeError(`select: ${what(cases)} is no set of cases; write select({ name: channel, ... })`);
  let block = true;
  own.length = 0;
  ownIds.length = 0;
  begin(own, ownIds);
  for (const name in cases) {
    const c = (cases as Record<string, unknown>)[name];
    if (name !== "default") read(own.push(name) - 1, c as Case);
    else if (c === true) block = false;
    else throw new TypeError(`select: default is ${what(c)}; write default: true, or leave it out`);
  }
  return block;
}

function nbother(name: string, v: Case): Outcome {
  const way = v?.$way;
  if (way === SELECT_RECV) return selectnbrecv(name, v.addr);
  if (way === SELECT_SEND) return selectnbsend(name, v.addr, (v as SendCase).value);
  return bad(name, v);
}

/** The cases of a site. Returns how many. */
function readSite(site: Site, v0: Case, v1: Case, v2: Case, v3: Case): number {
  const n = site.names.length;
  begin(site.names, site.ids);
  read(0, v0);
  if (n > 1) read(1, v1);
  if (n > 2) read(2, v2);
  if (n > 3) read(3, v3);
  return n;
}

/** Case i. */
function read(i: number, c: Case): void {
  // A mark and not `instanceof`, which costs 10 ns where it meets two classes.
  const way = c?.$way;
  if (way === SELECT_RECV) setcase(i, c.addr, SELECT_RECV, undefined);
  else if (way === SELECT_SEND) setcase(i, c.addr, SELECT_SEND, (c as SendCase).value);
  else bad(nameOfCase(i), c);
}

function bad(name: string, c: unknown): never {
  forget();
  throw new TypeError(
    `select: case ${name} is ${what(c)}; use a channel to receive, ch.onSend(value) to send, Chan.nil() to disable it`,
  );
}

function what(v: unknown): string {
  if (v === null || (typeof v !== "object" && typeof v !== "function" && typeof v !== "string")) return String(v);
  if (Array.isArray(v)) return "an array";
  if (typeof v !== "object") return `a ${typeof v}`;
  if (typeof (v as { next?: unknown }).next === "function") return "a generator (of a recv() or send() too many?)";
  const name = (v.constructor as { name?: string } | undefined)?.name;
  return name === undefined || name === "" || name === "Object" ? "an object" : `a ${name}`;
}
