/**
 * How often a loop looks whether it is to give way. A look in each round costs more than the round, where that is short: the
 * guard is a word of shared memory, and code that V8 compiled for a loop while it ran (OSR) finds the address of that word anew
 * in every round. So a loop without suspensions runs in stretches, an inner loop of some rounds that is just the user's,
 * and looks between them (emit.ts prints the forms):
 *
 *   counted    `for (let i = 0; i < n; i++)` whose body leaves i and n alone: the stretch has an earlier bound, and its
 *              rounds have nothing in them that the user did not write
 *   any other  a countdown beside the condition
 *   a nest     a loop that contains loops which look themselves: its rounds are counted, too, and it looks when its budget is used up
 *
 * A stretch is of one round at first, and each is twice as long as the one before. So the time between two looks is about as
 * long as the loop has run since it began or was resumed, whatever a round costs, and a slice of 10 ms ends after 20 at most.
 * That holds for rounds that cost the same. For others there is a limit: MAX rounds if a round is some operations, FEW if it
 * calls something, which may take long one time and not the other.
 *
 * A loop inside another is entered again and again. If it began with a stretch of one round each time, one of a hundred rounds
 * would look seven times. So what is left of its budget, and how long the next stretch is, outlive it: both are variables of the
 * function, and a look comes when its rounds, of all its runs, have used the budget up. Each loop has a budget of its own, for
 * its rounds cost what they cost; so between two looks each loop of a nest runs for no longer than it has run before.
 *
 * V8 may have compiled a loop before it knew what a stop does to it, and stay with that: a loop that counts reads an object when its
 * stretches have got as long as they get, by which such code is found wrong (stack/stops.ts).
 *
 * Measured (bench part "sysmon"; LCG step, one nanosecond): a look in each round 1.5 to 5 times the plain loop, a countdown 1.1
 * to 1.2, a stretch with a bound 1.0.
 */
import type * as acorn from "acorn";
import { isLoop, type Node, walkOwn } from "./ast.js";
import { inLoop } from "./gofn.js";
import type { Frag } from "./ir.js";
import { ref, src } from "./ir.js";
import type { Lowering } from "./lowering.js";
import { reassigned, type Variable } from "./parse.js";

/** Some microseconds of short rounds. */
const MAX = 1024;
const FEW = 16;

const ARITHMETIC: ReadonlySet<string> = new Set(["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", ">>>"]);

export interface Stretch {
  /** Rounds between two looks, at most. */
  readonly max: number;
  /** Emitted names: rounds left until the next look, and rounds from that to the one after it. */
  readonly left: string;
  readonly next: string;
  /** Is a stretch a loop of its own? Otherwise the rounds, which contain loops that look themselves, are counted one by one. */
  readonly cut: boolean;
  readonly counted: Counted | undefined;
  /** Are the names the function's, because the loop is run again and again? */
  readonly kept: boolean;
}

export interface Counted {
  readonly i: Frag;
  readonly operator: "<" | "<=";
  readonly bound: Frag;
  /** Emitted name: how often it was stopped in this thread (stack/stops.ts). */
  readonly stops: string;
}

type ConditionLoop = acorn.WhileStatement | acorn.DoWhileStatement | acorn.ForStatement;

/** Undefined: the loop contains a suspension, and looks in each round. */
export function stretchOf(lw: Lowering, node: ConditionLoop): Stretch | undefined {
  const { fn } = lw;
  const parts = node.type === "ForStatement" ? [node.body, node.test, node.update] : [node.body, node.test];
  if (parts.some((part) => part && fn.suspends(part))) return undefined;
  const short = parts.every((part) => !part || isShort(lw, part));
  const cut = !parts.some((part) => part && fn.entered(part));
  const counted = cut && node.type === "ForStatement" ? countedOf(lw, node, short) : undefined;
  const kept = !cut || inLoop(node, fn.source);
  const { rt } = fn.module;
  const name = (base: string): string => (kept ? fn.source.fresh(base) : base);
  const [left, next] = [name(rt.left), name(rt.next)];
  if (kept) lw.budgets.push(`${left} = 0`, `${next} = 1`);
  return { max: short ? MAX : FEW, left, next, cut, counted, kept };
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
        // What is entered looks itself.
        if (isLoop(node) && !lw.fn.entered(node)) short = false;
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
  if (!(isSteady(lw, right, node) || (short && isLength(lw, right) && keepsLengths(lw, node.body, v))))
    return undefined;
  const stops = lw.fn.source.fresh(lw.fn.module.rt.stops);
  lw.fn.module.variables.push(`${stops} = { n: 0 }`);
  return { i: [ref(local)], operator: test.operator, bound: src(right), stops };
}

function isConstant(lw: Lowering, node: Node): boolean {
  if (node.type === "Literal") return typeof node.value === "number";
  if (node.type !== "Identifier") return false;
  const v = lw.fn.source.resolve(node);
  return v !== undefined && v.defs.length === 1 && !reassigned(v);
}

/** A constant, or a local that only this function assigns to, and not here. */
function isSteady(lw: Lowering, node: Node, loop: Node): boolean {
  if (isConstant(lw, node)) return true;
  const v = node.type === "Identifier" ? lw.fn.source.resolve(node) : undefined;
  const local = v && lw.fn.locals.of(v);
  if (v === undefined || local === undefined || local.boxed || local.assignedByClosure) return false;
  return v.references.every((r) => {
    const { start } = r.identifier as unknown as Node;
    return !r.isWrite() || start < loop.start || start >= loop.end;
  });
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
