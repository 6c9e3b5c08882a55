/**
 * Expressions that contain a suspension, brought into order. What is evaluated before the suspension goes into
 * temporaries in front of it, unless it cannot change; the rest of the expression is printed from the source with the
 * finished operands replaced.
 *
 * One liberty is taken: the method of `o.m(yield* x())` is read when it is called, not before its arguments are
 * evaluated. A saved method would be a function that is live across the suspension, and that would pin the goroutine.
 */
import type * as acorn from "acorn";
import type { Node } from "./ast.js";
import { assignment } from "./assignments.js";
import { chain } from "./chains.js";
import { assign, code, type Frag, isTemp, operand, ref, seq, src } from "./ir.js";
import type { Lowering } from "./lowering.js";
import { reassigned } from "./parse.js";
import { suspend } from "./suspend.js";

export interface Operand {
  readonly node: Node;
  /** How a value that must wait is kept: as it is, with its elements or properties taken out, or as a string. */
  readonly keep: "value" | "elements" | "properties" | "string" | "check";
}

/** The value of an expression; what must happen before is pushed. */
export function value(lw: Lowering, node: Node): Frag {
  if (!lw.fn.suspends(node)) return src(node);
  switch (node.type) {
    case "YieldExpression":
      return suspend(lw, node);
    case "ConditionalExpression":
    case "LogicalExpression":
      return branch(lw, node);
    case "SequenceExpression":
      for (const e of node.expressions.slice(0, -1)) effect(lw, e);
      return value(lw, node.expressions.at(-1)!);
    case "AssignmentExpression":
      return assignment(lw, node);
    case "ChainExpression":
      return chain(lw, node, false);
    case "UnaryExpression":
      if (node.operator === "delete" && node.argument.type === "ChainExpression") return chain(lw, node.argument, true);
      break;
    default:
  }
  return src(node, settle(lw, operands(node), node.end));
}

/** An expression whose value nobody wants. */
export function effect(lw: Lowering, node: Node): void {
  if (lw.fn.suspends(node)) {
    if (node.type === "YieldExpression") {
      const frag = suspend(lw, node);
      // A select with a default is done where its value is taken.
      if (frag[0] !== lw.fn.module.rt.sent) lw.push(code(["(", ...frag, ");"]));
      return;
    }
    if (node.type === "ConditionalExpression" || node.type === "LogicalExpression") {
      branchEffect(lw, node);
      return;
    }
    if (node.type === "SequenceExpression") {
      for (const e of node.expressions) effect(lw, e);
      return;
    }
  }
  const frag = value(lw, node);
  if (isTemp(frag) && lw.fn.suspends(node)) return;
  const kills = node.type === "AssignmentExpression" && node.operator === "=" ? lw.killed(node.left) : [];
  lw.push(code(["(", ...frag, ");"], { kills }));
}

/**
 * Evaluates operands up to the last one that suspends. Returns what stands for each; operands after it stay in the
 * text and are evaluated there.
 */
export function settle(lw: Lowering, list: readonly Operand[], end: number): Map<Node, Frag> {
  const done = new Map<Node, Frag>();
  let last = -1;
  list.forEach((o, i) => {
    if (o.keep !== "check" && lw.fn.suspends(o.node)) last = i;
  });
  for (let i = 0; i <= last; i++) {
    const { node, keep } = list[i]!;
    if (keep === "check") {
      // The object is looked at before the arguments are: null must not get that far.
      const member = node as acorn.MemberExpression;
      const object = operand(done.get(member.object) ?? src(member.object));
      if (i < last && !isGlobal(lw, member.object))
        lw.push(code(["if (", ...object, " === null || ", ...object, " === undefined) ", ...src(member, done), ";"]));
    } else if (lw.fn.suspends(node)) {
      let frag = value(lw, node);
      if (i < last && (keep !== "value" || !isTemp(frag))) frag = keepAs(lw, keep, frag);
      done.set(node, frag);
    } else if (keep !== "value" || !stable(lw, node, end)) {
      if (keep === "string" && isLiteral(node)) continue;
      done.set(node, keepAs(lw, keep, src(node)));
    }
  }
  return done;
}

function keepAs(lw: Lowering, keep: Operand["keep"], frag: Frag): Frag {
  if (keep === "elements") return lw.save(["[...(", ...frag, ")]"]);
  if (keep === "properties") return lw.save(["{...(", ...frag, ")}"]);
  if (keep === "string") return lw.save(["`${", ...frag, "}`"]);
  return lw.save(frag);
}

function isLiteral(node: Node): boolean {
  return node.type === "Literal" || (node.type === "TemplateLiteral" && node.expressions.length === 0);
}

function isGlobal(lw: Lowering, node: Node): boolean {
  return node.type === "Identifier" && lw.fn.source.resolve(node) === undefined;
}

/** May the operand be evaluated after what follows it (up to `end`), and nobody can tell? */
export function stable(lw: Lowering, node: Node, end: number): boolean {
  switch (node.type) {
    case "Literal":
    case "ArrowFunctionExpression":
    case "FunctionExpression":
      return true;
    case "MetaProperty":
      return true;
    case "TemplateLiteral":
      return node.expressions.length === 0;
    case "UnaryExpression":
      return (
        (node.operator === "-" || node.operator === "!" || node.operator === "void") && node.argument.type === "Literal"
      );
    case "ArrayExpression":
      return node.elements.every((e) => e === null || (e.type !== "SpreadElement" && stable(lw, e, end)));
    case "ObjectExpression":
      return node.properties.every((p) => p.type === "Property" && !p.computed && stable(lw, p.value, end));
    case "Identifier": {
      const variable = lw.fn.source.resolve(node);
      if (variable === undefined) return true;
      const local = lw.fn.locals.of(variable);
      if (local === undefined) return !reassigned(variable);
      if (local.assignedByClosure || local.boxed) return false;
      for (const use of lw.fn.locals.between(node.end, end)) if (use.local === local && use.write) return false;
      return true;
    }
    default:
      return false;
  }
}

/** The operands of an expression in the order of evaluation, the parts of references included. */
export function operands(node: Node): Operand[] {
  const out: Operand[] = [];
  const add = (n: Node | null | undefined, keep: Operand["keep"] = "value"): void => {
    if (!n || n.type === "PrivateIdentifier" || n.type === "Super") return;
    if (n.type === "SpreadElement") out.push({ node: n.argument, keep: "elements" });
    else out.push({ node: n, keep });
  };
  const reference = (n: Node): void => {
    if (n.type !== "MemberExpression") return add(n);
    add(n.object);
    if (n.computed) add(n.property);
  };
  switch (node.type) {
    case "BinaryExpression":
      add(node.left);
      add(node.right);
      break;
    case "UnaryExpression":
      if (node.operator === "delete") reference(node.argument);
      else add(node.argument);
      break;
    case "UpdateExpression":
      reference(node.argument);
      break;
    case "MemberExpression":
      reference(node);
      break;
    case "CallExpression":
      reference(node.callee);
      if (node.callee.type === "MemberExpression") out.push({ node: node.callee, keep: "check" });
      node.arguments.forEach((a) => add(a));
      break;
    case "NewExpression":
      add(node.callee);
      node.arguments.forEach((a) => add(a));
      break;
    case "ArrayExpression":
      node.elements.forEach((e) => add(e));
      break;
    case "ObjectExpression":
      for (const p of node.properties) {
        if (p.type === "SpreadElement") out.push({ node: p.argument, keep: "properties" });
        else {
          if (p.computed) add(p.key, "value");
          if (p.kind === "init" && !p.method) add(p.value);
        }
      }
      break;
    case "TemplateLiteral":
      node.expressions.forEach((e) => add(e, "string"));
      break;
    case "TaggedTemplateExpression":
      reference(node.tag);
      node.quasi.expressions.forEach((e) => add(e));
      break;
    case "ClassExpression":
    case "ClassDeclaration":
      add(node.superClass);
      for (const m of node.body.body)
        if ((m.type === "MethodDefinition" || m.type === "PropertyDefinition") && m.computed) add(m.key);
      break;
    case "ImportExpression":
      add(node.source);
      add(node.options);
      break;
    case "AssignmentExpression":
      if (node.left.type === "MemberExpression") reference(node.left);
      add(node.right);
      break;
    default:
  }
  return out;
}

// ---- branches

type Branch = acorn.ConditionalExpression | acorn.LogicalExpression;

function branch(lw: Lowering, node: Branch): Frag {
  const result = lw.temp();
  const into = (e: Node) => seq(lw.into(() => lw.push(assign(result, value(lw, e)))));
  if (node.type === "ConditionalExpression") {
    const test = value(lw, node.test);
    const cons = into(node.consequent);
    lw.push({ type: "if", test, cons, alt: into(node.alternate), lo: 0, hi: 0 });
  } else {
    lw.push(assign(result, value(lw, node.left)));
    lw.push({
      type: "if",
      test: logicalTest(node.operator, [ref(result)]),
      cons: into(node.right),
      alt: undefined,
      lo: 0,
      hi: 0,
    });
  }
  return [ref(result)];
}

function branchEffect(lw: Lowering, node: Branch): void {
  const into = (e: Node) => seq(lw.into(() => effect(lw, e)));
  if (node.type === "ConditionalExpression") {
    const test = value(lw, node.test);
    const cons = into(node.consequent);
    lw.push({ type: "if", test, cons, alt: into(node.alternate), lo: 0, hi: 0 });
  } else {
    let left = value(lw, node.left);
    if (node.operator === "??") left = lw.save(left);
    lw.push({
      type: "if",
      test: logicalTest(node.operator, left),
      cons: into(node.right),
      alt: undefined,
      lo: 0,
      hi: 0,
    });
  }
}

/** Does the right side of a logical operator run? */
export function logicalTest(operator: string, left: Frag): Frag {
  if (operator.startsWith("&&")) return left;
  if (operator.startsWith("||")) return ["!(", ...left, ")"];
  return [...left, " === null || ", ...left, " === undefined"];
}
