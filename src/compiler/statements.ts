/** Statements that contain a suspension: taken apart, structure kept. The others stay as they are. */
import type * as acorn from "acorn";
import { bindings, isLoop, type Node } from "./ast.js";
import { bind } from "./assignments.js";
import { effect, settle, operands, value } from "./expressions.js";
import { code, def, type Frag, ref, type Seq, seq, src, type Stmt, type SwitchCase } from "./ir.js";
import type { Local } from "./locals.js";
import { loop } from "./loops.js";
import type { Lowering } from "./lowering.js";
import { tryStatement } from "./tries.js";

/** The statements of a block, a function body or a case. */
export function statements(lw: Lowering, list: readonly Node[]): void {
  for (const node of list)
    if (node.type === "FunctionDeclaration") declareFunction(lw, node as acorn.FunctionDeclaration);
  for (const node of list) lw.fn.locals.statement(() => listed(lw, node));
}

function listed(lw: Lowering, node: Node): void {
  const { native } = lw.fn.locals;
  if (node.type === "FunctionDeclaration" || native.always.has(node)) {
    lw.defs(node);
    lw.push(lw.verbatim(node, true));
  } else statement(lw, node);
}

/** A function declaration that is used as a value: the function of the first activation is kept. */
function declareFunction(lw: Lowering, node: acorn.FunctionDeclaration): void {
  const { locals, source } = lw.fn;
  const local = locals.ofNode(node.id);
  if (local === undefined) return;
  const made = source.fresh(`${node.id.name}$`);
  lw.edits.push({ start: node.id.start, end: node.id.end, frag: [made] });
  const also: Local[] = [];
  for (const use of locals.between(node.body.start, node.end)) if (use.local) also.push(use.local);
  lw.push(
    code([local.boxed ? ref(local) : def(local), `${local.boxed ? ".v" : ""} = ${made};`], {
      kills: local.boxed ? [] : [local],
      also,
    }),
  );
}

/** A list with a scope: its boxes are made first, its own bindings and copies are the block's. */
export function scoped(lw: Lowering, home: Node, body: () => void, end?: number): Seq {
  const { own, boxes, copies } = lw.fn.locals.home(home);
  const inner = lw.into(body);
  const make: Stmt[] = boxes.map((b) => code([def(b), " = { v: undefined };"], { kills: [b] }));
  const options = { braces: true, own, ...(end === undefined ? {} : { end }) };
  if (copies.length === 0) return seq([...make, ...inner], options);
  return seq([...make, seq(inner, { copies })], options);
}

export function statement(lw: Lowering, node: Node, label = ""): void {
  if (node.type === "VariableDeclaration" && lw.fn.entered(lw.fn.node.body) && isHoisted(lw, node)) {
    lw.defs(node);
    declaration(lw, node);
    return;
  }
  if (!lw.fn.entered(node)) {
    if (node.type === "ClassDeclaration" && lw.fn.locals.ofNode(node.id!)) return classDeclaration(lw, node);
    lw.push(lw.verbatim(node));
    return;
  }
  if (isLoop(node)) return loop(lw, node, label);
  switch (node.type) {
    case "ExpressionStatement":
      lw.defs(node);
      if (lw.fn.suspends(node)) effect(lw, node.expression);
      else lw.push(lw.verbatim(node));
      break;
    case "ReturnStatement":
      lw.defs(node);
      lw.pushReturn(node, node.argument ? value(lw, node.argument) : undefined);
      break;
    case "ThrowStatement":
      lw.defs(node);
      lw.push(code(["throw (", ...value(lw, node.argument), ");"], { ends: true }));
      break;
    case "ClassDeclaration":
      lw.defs(node);
      classDeclaration(lw, node);
      break;
    case "BlockStatement":
      lw.push(block(lw, node));
      break;
    case "IfStatement":
      ifStatement(lw, node);
      break;
    case "LabeledStatement":
      labeled(lw, node, label);
      break;
    case "SwitchStatement":
      switchStatement(lw, node, label);
      break;
    case "TryStatement":
      tryStatement(lw, node);
      break;
    default:
      throw lw.fn.source.error(node, `${node.type} cannot contain a suspension: rewrite the statement`);
  }
}

export function block(lw: Lowering, node: acorn.BlockStatement): Seq {
  return scoped(lw, node, () => statements(lw, node.body), node.end - 1);
}

/** A statement that stands alone, such as a branch of an if. */
export function single(lw: Lowering, node: Node): Seq {
  if (node.type === "BlockStatement" && lw.fn.entered(node)) return block(lw, node);
  return seq(lw.into(() => lw.fn.locals.statement(() => statement(lw, node))));
}

// ---- declarations

function isHoisted(lw: Lowering, node: acorn.VariableDeclaration): boolean {
  return (
    node.declarations.some((d) => bindings(d.id).some((id) => lw.fn.locals.ofNode(id) !== undefined)) ||
    lw.fn.entered(node)
  );
}

/** The names live at function level (or in their block): what remains of a declaration is its assignments. */
export function declaration(lw: Lowering, node: acorn.VariableDeclaration): void {
  for (const d of node.declarations) {
    const { id, init } = d;
    if (!init) {
      if (node.kind !== "var") lw.push(code([...src(id), " = undefined;"], { kills: lw.killed(id) }));
    } else if (id.type === "Identifier") {
      const frag = value(lw, init);
      lw.push(code([...src(id), " = (", ...frag, ");"], { kills: lw.killed(id) }));
    } else if (!lw.fn.suspends(id)) {
      const frag = value(lw, init);
      lw.push(code(["(", ...src(id), " = (", ...frag, "));"], { kills: bindings(id).flatMap((b) => lw.killed(b)) }));
    } else bind(lw, id, lw.save(value(lw, init)));
  }
}

function classDeclaration(lw: Lowering, node: acorn.ClassDeclaration | acorn.AnonymousClassDeclaration): void {
  const local = lw.fn.locals.ofNode(node.id!)!;
  const text = src(node, settle(lw, operands(node), node.end));
  lw.push(
    code([local.boxed ? ref(local) : def(local), local.boxed ? ".v = " : " = ", ...text, ";"], {
      kills: local.boxed ? [] : [local],
    }),
  );
}

// ---- control flow

function ifStatement(lw: Lowering, node: acorn.IfStatement): void {
  lw.defs(node.test);
  const test = value(lw, node.test);
  const cons = single(lw, node.consequent);
  const alt = node.alternate ? single(lw, node.alternate) : undefined;
  lw.push({ type: "if", test, cons, alt, lo: 0, hi: 0 });
}

function labeled(lw: Lowering, node: acorn.LabeledStatement, outer: string): void {
  const label = `${outer}${node.label.name}: `;
  if (isLoop(node.body) || node.body.type === "SwitchStatement" || node.body.type === "LabeledStatement") {
    statement(lw, node.body, label);
    return;
  }
  const body = single(lw, node.body);
  lw.push({ type: "labeled", key: outermostLabel(lw, node), label, body, lo: 0, hi: 0 });
}

function outermostLabel(lw: Lowering, node: acorn.LabeledStatement): Node {
  let n: Node = node;
  for (let p = lw.fn.source.parent(n); p?.type === "LabeledStatement"; p = lw.fn.source.parent(n)) n = p;
  return n;
}

/**
 * A switch re-enters its case by value. Where all cases are literals their own values serve; otherwise the index of
 * the case is computed first, its tests evaluated in order as far as needed.
 */
function switchStatement(lw: Lowering, node: acorn.SwitchStatement, label: string): void {
  const { own, boxes, copies } = lw.fn.locals.home(node);
  lw.defs(node.discriminant);
  for (const c of node.cases) lw.defs(c.test);
  const literal = node.cases.every((c) => !c.test || c.test.type === "Literal");
  let what = value(lw, node.discriminant);
  if (!literal) what = [ref(caseIndex(lw, node, what))];
  for (const b of boxes) lw.push(code([def(b), " = { v: undefined };"], { kills: [b] }));

  const cases = node.cases.map((c, i): SwitchCase => {
    const body = seq(lw.into(() => statements(lw, c.consequent)));
    if (!literal) return { label: [`case ${i}:`], entry: [String(i)], body };
    if (!c.test) return { label: ["default:"], entry: [lw.fn.module.rt.SUSPEND], body };
    const text = lw.fn.source.slice(c.test);
    return { label: ["case ", ...src(c.test), ":"], entry: [text], body };
  });
  const s: Stmt = {
    type: "switch",
    key: node,
    label,
    value: what,
    cases,
    hasDefault: node.cases.some((c) => !c.test),
    end: node.end - 1,
    lo: 0,
    hi: 0,
  };
  lw.push(own.length + copies.length > 0 ? seq([s], { own, copies }) : s);
}

function caseIndex(lw: Lowering, node: acorn.SwitchStatement, what: Frag): Local {
  const index = lw.hidden("$s");
  const given = lw.save(what);
  const fallback = node.cases.findIndex((c) => !c.test);
  const otherwise = fallback < 0 ? node.cases.length : fallback;
  // The tests are evaluated here, but stand further down, among the bodies.
  const ahead = { ahead: true };
  const level = { ahead: false };
  if (!node.cases.some((c) => c.test && lw.fn.suspends(c.test))) {
    const tests = node.cases.flatMap((c, i): Frag =>
      c.test ? [...given, " === (", ...src(c.test), `) ? ${i} : `] : [],
    );
    lw.push(code([def(index), " = ", ahead, ...tests, level, `${otherwise};`], { kills: [index] }));
    return index;
  }
  lw.push(code([def(index), " = -1;", ahead], { kills: [index] }));
  node.cases.forEach((c, i) => {
    if (!c.test) return;
    const test = c.test;
    const body = lw.into(() => {
      const frag = value(lw, test);
      lw.push(code(["if (", ...given, " === (", ...frag, ")) ", def(index), ` = ${i};`]));
    });
    lw.push({ type: "if", test: [ref(index), " < 0"], cons: seq(body), alt: undefined, lo: 0, hi: 0 });
  });
  lw.push(code(["if (", ref(index), " < 0) ", def(index), ` = ${otherwise};`, level]));
  return index;
}
