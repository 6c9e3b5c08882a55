/** The state of lowering one goroutine function: where statements go, and how jumps find their way. */
import type * as acorn from "acorn";
import { isLoop, type Node, walkOwn } from "./ast.js";
import type { GoFn } from "./gofn.js";
import { assign, type Code, code, def, type Frag, type Jump, ref, src, type Stmt } from "./ir.js";
import type { Local } from "./locals.js";
import { deferEdits } from "./defers.js";
import type { Edit } from "./print.js";
import { pollEdits } from "./select.js";

/** A finally that suspends: what crosses it leaves a completion record and jumps to its start. */
export interface Final {
  readonly node: Node;
  readonly label: string;
  readonly key: object;
  readonly kind: Local;
  readonly value: Local;
  /** Ways out that must go on after the finally: number in the record -> the jump. */
  readonly exits: Map<string, { readonly n: number; readonly jump: Node; readonly target: Node | undefined }>;
}

const JUMPS: ReadonlySet<string> = new Set(["ReturnStatement", "BreakStatement", "ContinueStatement"]);
type JumpNode = acorn.BreakStatement | acorn.ContinueStatement | acorn.ReturnStatement;

export class Lowering {
  list: Stmt[] = [];
  readonly edits: Edit[] = [];
  tryDepth = 0;
  readonly finals: Final[] = [];
  /** Loops whose `continue` must reach code after the body: leave a labelled block instead. */
  readonly continueBlocks = new Map<Node, { readonly label: string; readonly key: object }>();
  /** Declarations of what loops count that run more than once (stretch.ts). */
  readonly budgets: string[] = [];
  private readonly defined = new Set<Node>();
  private readonly helperUse = new Set<string>();

  /** The list of deferred calls, in a function that defers. */
  readonly defers: Local | undefined;

  constructor(readonly fn: GoFn) {
    this.defers = deferEdits(fn, this.edits);
    pollEdits(fn, this.edits);
    // Inside a goroutine function its own name is the function that others see, too.
    for (let f: GoFn | undefined = fn; f !== undefined; f = f.outer)
      for (const r of f.self?.references ?? []) {
        const id = r.identifier as unknown as Node;
        if (r.identifier.name === f.value) continue;
        const parent = fn.source.parent(id);
        const short = parent?.type === "Property" && parent.shorthand ? `${r.identifier.name}: ` : "";
        this.edits.push({ start: id.start, end: id.end, frag: [short + f.value] });
      }
    // Each go statement says where it stands, for `created by` in reports.
    for (const { callee } of fn.marks.gos) {
      const site = `${fn.module.rt.rt}.at(${fn.id}, ${fn.source.line(callee)}, `;
      this.edits.push({ start: callee.start, end: callee.start, frag: [site] });
      this.edits.push({ start: callee.end, end: callee.end, frag: [")"] });
    }
    // A closure in a loop head gets its copy from a function around it.
    for (const { closure, local } of fn.locals.headClosures) {
      const parent = fn.source.parent(closure);
      if (
        closure.type === "FunctionDeclaration" ||
        parent?.type === "MethodDefinition" ||
        (parent?.type === "Property" && (parent.method || parent.kind !== "init"))
      )
        throw fn.source.error(
          closure,
          `a method in the head of a loop cannot share \`${local.variable!.name}\`: write an arrow function`,
        );
      this.edits.push({ start: closure.start, end: closure.start, frag: [`((${local.copy!}) => `] });
      this.edits.push({ start: closure.end, end: closure.end, frag: [")(", { local }, ")"] });
    }
  }

  push(s: Stmt): void {
    this.list.push(s);
  }

  /** Collects what `run` pushes. */
  into(run: () => void): Stmt[] {
    const outer = this.list;
    this.list = [];
    run();
    const result = this.list;
    this.list = outer;
    return result;
  }

  temp(): Local {
    return this.fn.locals.temp();
  }

  hidden(name: string): Local {
    return this.fn.locals.add(name);
  }

  save(frag: Frag): Frag {
    const t = this.temp();
    this.push(assign(t, frag));
    return [ref(t)];
  }

  /** Emitted name of a helper function, which the module then contains. */
  helper(name: string): string {
    this.helperUse.add(name);
    const { helpers } = this.fn.module;
    let emitted = helpers.get(name);
    if (emitted === undefined) helpers.set(name, (emitted = this.fn.source.fresh(`$${name}`)));
    return emitted;
  }

  /** The inline goroutines inside a node get their text here. */
  defs(node: Node | null | undefined): void {
    if (!node) return;
    for (const inline of this.fn.inlines) {
      if (inline.call.start < node.start || inline.call.end > node.end || this.defined.has(inline.call)) continue;
      this.defined.add(inline.call);
      this.push({ type: "def", k: 0, fn: inline.go, lo: 0, hi: 0 });
      const captured: (string | { local: Local })[] = [];
      for (const v of inline.go.captures) {
        const local = this.fn.locals.of(v);
        captured.push(", ");
        if (local === undefined) captured.push(v.name);
        else if (inline.within !== undefined && local.copy !== undefined) captured.push(local.copy);
        else captured.push({ local });
        if (local?.boxed) captured.push(".v");
      }
      // go(f, captured..., own arguments...)
      const frag: Frag = inline.kind === "call" ? [inline.go.value, ...captured] : [inline.go.value];
      const replaced: Node = inline.kind === "call" ? inline.fn : inline.call;
      this.edits.push({ start: replaced.start, end: replaced.end, frag });
    }
  }

  // ---- jumps

  /** Where a jump goes: a statement, or undefined for a return. */
  target(jump: JumpNode): Node | undefined {
    if (jump.type === "ReturnStatement") return undefined;
    const label = jump.label?.name;
    for (let n = this.fn.source.parent(jump); n !== undefined; n = this.fn.source.parent(n)) {
      if (label !== undefined) {
        if (n.type === "LabeledStatement" && n.label.name === label) return labelledTarget(n);
      } else if (isLoop(n) || (jump.type === "BreakStatement" && n.type === "SwitchStatement")) return n;
    }
    throw this.fn.source.error(jump, "jump without a target");
  }

  private static kind(jump: JumpNode): Jump["kind"] {
    return jump.type === "ReturnStatement" ? "return" : jump.type === "BreakStatement" ? "break" : "continue";
  }

  /**
   * The text that makes a jump from the current place, and where it first arrives. `text` is undefined where the
   * jump may stay as it is written.
   */
  route(jump: JumpNode, target: Node | undefined): { text: string | undefined; jump: Jump } {
    const kind = Lowering.kind(jump);
    const final = this.finals.at(-1);
    if (final !== undefined && (target === undefined || target.start < final.node.start)) {
      const id = `${kind}:${target?.start ?? ""}`;
      let exit = final.exits.get(id);
      if (exit === undefined) final.exits.set(id, (exit = { n: final.exits.size + 2, jump, target }));
      return { text: `${final.kind.name} = ${exit.n}; break ${final.label};`, jump: { kind: "break", to: final.key } };
    }
    const block = kind === "continue" ? this.continueBlocks.get(target!) : undefined;
    if (block !== undefined) return { text: `break ${block.label};`, jump: { kind: "break", to: block.key } };
    return { text: undefined, jump: { kind, to: target } };
  }

  /** `return frag`, or what stands for it inside a finally that suspends. */
  pushReturn(node: acorn.ReturnStatement, frag: Frag | undefined): void {
    const { text, jump } = this.route(node, undefined);
    const final = this.finals.at(-1);
    if (text === undefined || final === undefined) {
      this.push(code(frag === undefined ? ["return;"] : ["return (", ...frag, ");"], { jumps: [jump], ends: true }));
    } else
      this.push(
        code(["{ ", def(final.value), " = (", ...(frag ?? ["undefined"]), `); ${text} }`], {
          jumps: [jump],
          ends: true,
        }),
      );
  }

  /** Repeats a jump at the current place, after a finally. */
  jumpText(node: JumpNode, target: Node | undefined, value: Local): { frag: Frag; jump: Jump } {
    const { text, jump } = this.route(node, target);
    const final = this.finals.at(-1);
    if (node.type === "ReturnStatement") {
      if (text === undefined || final === undefined) return { frag: ["return ", ref(value), ";"], jump };
      return { frag: [def(final.value), " = ", ref(value), `; ${text}`], jump };
    }
    const word = node.type === "BreakStatement" ? "break" : "continue";
    return { frag: [text ?? `${word}${node.label ? ` ${node.label.name}` : ""};`], jump };
  }

  // ---- statements that stay as they are

  /** A statement without suspensions, printed from the source. */
  verbatim(node: Node, always = false): Code {
    const jumps: Jump[] = [];
    if (!always) this.prepare(node, jumps);
    const text = this.fn.source.slice(node);
    const frag: Frag = text.endsWith(";") ? src(node) : [...src(node), ";"];
    const ends = JUMPS.has(node.type) || node.type === "ThrowStatement";
    return code(frag, { jumps, always, kills: this.kills(node), ends });
  }

  /** Edits for what inside a kept statement cannot stay, and the jumps that leave it. */
  prepare(node: Node, jumps: Jump[]): void {
    walkOwn(node, (n) => {
      if (n.type === "VariableDeclaration" && n.kind === "var") this.editVar(n);
      else if (n.type === "CatchClause") this.editCatch(n);
      else if (n.type === "ReturnStatement" || n.type === "BreakStatement" || n.type === "ContinueStatement") {
        const target = this.target(n);
        if (target !== undefined && target.start >= node.start) return;
        const { text, jump } = this.route(n, target);
        jumps.push(jump);
        if (text !== undefined) this.editJump(n, text);
      }
    });
  }

  private editJump(n: JumpNode, text: string): void {
    const final = this.finals.at(-1);
    if (n.type === "ReturnStatement" && final !== undefined) {
      if (n.argument) {
        this.edits.push({ start: n.start, end: n.start + 6, frag: ["{ ", def(final.value), " = ("] });
        const end = this.fn.source.slice(n).endsWith(";") ? n.end - 1 : n.end;
        this.edits.push({ start: end, end: n.end, frag: [`); ${text} }`] });
      } else this.edits.push({ start: n.start, end: n.end, frag: ["{ ", def(final.value), ` = undefined; ${text} }`] });
    } else this.edits.push({ start: n.start, end: n.end, frag: [`{ ${text} }`] });
  }

  /** `var` is hoisted: its declarations become assignments. */
  private editVar(n: acorn.VariableDeclaration): void {
    if (!this.fn.entered(this.fn.node.body)) return;
    const parent = this.fn.source.parent(n);
    const inOf = (parent?.type === "ForOfStatement" || parent?.type === "ForInStatement") && parent.left === n;
    // `void 0,` lets a pattern follow without becoming a block, or the arguments of a call above.
    const patterns = !inOf && n.declarations.some((d) => d.id.type !== "Identifier");
    this.edits.push({ start: n.start, end: n.declarations[0]!.start, frag: [patterns ? "void 0, " : ""] });
    for (const d of n.declarations) {
      if (inOf || d.id.type === "Identifier" || !d.init) continue;
      this.edits.push({ start: d.start, end: d.start, frag: ["("] });
      this.edits.push({ start: d.end, end: d.end, frag: [")"] });
    }
  }

  /** User code must not catch what ends a goroutine. */
  private editCatch(n: acorn.CatchClause): void {
    const { rt } = this.fn.module;
    const check = (e: string): string => ` if (${rt.rt}.uncatchable(${e})) throw ${e};`;
    const brace = n.body.start + 1;
    if (n.param === null || n.param === undefined) {
      this.edits.push({ start: n.start + 5, end: brace, frag: [` (${rt.e}) {${check(rt.e)}`] });
    } else if (n.param.type === "Identifier") {
      this.edits.push({ start: brace, end: brace, frag: [check(n.param.name)] });
    } else {
      this.edits.push({ start: n.param.start, end: n.param.start, frag: [`${rt.e}) {${check(rt.e)} let `] });
      this.edits.push({ start: n.param.end, end: n.body.start, frag: [` = ${rt.e}; `] });
      this.edits.push({ start: n.end, end: n.end, frag: [" }"] });
    }
  }

  private kills(node: Node): Local[] {
    if (node.type !== "ExpressionStatement" || node.expression.type !== "AssignmentExpression") return [];
    return node.expression.operator === "=" ? this.killed(node.expression.left) : [];
  }

  /** The locals that assigning to a pattern certainly replaces. A box is changed, not replaced. */
  killed(pattern: Node): Local[] {
    if (pattern.type !== "Identifier") return [];
    const local = this.fn.locals.ofNode(pattern);
    return local === undefined || local.boxed ? [] : [local];
  }
}

/** The loop under a chain of labels, or the outermost labelled statement itself. */
export function labelledTarget(n: acorn.LabeledStatement): Node {
  let body: Node = n.body;
  while (body.type === "LabeledStatement") body = body.body;
  return isLoop(body) || body.type === "SwitchStatement" ? body : n;
}
