/**
 * Locals that are certainly numbers: they are stored without a look at their type. Optimistic: all are assumed to be,
 * and an assignment of anything else takes the assumption back, until nothing changes. A variable counts only if it
 * cannot be seen before its initialiser, because `undefined` is no number.
 */
import type { Node } from "./ast.js";
import type { GoFn } from "./gofn.js";
import type { Local } from "./locals.js";
import type { Reference, Variable } from "./parse.js";

export function inferNumbers(fn: GoFn): void {
  const candidates = new Map<Variable, Local>();
  for (const local of fn.locals.all) {
    const v = local.variable;
    if (v !== undefined && !local.boxed && startsAsNumber(fn, v)) candidates.set(v, local);
  }
  for (let changed = true; changed;) {
    changed = false;
    for (const v of candidates.keys()) {
      if (v.references.every((r) => !r.isWrite() || assignsNumber(fn, r, candidates))) continue;
      candidates.delete(v);
      changed = true;
    }
  }
  for (const local of candidates.values()) local.num = true;
}

function startsAsNumber(fn: GoFn, v: Variable): boolean {
  const def = v.defs[0];
  if (v.defs.length !== 1 || def?.type !== "Variable") return false;
  const declarator = def.node as unknown as Node;
  if (declarator.type !== "VariableDeclarator" || !declarator.init || declarator.id.type !== "Identifier") return false;
  // The cases of a switch share a scope that may be entered behind a declaration.
  if (v.scope.type === "switch") return false;
  if (def.parent?.kind !== "var") return true;
  // A var: only at the start of its function, with nothing in front.
  const statement = fn.source.parent(declarator)!;
  const outer = fn.source.parent(statement)!;
  const top =
    outer === fn.node.body ||
    (outer.type === "ForStatement" && outer.init === statement && fn.source.parent(outer) === fn.node.body);
  return (
    top && v.references.every((r) => (r.identifier as unknown as Node).start >= declarator.start) && !changesTwice(v)
  );
}

function changesTwice(v: Variable): boolean {
  return v.references.filter((r) => r.init === true).length > 1;
}

function assignsNumber(fn: GoFn, r: Reference, numbers: ReadonlyMap<Variable, Local>): boolean {
  if ((r as { partial?: boolean }).partial === true) return false;
  const id = r.identifier as unknown as Node;
  const parent = fn.source.parent(id);
  if (parent?.type === "UpdateExpression") return true; // of a number
  if (parent?.type === "VariableDeclarator" && parent.id === id) {
    const list = fn.source.parent(parent);
    const loop = list && fn.source.parent(list);
    if ((loop?.type === "ForOfStatement" || loop?.type === "ForInStatement") && loop.left === list) return false;
    return !!parent.init && isNumber(fn, parent.init, numbers);
  }
  if (parent?.type !== "AssignmentExpression" || parent.left !== id) return false;
  return isNumber(fn, parent, numbers);
}

const CALLS = new Set(["Number", "parseInt", "parseFloat"]);
const CLOCKS = new Set(["Date.now", "performance.now"]);

function isNumber(fn: GoFn, node: Node, numbers: ReadonlyMap<Variable, Local>): boolean {
  const num = (n: Node): boolean => isNumber(fn, n, numbers);
  const global = (n: Node): string | undefined =>
    n.type === "Identifier" && fn.source.resolve(n) === undefined ? n.name : undefined;
  switch (node.type) {
    case "Literal":
      return typeof node.value === "number";
    case "Identifier": {
      const v = fn.source.resolve(node);
      if (v === undefined) return node.name === "NaN" || node.name === "Infinity";
      return numbers.has(v);
    }
    case "UnaryExpression":
      return node.operator === "+" || ((node.operator === "-" || node.operator === "~") && num(node.argument));
    case "UpdateExpression":
      return num(node.argument);
    case "BinaryExpression":
      if (node.left.type === "PrivateIdentifier") return false;
      return arithmetic(node.operator, num(node.left), num(node.right));
    case "AssignmentExpression":
      if (node.operator === "=") return num(node.right);
      if (node.operator.length === 3 && "&|?".includes(node.operator[0]!) && node.operator[0] === node.operator[1])
        return num(node.left) && num(node.right);
      return arithmetic(node.operator.slice(0, -1), num(node.left), num(node.right));
    case "ConditionalExpression":
      return num(node.consequent) && num(node.alternate);
    case "LogicalExpression":
      return num(node.left) && num(node.right);
    case "SequenceExpression":
      return num(node.expressions.at(-1)!);
    case "MemberExpression":
      if (
        !node.computed &&
        node.property.type === "Identifier" &&
        node.property.name === "length" &&
        fn.arrays.isArray(node.object)
      )
        return true;
      return (
        !node.computed &&
        global(node.object) === "Math" &&
        node.property.type === "Identifier" &&
        /^[A-Z0-9_]+$/.test(node.property.name)
      );
    case "CallExpression": {
      const { callee } = node;
      if (node.optional || fn.suspends(node)) return false;
      if (callee.type === "Identifier") return CALLS.has(global(callee) ?? "");
      if (callee.type !== "MemberExpression" || callee.computed || callee.property.type !== "Identifier") return false;
      const object = global(callee.object);
      return object === "Math" || CLOCKS.has(`${object}.${callee.property.name}`);
    }
    default:
      return false;
  }
}

/** BigInts never mix with numbers: one operand that is a number is enough. */
function arithmetic(operator: string, left: boolean, right: boolean): boolean {
  switch (operator) {
    case "+":
      return left && right;
    case ">>>":
      return true;
    case "-":
    case "*":
    case "/":
    case "%":
    case "**":
    case "&":
    case "|":
    case "^":
    case "<<":
    case ">>":
      return left || right;
    default:
      return false;
  }
}
