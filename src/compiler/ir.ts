/**
 * The form between the syntax tree and the emitted text: statements whose expressions are in order, structure kept.
 *
 * A statement without a suspension is one `code` node that refers back to the source; only what contains a suspension
 * point is taken apart. Text is made of fragments: literal text, pieces of the source (with substitutions for the
 * operands that were computed before), and references to locals, so that liveness can be read off the same thing that
 * is printed.
 */
import type { Node } from "./ast.js";
import type { Local } from "./locals.js";
import type { GoFn } from "./gofn.js";
import type { Stretch } from "./stretch.js";

/** A piece of the source, printed on its own lines; `subst` replaces some of the nodes inside. */
export interface SourcePart {
  readonly node: Node;
  readonly subst?: ReadonlyMap<Node, Frag>;
}
export type Part =
  | string
  | SourcePart
  /** A local by its plain name; `assigned`: only its place is meant, not its value. */
  | { readonly local: Local; readonly assigned?: true }
  /** The size of the frame. */
  | { readonly fsz: true }
  /** From here on source pieces stay on the current line: they are printed ahead of their place. */
  | { readonly ahead: boolean };
export type Frag = readonly Part[];

/** A way out of a statement other than its end. `to` is the loop, switch or labelled statement. */
export interface Jump {
  readonly kind: "break" | "continue" | "return";
  readonly to: object | undefined;
}

interface Ranged {
  /** First and last point inside; 0 when there is none. Contiguous, because points are numbered in this order. */
  lo: number;
  hi: number;
}

export interface Code extends Ranged {
  readonly type: "code";
  readonly frag: Frag;
  /** Certainly assigned, whatever the values were before. */
  readonly kills: readonly Local[];
  readonly jumps: readonly Jump[];
  /** Runs in every activation, also on the way back to a point: a function declaration. */
  readonly always: boolean;
  /** Used beside what the text names. */
  readonly also: readonly Local[];
  /** Control never goes on behind it. */
  readonly ends: boolean;
}

/** `$sent = call; if it is SUSPEND, spill and leave`. */
export interface Point extends Ranged {
  readonly type: "point";
  /** The check in front of a loop's body: no call, only a look whether the goroutine is to give way. */
  readonly check: boolean;
  k: number;
  /** Statements that find the callee. */
  readonly prepare: Frag;
  readonly call: Frag;
  readonly line: number;
  readonly pos: number;
  /** Inside a try of this function: an exception must be thrown right here. */
  readonly inTry: boolean;
  live: Local[];
}

/** Where the text of an inline goroutine function stands; entered once, at load time, to fetch it. */
export interface Def extends Ranged {
  readonly type: "def";
  k: number;
  readonly fn: GoFn;
}

export interface Seq extends Ranged {
  readonly type: "seq";
  readonly list: Stmt[];
  /** Emit braces: it was a block, or it has to be one. */
  readonly braces: boolean;
  /** Locals with a binding for each entry of this block, because closures keep them: see locals.ts. */
  readonly own: readonly Local[];
  /** Copies of outer locals for the closures inside, one for each entry. */
  readonly copies: readonly Local[];
  /** Position of the closing brace. */
  readonly end?: number;
}

export interface If extends Ranged {
  readonly type: "if";
  readonly test: Frag;
  readonly cons: Stmt;
  readonly alt: Stmt | undefined;
}

/** `for (; test; update) body` or, with `post`, `do body while (test)`. The body begins with the check. */
export interface Loop extends Ranged {
  readonly type: "loop";
  readonly check: Point;
  /** Undefined: contains a suspension, and looks in each round (stretch.ts). */
  readonly stretch: Stretch | undefined;
  readonly key: object;
  readonly label: string;
  readonly test: Frag | undefined;
  readonly update: Frag | undefined;
  readonly post: boolean;
  readonly body: Seq;
}

export interface Labeled extends Ranged {
  readonly type: "labeled";
  readonly key: object;
  readonly label: string;
  readonly body: Stmt;
}

export interface SwitchCase {
  /** Text of the label, such as `case 1:`. */
  readonly label: Frag;
  /** What to switch on to re-enter this case. */
  readonly entry: Frag;
  readonly body: Seq;
}

export interface Switch extends Ranged {
  readonly type: "switch";
  readonly key: object;
  readonly label: string;
  readonly value: Frag;
  readonly cases: readonly SwitchCase[];
  readonly hasDefault: boolean;
  readonly end: number;
}

/** A native try. The catch and finally of it never suspend: those that do are taken out by the lowering. */
export interface Try extends Ranged {
  readonly type: "try";
  readonly body: Stmt;
  /** The whole catch clause. */
  readonly handler: Code | undefined;
  /** The block of the finally; it must not run when the function only suspends. */
  readonly finalizer: Code | undefined;
}

export type Stmt = Code | Point | Def | Seq | If | Loop | Labeled | Switch | Try;

export const src = (node: Node, subst?: ReadonlyMap<Node, Frag>): Frag =>
  subst === undefined || subst.size === 0 ? [{ node }] : [{ node, subst }];
export const ref = (local: Local): Part => ({ local });
export const def = (local: Local): Part => ({ local, assigned: true });

export interface CodeOptions {
  readonly kills?: readonly Local[];
  readonly jumps?: readonly Jump[];
  readonly always?: boolean;
  readonly also?: readonly Local[];
  readonly ends?: boolean;
}

export function code(frag: Frag, options: CodeOptions = {}): Code {
  const { kills = [], jumps = [], always = false, also = [], ends = false } = options;
  return { type: "code", frag, kills, jumps, always, also, ends, lo: 0, hi: 0 };
}

/** `local = (frag);` */
export function assign(local: Local, frag: Frag): Code {
  return code([def(local), " = (", ...frag, ");"], { kills: [local] });
}

export interface SeqOptions {
  readonly braces?: boolean;
  readonly own?: readonly Local[];
  readonly copies?: readonly Local[];
  readonly end?: number;
}

export function seq(list: Stmt[], options: SeqOptions = {}): Seq {
  const { braces = false, own = [], copies = [], end } = options;
  const base = { type: "seq" as const, list, own, copies, lo: 0, hi: 0 };
  return { ...base, braces: braces || own.length > 0 || copies.length > 0, ...(end === undefined ? {} : { end }) };
}

/** A loop; `make` lowers its body, in front of which the check is put. */
export function loopOf(
  key: Node,
  line: number,
  parts: {
    label: string;
    test?: Frag | undefined;
    stretch?: Stretch | undefined;
    update?: Frag | undefined;
    post?: boolean;
  },
  body: Seq,
): Loop {
  const ranged = { lo: 0, hi: 0 };
  const point = { type: "point", k: 0, prepare: [], call: [], line, pos: key.start, inTry: false, live: [] } as const;
  const check: Point = { ...point, ...ranged, check: true, live: [] };
  const { label, test, stretch, update, post = false } = parts;
  return { type: "loop", key, check, stretch, label, test, update, post, body: seq([check, body]), ...ranged };
}

/** The statements directly inside. */
export function inner(s: Stmt): Stmt[] {
  switch (s.type) {
    case "seq":
      return s.list;
    case "if":
      return s.alt ? [s.cons, s.alt] : [s.cons];
    case "loop":
    case "labeled":
      return [s.body];
    case "switch":
      return s.cases.map((c) => c.body);
    case "try":
      return [s.body];
    default:
      return [];
  }
}

/** Numbers the points in order and gives every statement its range. Returns the number of points. */
export function number(s: Stmt, next = 1): number {
  const first = next;
  if (s.type === "point" || s.type === "def") s.k = next++;
  else for (const child of inner(s)) next = number(child, next);
  s.lo = next > first ? first : 0;
  s.hi = next > first ? next - 1 : 0;
  return next;
}

/** A finished value that nothing can change any more. */
export function isTemp(frag: Frag): boolean {
  return frag.length === 1 && typeof frag[0] === "object" && "local" in frag[0];
}

/** A frag as an operand inside emitted text: `(a, b)` keeps its parentheses. */
export function operand(frag: Frag): Frag {
  const only = frag[0];
  if (frag.length === 1 && typeof only === "object" && "node" in only) {
    const type = only.node.type;
    if (type === "Identifier" || type === "Literal" || type === "MemberExpression" || type === "CallExpression")
      return frag;
    return ["(", ...frag, ")"];
  }
  return isTemp(frag) || (frag.length === 1 && typeof only === "string") ? frag : ["(", ...frag, ")"];
}
