/**
 * What may stay as it is.
 *
 * In a statement list with suspensions, the statements between two of them form a run, emitted as one guarded block. A
 * block-scoped variable that is used only inside the run that declares it needs no hoisting: it stays a `let` or
 * `const` of that block, with the semantics of the original, closures and temporal dead zone included.
 *
 * A nested function that is only ever called by its name cannot outlive an activation. Its declaration is left in its
 * block, outside the guards: it is made anew in every activation, over that activation's variables.
 *
 * The two depend on each other (a rematerialised function splits a run), so this iterates until nothing changes; the
 * set of native variables only shrinks.
 */
import { isFunction, type Node } from "./ast.js";
import { type GoFn, isInside } from "./gofn.js";
import { reassigned, type Reference, type Scope, type Variable } from "./parse.js";

export interface Native {
  /** Variables that stay block-scoped declarations. */
  readonly native: Set<Variable>;
  /** Functions that are declared anew in every activation, and their declaring statements. */
  readonly remat: Map<Variable, { readonly fn: Node; readonly statement: Node }>;
  /** Statements that must run in every activation. */
  readonly always: Set<Node>;
  /** Variables declared in this function (not in nested ones). */
  readonly own: Variable[];
}

/** The scopes of a function's own code. */
export function ownScopes(scope: Scope): Scope[] {
  const out: Scope[] = [];
  const visit = (s: Scope): void => {
    out.push(s);
    for (const child of s.childScopes)
      if (
        child.type !== "function" &&
        child.type !== "class-field-initializer" &&
        child.type !== "class-static-block"
      ) {
        if (child.type === "function-expression-name") continue;
        visit(child);
      }
  };
  visit(scope);
  return out;
}

/** Nested functions between a reference and the goroutine function, outermost first. */
export function functionChain(fn: GoFn, ref: Reference): Node[] {
  const chain: Node[] = [];
  for (let s: Scope | null = ref.from; s !== null && s !== fn.scope; s = s.upper)
    if (s.type === "function" || s.type === "class-field-initializer" || s.type === "class-static-block")
      chain.unshift(s.block as unknown as Node);
  return chain;
}

export function identifierOf(ref: Reference): Node {
  return ref.identifier as unknown as Node;
}

/** The list a scope's declarations stand in, if it is one that is taken apart. */
function listOf(fn: GoFn, scope: Scope, pos: number): Node[] | undefined {
  const block = scope.block as unknown as Node;
  if (scope === fn.scope) return fn.node.body.body as Node[];
  if (block.type === "BlockStatement" && fn.entered(block)) return block.body as Node[];
  if (block.type === "SwitchStatement" && fn.entered(block)) {
    const one = block.cases.find((c) => c.start <= pos && pos < c.end);
    return one?.consequent as Node[] | undefined;
  }
  return undefined;
}

export function classify(fn: GoFn): Native {
  const own: Variable[] = [];
  for (const scope of ownScopes(fn.scope)) {
    if (scope.type === "class") continue; // a class's inner name belongs to its text
    for (const v of scope.variables) if (v.defs.length > 0) own.push(v);
  }
  const native = new Set<Variable>();
  const all = own.filter((v) => canBeNative(fn, v));
  let remat: Native["remat"] = new Map();
  let always = new Set<Node>();
  for (;;) {
    const nextNative = together(
      all.filter((v) => isNative(fn, v, always)),
      own,
    );
    const nextRemat = findRemat(fn, own, new Set(nextNative));
    const nextAlways = new Set([...nextRemat.values()].map((r) => r.statement));
    const stable = nextNative.length === native.size && nextAlways.size === always.size;
    native.clear();
    for (const v of nextNative) native.add(v);
    remat = nextRemat;
    always = nextAlways;
    if (stable) return { native, remat, always, own };
  }
}

/** One declaration statement is hoisted as a whole or not at all. */
function together(native: Variable[], own: Variable[]): Variable[] {
  const candidates = new Set(native);
  const hoisted = new Set(own.filter((v) => !candidates.has(v)).map((v) => v.defs[0]!.parent));
  return native.filter((v) => v.defs[0]!.type !== "Variable" || !hoisted.has(v.defs[0]!.parent));
}

function canBeNative(fn: GoFn, v: Variable): boolean {
  const def = v.defs[0]!;
  if (def.type === "Parameter") return false;
  if (def.type === "Variable" && def.parent?.kind === "var") return !fn.entered(fn.node.body);
  return true;
}

function isNative(fn: GoFn, v: Variable, always: ReadonlySet<Node>): boolean {
  const block = v.scope.block as unknown as Node;
  if (v.scope !== fn.scope && !fn.entered(block)) return true;
  if (!fn.entered(fn.node.body)) return true;
  const id = v.identifiers[0] as unknown as Node;
  const list = listOf(fn, v.scope, id.start);
  if (list === undefined) return false; // head of a loop or catch that is taken apart
  const splits = (s: Node): boolean => fn.entered(s) || s.type === "FunctionDeclaration" || always.has(s);
  const at = list.findIndex((s) => s.start <= id.start && id.start < s.end);
  if (at < 0 || splits(list[at]!)) return false;
  let first = at;
  let last = at;
  while (first > 0 && !splits(list[first - 1]!)) first--;
  while (last + 1 < list.length && !splits(list[last + 1]!)) last++;
  const from = list[first]!.start;
  const to = list[last]!.end;
  return v.references.every((r) => identifierOf(r).start >= from && identifierOf(r).end <= to);
}

function findRemat(fn: GoFn, own: Variable[], native: ReadonlySet<Variable>): Native["remat"] {
  const found: Native["remat"] = new Map();
  if (!fn.entered(fn.node.body)) return found;
  for (const v of own) {
    if (native.has(v) || v.defs.length !== 1 || reassigned(v)) continue;
    const candidate = candidateFor(fn, v);
    if (candidate !== undefined) found.set(v, candidate);
  }
  for (let changed = true; changed;) {
    changed = false;
    const functions = new Set([...found.values()].map((r) => r.fn));
    for (const v of found.keys()) {
      if (v.references.every((r) => r.init === true || isPlainCall(fn, r, functions))) continue;
      found.delete(v);
      changed = true;
    }
  }
  return found;
}

function candidateFor(fn: GoFn, v: Variable): { fn: Node; statement: Node } | undefined {
  const def = v.defs[0]!;
  const node = def.node as unknown as Node;
  const block = v.scope.block as unknown as Node;
  if (fn.entered(node) || (v.scope !== fn.scope && block.type !== "BlockStatement")) return undefined;
  if (node.type === "FunctionDeclaration") return node.generator ? undefined : { fn: node, statement: node };
  if (node.type !== "VariableDeclarator") return undefined;
  const statement = def.parent as unknown as Node;
  const init = node.init;
  if (
    statement.type !== "VariableDeclaration" ||
    statement.kind !== "const" ||
    statement.declarations.length !== 1 ||
    !init ||
    !isFunction(init)
  )
    return undefined;
  if (init.generator || node.id.type !== "Identifier") return undefined;
  return { fn: init, statement };
}

function isPlainCall(fn: GoFn, ref: Reference, remat: ReadonlySet<Node>): boolean {
  const id = identifierOf(ref);
  const call = fn.source.parent(id);
  if (call?.type !== "CallExpression" || call.callee !== id) return false;
  const outer = fn.source.parent(call);
  if (outer?.type === "YieldExpression") return false;
  const chain = functionChain(fn, ref);
  if (fn.inlines.some((i) => isInside(ref.from, i.go.scope))) return false;
  return chain.length === 0 || (chain.length === 1 && remat.has(chain[0]!));
}
