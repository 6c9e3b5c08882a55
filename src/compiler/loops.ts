/**
 * Loops. They stay loops, and let the way back to a point inside pass (emit.ts). Where test or update suspends, they move into
 * the body of a `for (;;)`.
 *
 * for-of walks an array by index, so its state (the array and a number) can move to another thread if the array can;
 * any other iterable goes through its iterator, an object, which keeps the goroutine on its thread. Leaving the loop
 * early closes the iterator, suspending does not.
 */
import type * as acorn from "acorn";
import { type Node, walkOwn } from "./ast.js";
import { bind } from "./assignments.js";
import { effect, value } from "./expressions.js";
import { assign, code, def, type Frag, loopOf, ref, type Seq, seq, src, type Stmt } from "./ir.js";
import type { Local } from "./locals.js";
import type { Lowering } from "./lowering.js";
import { stretchOf } from "./stretch.js";
import { declaration, scoped, single } from "./statements.js";

export function loop(lw: Lowering, node: Node, label: string): void {
  switch (node.type) {
    case "WhileStatement":
      return conditionLoop(lw, node, node.test, undefined, label, false);
    case "DoWhileStatement":
      return conditionLoop(lw, node, node.test, undefined, label, true);
    case "ForStatement":
      return forStatement(lw, node, label);
    case "ForOfStatement":
      if (node.await)
        throw lw.fn.source.error(node, "a goroutine function cannot use for await: receive from a channel");
      return forOf(lw, node, label);
    case "ForInStatement":
      return forIn(lw, node, label);
    default:
  }
}

function forStatement(lw: Lowering, node: acorn.ForStatement, label: string): void {
  const { boxes } = lw.fn.locals.home(node);
  for (const b of boxes) lw.push(code([def(b), " = { v: undefined };"], { kills: [b] }));
  lw.defs(node.init);
  if (node.init?.type === "VariableDeclaration") declaration(lw, node.init);
  else if (node.init) effect(lw, node.init);
  // The first round has a binding of its own, too.
  for (const b of boxes) lw.push(code([...renewed(b), ";"]));
  conditionLoop(lw, node, node.test ?? undefined, node.update ?? undefined, label, false);
}

const renewed = (b: Local): Frag => [def(b), " = { v: ", ref(b), ".v }"];

/** Loops with a condition, and an update after each round. */
function conditionLoop(
  lw: Lowering,
  node: acorn.WhileStatement | acorn.DoWhileStatement | acorn.ForStatement,
  test: Node | undefined,
  update: Node | undefined,
  label: string,
  post: boolean,
): void {
  lw.defs(test);
  lw.defs(update);
  const line = lw.fn.source.line(node);
  const { boxes, copies } = lw.fn.locals.home(node);
  // A closure's box belongs to one round: the next one starts with a copy.
  const renew: Frag = boxes.flatMap((b): Frag => [...renewed(b), ", "]);
  const testSuspends = test !== undefined && lw.fn.suspends(test);
  const updateSuspends = update !== undefined && lw.fn.suspends(update);
  let updateFrag: Frag | undefined = update === undefined || updateSuspends ? undefined : src(update);
  if (renew.length > 0 && !updateSuspends) updateFrag = [...renew, ...(updateFrag ?? ["0"])];

  if (!testSuspends && !updateSuspends) {
    const parts = {
      label,
      test: test && src(test),
      stretch: stretchOf(lw, node),
      update: updateFrag,
      post,
    };
    lw.push(loopOf(node, line, parts, bodyOf(lw, node.body, copies)));
    return;
  }
  const all = lw.into(() => {
    const check = (): void => {
      if (test === undefined) return;
      lw.push(code(["if (!(", ...value(lw, test), ")) break;"], { jumps: [{ kind: "break", to: node }] }));
    };
    if (!post) check();
    if ((post || updateSuspends) && continues(lw, node)) {
      const key = {};
      const name = lw.fn.source.fresh("$body");
      lw.continueBlocks.set(node, { label: name, key });
      lw.push({ type: "labeled", key, label: `${name}: `, body: bodyOf(lw, node.body, copies), lo: 0, hi: 0 });
    } else lw.push(bodyOf(lw, node.body, copies));
    if (updateSuspends) {
      if (renew.length > 0) lw.push(code([...renew, "0;"]));
      effect(lw, update);
    }
    if (post) check();
  });
  lw.push(loopOf(node, line, { label, update: updateFrag }, seq(all)));
}

function bodyOf(lw: Lowering, body: Node, copies: readonly Local[]): Seq {
  const inner = single(lw, body);
  return copies.length === 0 ? inner : seq([inner], { copies });
}

function continues(lw: Lowering, node: Node): boolean {
  let found = false;
  walkOwn(node, (n) => {
    if (n.type === "ContinueStatement" && lw.target(n) === node) found = true;
  });
  return found;
}

// ---- for-of and for-in

type ForEach = acorn.ForOfStatement | acorn.ForInStatement;

/** Assigns a round's value to the head of the loop. */
function bindHead(lw: Lowering, node: ForEach, from: Frag): void {
  const { left } = node;
  const pattern: Node = left.type === "VariableDeclaration" ? left.declarations[0]!.id : left;
  lw.defs(pattern);
  bind(lw, pattern, from);
}

/** A plain local as the head can take a value at once. */
function simpleHead(node: ForEach): Frag | undefined {
  const { left } = node;
  const pattern: Node = left.type === "VariableDeclaration" ? left.declarations[0]!.id : left;
  return pattern.type === "Identifier" ? src(pattern) : undefined;
}

function forOf(lw: Lowering, node: acorn.ForOfStatement, label: string): void {
  const { rt } = lw.fn.module;
  lw.defs(node.right);
  // A private array is walked by its own name: a second one would become a second array when it moves.
  const walked = lw.fn.arrays.walked(node);
  const list = walked ?? lw.hidden("$a");
  const index = lw.hidden("$i");
  index.num = true;
  if (walked === undefined) {
    list.array = lw.fn.arrays.isFresh(node.right);
    lw.push(assign(list, value(lw, node.right)));
  }
  const arrayOnly = lw.fn.arrays.isArray(node.right);
  if (arrayOnly) lw.push(code([def(index), " = 0;"], { kills: [index] }));
  else {
    const start: Frag = ["if (", lw.helper("isArray"), "(", ref(list), ")) ", def(index), " = 0; else { "];
    const iterator: Frag = [def(list), " = ", ref(list), "[Symbol.iterator](); ", def(index), " = -1; }"];
    lw.push(code([...start, ...iterator], { kills: [index] }));
  }
  const head = simpleHead(node);
  const make = (): Seq =>
    scoped(lw, node, () => {
      const item = head === undefined ? lw.hidden("$x") : undefined;
      const target: Frag = item ? [def(item)] : head!;
      const kills = item ? [item] : lw.killed(headPattern(node));
      const fromArray: Frag = [
        "if (",
        ref(index),
        " >= ",
        ref(list),
        ".length) break; ",
        ...target,
        " = ",
        ref(list),
        "[",
        ref(index),
        "++];",
      ];
      const step: Frag = arrayOnly
        ? fromArray
        : [
            ...["if (", ref(index), " >= 0) { ", ...fromArray, " } else { "],
            // Not closed when next() itself fails or ends: the iterator is put back only after it gave a value.
            ...[`${rt.e} = `, ref(list), "; ", def(list), ` = undefined; ${rt.f} = ${lw.helper("next")}(${rt.e}); `],
            ...[`if (${rt.f}.done) break; `, ...target, ` = ${rt.f}.value; `, def(list), ` = ${rt.e}; }`],
          ];
      lw.push(code(step, { kills, jumps: [{ kind: "break", to: node }], also: [list, index] }));
      if (item) bindHead(lw, node, [ref(item)]);
      lw.push(single(lw, node.body));
    });
  const walk = (): Stmt => loopOf(node, lw.fn.source.line(node), { label }, make());
  if (arrayOnly) {
    lw.push(walk());
    return;
  }
  lw.tryDepth++;
  const body = walk();
  lw.tryDepth--;
  const open: Frag = [ref(index), " < 0 && ", ref(list), " !== undefined"];
  const caught: Frag = [
    `catch (${rt.e}) { if (`,
    ...open,
    `) { ${lw.helper("closeQuietly")}(`,
    ref(list),
    "); ",
    def(list),
    ` = undefined; } throw ${rt.e}; }`,
  ];
  const left: Frag = ["{ if (", ...open, `) ${lw.helper("close")}(`, ref(list), "); }"];
  lw.push({ type: "try", body: seq([body]), handler: code(caught), finalizer: code(left), lo: 0, hi: 0 });
}

function headPattern(node: ForEach): Node {
  return node.left.type === "VariableDeclaration" ? node.left.declarations[0]!.id : node.left;
}

/** Keys are taken at the start; those deleted meanwhile are left out. */
function forIn(lw: Lowering, node: acorn.ForInStatement, label: string): void {
  lw.defs(node.right);
  const object = lw.hidden("$o");
  const keys = lw.hidden("$keys");
  const index = lw.hidden("$i");
  const key = lw.hidden("$key");
  index.num = true;
  keys.array = true;
  if (node.left.type === "VariableDeclaration" && node.left.declarations[0]!.init) declaration(lw, node.left);
  lw.push(code([def(object), " = Object(", ...value(lw, node.right), ");"], { kills: [object] }));
  lw.push(assign(keys, [lw.helper("keys"), "(", ref(object), ")"]));
  lw.push(code([def(index), " = 0;"], { kills: [index] }));
  const body = scoped(lw, node, () => {
    lw.push(assign(key, [ref(keys), "[", ref(index), "]"]));
    lw.push(
      code(["if (!(", ref(key), " in ", ref(object), ")) continue;"], { jumps: [{ kind: "continue", to: node }] }),
    );
    bindHead(lw, node, [ref(key)]);
    lw.push(single(lw, node.body));
  });
  const test: Frag = [ref(index), " < ", ref(keys), ".length"];
  lw.push(loopOf(node, lw.fn.source.line(node), { label, test, update: [ref(index), "++"] }, body));
}
