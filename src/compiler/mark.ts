/**
 * The first look at a goroutine function: which nodes contain a suspension, which inline goroutines it starts, and
 * what it may not contain.
 */
import type * as acorn from "acorn";
import { children, isFunction, type Node, ownChildren } from "./ast.js";
import { markLoops } from "./checkpoints.js";
import { checkGenerator, type Imports } from "./find.js";
import { casesOf } from "./select.js";
import type { Source } from "./parse.js";

/** `go(function* () {...})`, the same of `defer` and `afterFunc`, or `goroutine(function* () {...})` inside a goroutine function. */
export interface Inline {
  readonly call: acorn.CallExpression;
  readonly fn: acorn.FunctionExpression;
  /** `call`: captures become leading arguments. */
  readonly kind: "call" | "value";
  /** The nested plain function that contains it, if any: its outermost one. */
  readonly within: Node | undefined;
}

export interface Marks {
  /** Nodes that contain a suspension point of this function. */
  readonly suspends: Set<Node>;
  /** Nodes that must be re-entered: they contain a suspension point, a loop with a check, or the text of an inline goroutine. */
  readonly entered: Set<Node>;
  readonly inlines: Inline[];
  /** go statements, also those in nested plain functions. */
  readonly gos: acorn.CallExpression[];
  /** defer statements. */
  readonly defers: acorn.CallExpression[];
  /** Calls of recover. */
  readonly recovers: acorn.CallExpression[];
  /** The same in a plain function that is deferred where it is written: nobody else can call it. */
  readonly plainRecovers: acorn.CallExpression[];
  /** Selects with a default, written in place: they never suspend, so they are no suspension points. */
  readonly polls: acorn.YieldExpression[];
}

export function mark(source: Source, imports: Imports, fn: acorn.FunctionExpression): Marks {
  const suspends = new Set<Node>();
  const entered = new Set<Node>();
  const inlines: Inline[] = [];
  const gos: acorn.CallExpression[] = [];
  const defers: acorn.CallExpression[] = [];
  const recovers: acorn.CallExpression[] = [];
  const plainRecovers: acorn.CallExpression[] = [];
  const polls: acorn.YieldExpression[] = [];

  const up = (from: Node, ...sets: Set<Node>[]): void => {
    for (let n: Node | undefined = from; n !== undefined && n !== fn; n = source.parent(n))
      for (const set of sets) set.add(n);
    for (const set of sets) set.add(fn);
  };

  /** `defer(() => ...)`, without a name by which it could be called again. */
  const isDeferred = (f: Node | undefined): boolean => {
    if (f?.type !== "ArrowFunctionExpression" && (f?.type !== "FunctionExpression" || f.id)) return false;
    const call = source.parent(f);
    const deferred = call?.type === "CallExpression" && imports.nameOf(call.callee) === "defer";
    return deferred && call.arguments[0] === f && !f.async && !f.generator;
  };

  const visit = (node: Node, within: Node | undefined, arrows: boolean): void => {
    const own = within === undefined;
    switch (node.type) {
      case "YieldExpression":
        if (!own) break;
        if (!node.delegate)
          throw source.error(
            node,
            "a goroutine function cannot yield values: write yield* in front of a suspending call",
          );
        if (casesOf(imports, node)?.block === false) polls.push(node);
        else up(node, suspends, entered);
        break;
      case "ThisExpression":
      case "Super":
        if (arrows)
          throw source.error(node, `goroutine functions have no \`${source.slice(node)}\`: pass it as a parameter`);
        break;
      case "MetaProperty":
        if (arrows && node.meta.name === "new")
          throw source.error(node, "goroutine functions have no `new.target`: pass it as a parameter");
        break;
      case "CallExpression": {
        const callee = imports.nameOf(node.callee);
        const at = callee === "afterFunc" ? 1 : 0;
        const arg = node.arguments[at];
        if (callee === "go") gos.push(node);
        if (callee === "defer") {
          if (!own)
            throw source.error(node, "defer() in a plain function: it belongs directly into a goroutine function");
          defers.push(node);
        }
        if (callee === "recover" && own) recovers.push(node);
        if (callee === "recover" && !own && isDeferred(functionAround(source, node))) plainRecovers.push(node);
        const plain = callee === "defer" && arg?.type === "FunctionExpression" && !arg.generator && !arg.async;
        if (
          (callee === "go" || callee === "defer" || callee === "afterFunc" || callee === "goroutine") &&
          arg?.type === "FunctionExpression" &&
          !plain &&
          (callee !== "afterFunc" || arg.generator)
        ) {
          if (callee !== "go" || arg.generator || arg.async) checkGenerator(source, arg);
          else throw source.error(arg, "go() needs a generator function: write function* instead of function");
          inlines.push({ call: node, fn: arg, kind: callee === "goroutine" ? "value" : "call", within });
          up(within ?? node, entered);
          for (const other of node.arguments) if (other !== arg) visit(other, within, arrows);
          return;
        }
        if (callee === "go" && arg?.type === "ArrowFunctionExpression")
          throw source.error(arg, "go() needs a generator function: write function* instead of the arrow");
        break;
      }
      default:
    }
    // Class members and nested functions are code of their own; arrows share `this`.
    const mine = own ? ownChildren(node) : [];
    for (const child of children(node)) {
      const nested = own && !mine.includes(child);
      const keepsThis = node.type === "ArrowFunctionExpression" || !nested;
      const isMember =
        node.type === "MethodDefinition" || node.type === "PropertyDefinition" || node.type === "StaticBlock";
      const plain = (isFunction(node) && node.type !== "ArrowFunctionExpression") || (isMember && !isKey(node, child));
      visit(child, nested ? node : within, arrows && keepsThis && !plain);
    }
  };

  for (const param of fn.params) visit(param, undefined, true);
  visit(fn.body, undefined, true);
  markLoops(source, fn, entered);
  inlines.sort((a, b) => a.call.start - b.call.start);
  return { suspends, entered, inlines, gos, defers, recovers, plainRecovers, polls };
}

function functionAround(source: Source, node: Node): Node | undefined {
  let n = source.parent(node);
  while (n !== undefined && !isFunction(n)) n = source.parent(n);
  return n;
}

function isKey(member: Node, child: Node): boolean {
  return (
    (member.type === "MethodDefinition" || member.type === "PropertyDefinition") &&
    member.computed &&
    member.key === child
  );
}
