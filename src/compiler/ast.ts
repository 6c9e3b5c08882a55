/** The syntax tree, as acorn makes it, and the few ways in which the compiler walks it. */
import type * as acorn from "acorn";

export type Node = acorn.AnyNode;
export type FunctionNode = acorn.FunctionExpression | acorn.FunctionDeclaration | acorn.ArrowFunctionExpression;

/** Child nodes in the order of their properties (which is not always that of the text). */
export function children(node: Node): Node[] {
  const out: Node[] = [];
  for (const key in node) {
    const value = (node as unknown as Record<string, unknown>)[key];
    if (typeof value !== "object" || value === null) continue;
    if (Array.isArray(value)) {
      for (const one of value) if (isNode(one)) out.push(one);
    } else if (isNode(value)) out.push(value);
  }
  return out;
}

function isNode(value: unknown): value is Node {
  return typeof (value as { type?: unknown } | null)?.type === "string";
}

export function isFunction(node: Node): node is FunctionNode {
  return (
    node.type === "FunctionExpression" || node.type === "FunctionDeclaration" || node.type === "ArrowFunctionExpression"
  );
}

export function isLoop(node: Node): boolean {
  return (
    node.type === "ForStatement" ||
    node.type === "WhileStatement" ||
    node.type === "DoWhileStatement" ||
    node.type === "ForOfStatement" ||
    node.type === "ForInStatement"
  );
}

/** Visits a tree in preorder; `visit` returns false to leave a subtree out. */
export function walk(node: Node, visit: (node: Node, parent: Node | undefined) => boolean | void, parent?: Node): void {
  if (visit(node, parent) === false) return;
  for (const child of children(node)) walk(child, visit, node);
}

/** The nodes of a function's own code: nested functions and class members are reported, but not entered. */
export function walkOwn(node: Node, visit: (node: Node) => boolean | void): void {
  if (visit(node) === false) return;
  for (const child of ownChildren(node)) walkOwn(child, visit);
}

/** Children that run in the same function as the node itself. */
export function ownChildren(node: Node): Node[] {
  if (isFunction(node) || node.type === "StaticBlock") return [];
  if (node.type === "MethodDefinition" || node.type === "PropertyDefinition") return node.computed ? [node.key] : [];
  return children(node);
}

/** The names bound by a pattern, in order. */
export function bindings(pattern: Node, out: acorn.Identifier[] = []): acorn.Identifier[] {
  switch (pattern.type) {
    case "Identifier":
      out.push(pattern);
      break;
    case "ObjectPattern":
      for (const p of pattern.properties) bindings(p.type === "Property" ? p.value : p.argument, out);
      break;
    case "ArrayPattern":
      for (const e of pattern.elements) if (e) bindings(e, out);
      break;
    case "AssignmentPattern":
      bindings(pattern.left, out);
      break;
    case "RestElement":
      bindings(pattern.argument, out);
      break;
    default:
  }
  return out;
}

/** Where lines start, and so the line and column of any position. */
export class Lines {
  private readonly starts: number[] = [0];
  constructor(source: string) {
    // Every line terminator of the language counts, as it does for V8.
    const end = /\r\n|[\n\r\u2028\u2029]/g;
    while (end.exec(source) !== null) this.starts.push(end.lastIndex);
  }
  /** 1-based line of a position. */
  of(pos: number): number {
    let lo = 0;
    let hi = this.starts.length - 1;
    while (lo < hi) {
      const mid = (lo + hi + 1) >> 1;
      if (this.starts[mid]! <= pos) lo = mid;
      else hi = mid - 1;
    }
    return lo + 1;
  }
  /** 1-based column. */
  column(pos: number): number {
    return pos - this.starts[this.of(pos) - 1]! + 1;
  }
}
