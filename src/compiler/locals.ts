/**
 * The locals of a goroutine function: what becomes of each variable that can live across a suspension.
 *
 * Every activation (the first call and every resumption) has JavaScript variables of its own, loaded from the frame.
 * Code of the function itself does not notice. A closure does: it keeps the variables of the activation that made it.
 * So, for a variable captured by a closure that may outlive its activation:
 *   - never reassigned, and declared before the closure: the closure may keep its own activation's variable, because
 *     the value never changes. In a loop the variable gets a binding for each entry of its block (`own`), as in the
 *     original, reloaded through a second name.
 *   - reassigned, or declared after the closure: the variable becomes a box `{v}` that function and closure share. A
 *     box is an ordinary object: where it is live, it pins the goroutine to its thread.
 *   - the head variable of a `for`, assigned by the head alone: closures in the body keep a copy for each round.
 */
import type { Node } from "./ast.js";
import { changes, type GoFn, inLoop, isInside, onlyHeadAssigns } from "./gofn.js";
import type { Reference, Variable } from "./parse.js";
import { classify, functionChain, identifierOf, type Native, ownScopes } from "./runs.js";

export class Local {
  readonly bit: bigint;
  /** Shared with closures as `{v}`. */
  boxed = false;
  /** Always a number where it is live. */
  num = false;
  /** A private array: copied instead of pinned. */
  array = false;
  /** The list of deferred calls. */
  defers = false;
  /** Its slot stays valid after a resumption: see settled.ts. */
  settled = false;
  /** Function-level name that a reload assigns to, where `name` is bound inside a block. */
  reload: string | undefined;
  /** Name of the copy that closures keep. */
  copy: string | undefined;
  /** May a nested function assign to it? */
  assignedByClosure = false;
  /** Slot in the frame; 0: none. */
  slot = 0;
  constructor(
    readonly name: string,
    readonly index: number,
    readonly variable: Variable | undefined,
  ) {
    this.bit = 1n << BigInt(index);
  }
}

/** One place where a local is named in the source. */
export interface Use {
  readonly start: number;
  readonly end: number;
  readonly node: Node;
  readonly local: Local | undefined;
  readonly read: boolean;
  readonly write: boolean;
  /** Inside a nested function. */
  readonly nested: boolean;
  /** What to print instead of a name, for the errors that the original would throw. */
  readonly instead: string | undefined;
  /** A call of a rematerialised function: what that function captures is used here. */
  readonly also: readonly Local[];
}

export class Locals {
  readonly all: Local[] = [];
  readonly uses: Use[] = [];
  readonly native: Native;
  private readonly byVariable = new Map<Variable, Local>();
  /** Locals bound in a block, boxed locals, and copies, by the node of the scope that declares them. */
  readonly homes = new Map<Node, { own: Local[]; boxes: Local[]; copies: Local[] }>();
  private readonly rematLocals = new Map<Variable, Local[]>();
  /** Closures in the head of a `for` over a boxed variable of it: outside of the block that has the copies. */
  readonly headClosures: { readonly closure: Node; readonly local: Local }[] = [];
  private readonly freeTemps: Local[] = [];
  argumentsLocal: Local | undefined;

  constructor(private readonly fn: GoFn) {
    this.native = classify(fn);
    for (const v of fn.captures) this.define(v);
    for (const v of this.native.own)
      if (!this.native.native.has(v) && !this.native.remat.has(v) && !this.isLifted(v)) this.define(v);
    const args = fn.scope.set.get("arguments");
    if (args !== undefined && args.references.length > 0) {
      this.argumentsLocal = this.add("$args", args);
      this.byVariable.set(args, this.argumentsLocal);
    }
    this.closures();
    this.findUses();
  }

  of(v: Variable | undefined): Local | undefined {
    return v && this.byVariable.get(v);
  }

  ofNode(id: Node): Local | undefined {
    return this.of(this.fn.source.resolve(id) ?? this.declared.get(id));
  }
  private readonly declared = new Map<Node, Variable>();

  home(scope: Node): { own: Local[]; boxes: Local[]; copies: Local[] } {
    return this.homes.get(scope) ?? { own: [], boxes: [], copies: [] };
  }

  /** A hidden local with a fresh name. */
  add(base: string, variable?: Variable): Local {
    const local = new Local(this.fn.source.fresh(base), this.all.length, variable);
    this.all.push(local);
    return local;
  }

  /** A temporary; those of finished statements are used again. */
  temp(): Local {
    const local = this.freeTemps.pop() ?? this.add("$t");
    this.inUse.push(local);
    return local;
  }
  private inUse: Local[] = [];
  /** Runs one statement's lowering and gives its temporaries back. */
  statement<T>(run: () => T): T {
    const outer = this.inUse;
    this.inUse = [];
    const result = run();
    this.freeTemps.push(...this.inUse);
    this.inUse = outer;
    return result;
  }

  private isLifted(_v: Variable): boolean {
    return false;
  }

  private define(v: Variable): void {
    const sameName = this.native.own.filter((o) => o.name === v.name && o !== v).length > 0;
    const clash = sameName || this.all.some((l) => l.name === v.name) || this.seesOutside(v.name);
    const name = clash ? this.fn.source.fresh(`${v.name}$`) : v.name;
    const local = new Local(name, this.all.length, v);
    this.all.push(local);
    this.byVariable.set(v, local);
    for (const id of v.identifiers) this.declared.set(id as unknown as Node, v);
  }

  /** Does the function name something outside of itself so? Then a hoisted variable must not hide it. */
  private seesOutside(name: string): boolean {
    return this.fn.scope.through.some(
      (r) => r.identifier.name === name && !this.fn.captures.includes(r.resolved as Variable),
    );
  }

  // ---- closures

  private closures(): void {
    const { fn } = this;
    const remat = new Set([...this.native.remat.values()].map((r) => r.fn));
    for (const [v, local] of this.byVariable) {
      const escaping: Node[] = [];
      for (const r of v.references) {
        if (!isInside(r.from, fn.scope)) continue;
        const chain = functionChain(fn, r);
        if (chain.length === 0 || this.isInline(chain[0]!)) continue;
        if (r.isWrite()) local.assignedByClosure = true;
        if (chain.length > 1 || !remat.has(chain[0]!)) escaping.push(chain[0]!);
      }
      if (escaping.length > 0) this.capture(v, local, escaping);
    }
    for (const [v, { fn: node }] of this.native.remat) this.rematLocals.set(v, this.capturedBy(node, new Set()));
  }

  private isInline(node: Node): boolean {
    return this.fn.inlines.some((i) => i.fn === node);
  }

  private capture(v: Variable, local: Local, closures: Node[]): void {
    const { fn } = this;
    const home = v.scope.block as unknown as Node;
    if (fn.captures.includes(v) || v === this.argumentsLocal?.variable) return;
    const param = v.defs[0]?.type === "Parameter";
    const looped = !param && this.looped(v, home);
    const first = Math.min(...closures.map((c) => this.createdAt(c)));
    if (onlyHeadAssigns(v) && home.type === "ForStatement" && closures.every((c) => c.start >= home.body.start)) {
      local.copy = fn.source.fresh(`${v.name}$c`);
      this.homeOf(home).copies.push(local);
      return;
    }
    if (!changes(v, home, fn.source) && (param || this.declaredBefore(v, first))) {
      if (!looped) return;
      local.reload = fn.source.fresh(`${v.name}$r`);
      this.homeOf(home).own.push(local);
      return;
    }
    local.boxed = true;
    this.homeOf(home).boxes.push(local);
    if (!looped) return;
    local.copy = fn.source.fresh(`${v.name}$c`);
    this.homeOf(home).copies.push(local);
    if (home.type !== "ForStatement") return;
    for (const closure of new Set(closures))
      if (closure.start < home.body.start) this.headClosures.push({ closure, local });
  }

  /** May its scope be entered many times in one call? */
  private looped(v: Variable, home: Node): boolean {
    const def = v.defs[0];
    if (def?.type === "Variable" && def.parent?.kind === "var") return false;
    if (v.scope === this.fn.scope) return false;
    return (
      home.type === "ForOfStatement" ||
      home.type === "ForInStatement" ||
      home.type === "ForStatement" ||
      inLoop(home, this.fn.source)
    );
  }

  /** A function declaration exists from the start of its block. */
  private createdAt(closure: Node): number {
    if (closure.type !== "FunctionDeclaration") return closure.start;
    return this.fn.source.parent(closure)!.start;
  }

  private declaredBefore(v: Variable, pos: number): boolean {
    const node = v.defs[0]!.node as unknown as Node;
    // The binding of a loop head or a catch is made before any of the body runs.
    const scope = v.scope.block as unknown as Node;
    if (scope.type === "ForOfStatement" || scope.type === "ForInStatement") return pos >= scope.body.start;
    if (scope.type === "CatchClause") return pos >= scope.body.start;
    if (node.type === "FunctionDeclaration") return false;
    return node.end <= pos;
  }

  private homeOf(scope: Node): { own: Local[]; boxes: Local[]; copies: Local[] } {
    let home = this.homes.get(scope);
    if (home === undefined) this.homes.set(scope, (home = { own: [], boxes: [], copies: [] }));
    return home;
  }

  /** What a rematerialised function uses of its surroundings, also through others of its kind. */
  private capturedBy(node: Node, seen: Set<Node>): Local[] {
    if (seen.has(node)) return [];
    seen.add(node);
    const out = new Set<Local>();
    for (const [v, local] of this.byVariable)
      for (const r of v.references) if (within(identifierOf(r), node)) out.add(local);
    for (const [v, { fn: other }] of this.native.remat)
      if (v.references.some((r) => within(identifierOf(r), node)))
        for (const l of this.capturedBy(other, seen)) out.add(l);
    return [...out];
  }

  // ---- uses

  private findUses(): void {
    const { fn } = this;
    const add = (use: Use): void => void this.uses.push(use);
    const seen = new Set<number>();
    for (const [v, local] of this.byVariable) {
      const constant = v.defs[0]?.type === "Variable" && v.defs[0].parent?.kind === "const";
      for (const r of v.references) {
        const node = identifierOf(r);
        if (!isInside(r.from, fn.scope) || seen.has(node.start)) continue;
        seen.add(node.start);
        const chain = functionChain(fn, r);
        const instead =
          constant && r.isWrite() && r.init !== true
            ? fn.module.rt.constant
            : chain.length === 0 && r.init !== true && this.isDead(v, node)
              ? r.isWrite()
                ? fn.module.rt.constant
                : this.tdz(v)
              : undefined;
        add({
          start: node.start,
          end: node.end,
          node,
          local,
          read: r.isRead(),
          write: r.isWrite(),
          nested: chain.length > 0 && !this.isInline(chain[0]!),
          instead,
          also: [],
        });
      }
      for (const id of v.identifiers) {
        const node = id as unknown as Node;
        if (seen.has(node.start)) continue;
        seen.add(node.start);
        add({
          start: node.start,
          end: node.end,
          node,
          local,
          read: false,
          write: true,
          nested: false,
          instead: undefined,
          also: [],
        });
      }
    }
    for (const [v, also] of this.rematLocals)
      for (const r of v.references) {
        if (r.init === true) continue;
        const node = identifierOf(r);
        add({
          start: node.start,
          end: node.end,
          node,
          local: undefined,
          read: false,
          write: false,
          nested: false,
          instead: undefined,
          also,
        });
      }
    this.uses.sort((a, b) => a.start - b.start);
  }

  /** Named before its declaration, where every run finds it uninitialised. */
  private isDead(v: Variable, node: Node): boolean {
    const def = v.defs[0];
    if (def === undefined) return false;
    if (def.type === "ClassName") return node.start < (def.node as unknown as Node).start;
    if (def.type !== "Variable" || def.parent?.kind === "var") return false;
    const declarator = def.node as unknown as Node;
    const block = v.scope.block as unknown as Node;
    if (block.type === "ForOfStatement" || block.type === "ForInStatement")
      return node.start >= block.right.start && node.end <= block.right.end;
    return (
      node.start < (def.name as unknown as Node).start ||
      (within(node, declarator) &&
        declarator.type === "VariableDeclarator" &&
        !!declarator.init &&
        within(node, declarator.init))
    );
  }

  private tdz(v: Variable): string {
    return `(() => { throw new ReferenceError("Cannot access '${v.name}' before initialization"); })()`;
  }

  /** Uses inside [start, end). */
  *between(start: number, end: number): Generator<Use> {
    let lo = 0;
    let hi = this.uses.length;
    while (lo < hi) {
      const mid = (lo + hi) >> 1;
      if (this.uses[mid]!.start < start) lo = mid + 1;
      else hi = mid;
    }
    for (let i = lo; i < this.uses.length && this.uses[i]!.start < end; i++) yield this.uses[i]!;
  }
}

function within(node: Node, outer: Node): boolean {
  return node.start >= outer.start && node.end <= outer.end;
}

export { identifierOf, ownScopes, type Reference };
