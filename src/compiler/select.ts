/**
 * `select({ name: case, ... })` with its cases written in place: passed as arguments, no object is made and read again
 * (chan/select.ts, `$s`, `$poll`, `$nb` and `$nbsend`). What is not as simple as that keeps its object.
 *
 * With a default it never suspends. Then it is no suspension point, but an expression like another: nothing is kept around
 * it, and V8 compiles it into the loop in which it nearly always stands.
 */
import type * as acorn from "acorn";
import type { Node } from "./ast.js";
import type { Imports } from "./find.js";
import type { GoFn } from "./gofn.js";
import { type Frag, operand, src } from "./ir.js";
import type { Edit } from "./print.js";

/** `$s` takes so many. */
const MAX_CASES = 4;

export interface Cases {
  readonly callee: Node;
  readonly names: readonly string[];
  readonly values: readonly Node[];
  readonly block: boolean;
}

/** The constants of a module's selects, for its first line. */
export class SelectSites {
  private readonly names = new Map<string, string>();

  constructor(private readonly fresh: (base: string) => string) {}

  /** The emitted name of what `$s` and `$poll` want to know of a select; those with the same cases share it. */
  site(names: readonly string[]): string {
    const text = `{ names: ${JSON.stringify(names)}, ids: [] }`;
    let emitted = this.names.get(text);
    if (emitted === undefined) this.names.set(text, (emitted = this.fresh("$select")));
    return emitted;
  }

  head(): string {
    return [...this.names].map(([text, emitted]) => `const ${emitted} = ${text}; `).join("");
  }
}

/** The cases of `yield* select({ ... })`, where they can be passed as arguments. */
export function casesOf(imports: Imports, node: acorn.YieldExpression): Cases | undefined {
  const call = node.argument;
  if (call?.type !== "CallExpression" || imports.nameOf(call.callee) !== "select") return undefined;
  const arg = call.arguments[0];
  if (call.arguments.length !== 1 || arg?.type !== "ObjectExpression") return undefined;
  const cases = new Map<string, Node>();
  let block = true;
  for (const p of arg.properties) {
    if (p.type !== "Property" || p.kind !== "init" || p.method || p.computed) return undefined;
    const name = p.key.type === "Identifier" ? p.key.name : p.key.type === "Literal" ? String(p.key.value) : undefined;
    // `__proto__: x` is no property, of two of one name the last one counts, and an object lists indices first.
    if (name === undefined || name === "__proto__" || cases.has(name) || /^\d+$/.test(name)) return undefined;
    if (name !== "default") cases.set(name, p.value);
    else if (block && p.value.type === "Literal" && p.value.value === true) block = false;
    else return undefined;
  }
  if (cases.size === 0 || cases.size > MAX_CASES) return undefined;
  return { callee: call.callee, names: [...cases.keys()], values: [...cases.values()], block };
}

/** A select with a default, as an expression. `done` has the cases that were evaluated before it. */
export function poll(fn: GoFn, cases: Cases, done?: ReadonlyMap<Node, Frag>): Frag {
  const { callee, names, values } = cases;
  const get = (node: Node): Frag => [", ", ...operand(done?.get(node) ?? src(node))];
  const call = (method: string, first: string, args: Frag): Frag => [
    ...operand(src(callee)),
    `.${method}(${first}`,
    ...args,
    ")",
  ];
  const [only] = values as [Node];
  const name = JSON.stringify(names[0]);
  if (names.length > 1)
    return call("$poll", `${fn.module.rt.g}, ${fn.module.selects.site(names)}`, values.flatMap(get));
  // `ch.onSend(v)` without the object that it makes.
  const send = done?.has(only) ? undefined : sendInPlace(only);
  if (send !== undefined) return call("$nbsend", name, [...get(send.channel), ...get(send.value)]);
  return call("$nb", name, get(only));
}

/** The parts of `ch.onSend(v)`. */
function sendInPlace(node: Node): { channel: Node; value: Node } | undefined {
  if (node.type !== "CallExpression" || node.optional || node.arguments.length !== 1) return undefined;
  const { callee } = node;
  const value = node.arguments[0]!;
  if (callee.type !== "MemberExpression" || callee.computed || callee.optional || value.type === "SpreadElement")
    return undefined;
  const { object, property } = callee;
  if (object.type === "Super" || property.type !== "Identifier" || property.name !== "onSend") return undefined;
  return { channel: object, value };
}

/** Those whose cases do not suspend either stay where they stand in the text. */
export function pollEdits(fn: GoFn, edits: Edit[]): void {
  for (const node of fn.marks.polls) {
    if (fn.suspends(node)) continue;
    edits.push({ start: node.start, end: node.end, frag: poll(fn, casesOf(fn.module.imports, node)!) });
  }
}
