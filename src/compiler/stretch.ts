/**
 * How often a loop looks whether it is to give way. A look in each round costs more than the round, where that is short: the
 * guard is a word of shared memory, and code that V8 compiled for a loop while it ran (OSR) finds the address of that word anew
 * in every round. So a loop without suspensions runs in stretches, an inner loop of some rounds that is just the user's,
 * and looks between them (emit.ts prints both forms):
 *
 *   counted    `for (let i = 0; i < n; i++)` whose body leaves i and n alone: the stretch has an earlier bound, and its
 *              rounds have nothing in them that the user did not write
 *   any other  a countdown beside the condition
 *
 * A stretch is of one round at first, and each is twice as long as the one before. So the time between two looks is about as
 * long as the loop has run since it began or was resumed, whatever a round costs, and a slice of 10 ms ends after 20 at most.
 * That holds for rounds that cost the same. For others there is a limit: MAX rounds if a round is some operations, FEW if it
 * calls something, which may take long one time and not the other.
 *
 * Measured (bench part "sysmon"; LCG step, one nanosecond): a look in each round 1.5 to 5 times the plain loop, a countdown 1.1
 * to 1.2, a stretch with a bound 1.0.
 */
import type * as acorn from "acorn";
import { isLoop, type Node, walkOwn } from "./ast.js";
import type { Frag } from "./ir.js";
import { ref, src } from "./ir.js";
import type { Lowering } from "./lowering.js";
import { reassigned, type Variable } from "./parse.js";

/** Some microseconds of short rounds. */
const MAX = 1024;
const FEW = 16;

const ARITHMETIC: ReadonlySet<string> = new Set(["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", ">>>"]);

export interface Stretch {
  readonly max: number;
  readonly counted: Counted | undefined;
}

export interface Counted {
  readonly i: Frag;
  readonly operator: "<" | "<=";
  readonly bound: Frag;
}

type ConditionLoop = acorn.WhileStatement | acorn.DoWhileStatement | acorn.ForStatement;

/** Undefined: the loop contains a place to come back to, and looks in each round. */
export function stretchOf(lw: Lowering, node: ConditionLoop): Stretch | undefined {
  const { fn } = lw;
  const parts = node.type === "ForStatement" ? [node.body, node.test, node.update] : [node.body, node.test];
  if (parts.some((part) => part && fn.entered(part))) return undefined;
  const short = parts.every((part) => !part || isShort(lw, part));
  return { max: short ? MAX : FEW, counted: node.type === "ForStatement" ? countedOf(lw, node, short) : undefined };
}

/** Some operations, without anything that may go on for long: no call, no walk over what may be any length. */
function isShort(lw: Lowering, part: Node): boolean {
  let short = true;
  walkOwn(part, (node) => {
    switch (node.type) {
      case "CallExpression": {
        const { callee } = node;
        const math =
          callee.type === "MemberExpression" && callee.object.type === "Identifier" ? callee.object : undefined;
        if (math?.name !== "Math" || lw.fn.source.resolve(math) !== undefined) short = false;
        break;
      }
      case "NewExpression":
      case "TaggedTemplateExpression":
      case "ImportExpression":
      case "SpreadElement":
      case "RestElement":
      case "ArrayPattern":
      case "ClassDeclaration":
      case "ClassExpression":
        short = false;
        break;
      default:
        if (isLoop(node)) short = false;
    }
    return short;
  });
  return short;
}

/** i starts as an integer, grows by one in the head and nowhere else, and what it is compared with stays as it is. */
function countedOf(lw: Lowering, node: acorn.ForStatement, short: boolean): Counted | undefined {
  const { init, test, update } = node;
  if (init?.type !== "VariableDeclaration" || init.kind !== "let") return undefined;
  if (test?.type !== "BinaryExpression" || (test.operator !== "<" && test.operator !== "<=")) return undefined;
  if (update?.type !== "UpdateExpression" || update.operator !== "++") return undefined;
  const v = lw.fn.source.resolve(test.left);
  const declarator = init.declarations.find((d) => d.id === (v?.identifiers[0] as unknown));
  const local = v && lw.fn.locals.of(v);
  if (v === undefined || local === undefined || local.boxed || lw.fn.source.resolve(update.argument) !== v)
    return undefined;
  const start = declarator?.init;
  if (start?.type !== "Literal" || !Number.isInteger(start.value) || (start.value as number) > 0x7fffffff)
    return undefined;
  if (v.references.filter((r) => r.isWrite()).length !== 2) return undefined;
  const { right } = test;
  if (!(isConstant(lw, right) || (short && isLength(lw, right) && keepsLengths(lw, node.body, v)))) return undefined;
  return { i: [ref(local)], operator: test.operator, bound: src(right) };
}

function isConstant(lw: Lowering, node: Node): boolean {
  if (node.type === "Literal") return typeof node.value === "number";
  if (node.type !== "Identifier") return false;
  const v = lw.fn.source.resolve(node);
  return v !== undefined && v.defs.length === 1 && !reassigned(v);
}

function isLength(lw: Lowering, node: Node): boolean {
  return (
    node.type === "MemberExpression" &&
    !node.computed &&
    node.property.type === "Identifier" &&
    node.property.name === "length" &&
    isConstant(lw, node.object)
  );
}

/**
 * No length becomes shorter in the body of a loop that calls nothing: what is assigned to are other names, and elements. (One that
 * becomes longer is seen at the end of the stretch.)
 */
function keepsLengths(lw: Lowering, body: Node, i: Variable): boolean {
  const isIndex = (n: Node): boolean => {
    if (n.type === "Identifier") return lw.fn.source.resolve(n) === i;
    if (n.type === "Literal") return typeof n.value === "number";
    return n.type === "BinaryExpression" && ARITHMETIC.has(n.operator) && isIndex(n.left) && isIndex(n.right);
  };
  let keeps = true;
  walkOwn(body, (node) => {
    if (node.type === "ObjectPattern") keeps = false;
    const target =
      node.type === "AssignmentExpression" ? node.left : node.type === "UpdateExpression" ? node.argument : undefined;
    if (target?.type === "MemberExpression" && !target.computed)
      keeps &&= target.property.type === "Identifier" && target.property.name !== "length";
    else if (target?.type === "MemberExpression") keeps &&= isIndex(target.property);
    return keeps;
  });
  return keeps;
}
