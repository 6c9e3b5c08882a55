/**
 * Which expressions are certainly arrays, and which arrays nobody else can see.
 *
 * An array is an object: live across a suspension, it would keep its goroutine on the thread. But an array that only
 * one local ever names may be copied from thread to thread, because nobody can tell the copy from the original. A
 * local is such if all it is assigned are fresh arrays, and all that is done with it reads or writes elements.
 */
import type * as acorn from "acorn";
import type { Node } from "./ast.js";
import type { GoFn } from "./gofn.js";
import type { Local } from "./locals.js";
import type { Variable } from "./parse.js";

/** Methods that neither keep the array nor hand it on. */
const SAFE = new Set([
  "push",
  "pop",
  "shift",
  "unshift",
  "indexOf",
  "lastIndexOf",
  "includes",
  "join",
  "slice",
  "at",
  "concat",
]);
/** Methods that return the array itself: harmless where the result is dropped. */
const SELF = new Set(["fill", "reverse", "sort"]);
/** Methods that show the array to their callback, as the argument after these. */
const CALLBACKS: Readonly<Record<string, number>> = {
  ...{ map: 2, filter: 2, forEach: 2, some: 2, every: 2, find: 2, findIndex: 2, flatMap: 2, reduce: 3, reduceRight: 3 },
};
/** Methods whose result is a new array (of arrays, and of strings for split). */
const FRESH = new Set([
  "map",
  "filter",
  "slice",
  "split",
  "concat",
  "flat",
  "flatMap",
  "toSorted",
  "toReversed",
  "toSpliced",
  "with",
]);

export class Arrays {
  constructor(private readonly fn: GoFn) {
    for (const local of fn.locals.all) {
      const v = local.variable;
      if (v !== undefined && !local.boxed && local.copy === undefined && this.isPrivate(v)) local.array = true;
    }
  }

  /** Certainly an array with the usual iteration. */
  isArray(node: Node): boolean {
    if (node.type === "ArrayExpression") return true;
    if (node.type === "CallExpression" && node.callee.type === "MemberExpression" && !node.optional) {
      const { object, property } = node.callee;
      if (property.type !== "Identifier" || node.callee.computed) return false;
      if (this.isGlobal(object, "Object")) return ["keys", "values", "entries"].includes(property.name);
      if (this.isGlobal(object, "Array")) return property.name === "from" || property.name === "of";
      return FRESH.has(property.name) && this.isArray(object);
    }
    const local = node.type === "Identifier" ? this.fn.locals.ofNode(node) : undefined;
    return local?.array === true && this.writes(local.variable!).every((w) => this.isArray(w));
  }

  /** The local to walk over in place of a hidden one: a private array that the loop does not replace. */
  walked(node: acorn.ForOfStatement): Local | undefined {
    if (node.right.type !== "Identifier") return undefined;
    const local = this.fn.locals.ofNode(node.right);
    if (local?.array !== true || local.reload !== undefined || !this.isArray(node.right)) return undefined;
    return this.writes(local.variable!).length === 1 ? local : undefined;
  }

  /** A new array, which only the one who asked for it knows. */
  isFresh(node: Node): boolean {
    if (node.type !== "CallExpression") return this.isArray(node) && node.type !== "Identifier";
    if (this.isArray(node)) return true;
    const { callee } = node;
    return (
      callee.type === "MemberExpression" &&
      !callee.computed &&
      callee.property.type === "Identifier" &&
      FRESH.has(callee.property.name)
    );
  }

  private isGlobal(node: Node, name: string): boolean {
    return node.type === "Identifier" && node.name === name && this.fn.source.resolve(node) === undefined;
  }

  /** What a variable is assigned, if all of it can be seen. */
  private writes(v: Variable): Node[] {
    const out: Node[] = [];
    for (const r of v.references) {
      if (!r.isWrite()) continue;
      const id = r.identifier as unknown as Node;
      const parent = this.fn.source.parent(id);
      if (parent?.type === "VariableDeclarator" && parent.id === id && parent.init) out.push(parent.init);
      else if (parent?.type === "AssignmentExpression" && parent.left === id && parent.operator === "=")
        out.push(parent.right);
      else return [id]; // not an array, certainly
    }
    return out;
  }

  private isPrivate(v: Variable): boolean {
    const def = v.defs[0];
    if (def?.type !== "Variable" || this.fn.captures.includes(v)) return false;
    const writes = this.writes(v);
    if (writes.length === 0 || !writes.every((w) => this.isFresh(w))) return false;
    return v.references.every((r) => {
      const id = r.identifier as unknown as Node;
      if (r.from.variableScope !== this.fn.scope) return false;
      const parent = this.fn.source.parent(id)!;
      if (r.isWrite()) return this.isDropped(parent);
      return this.isHarmless(id, parent);
    });
  }

  /** `a = []` as a value would be a second name. */
  private isDropped(node: Node): boolean {
    return node.type === "VariableDeclarator" || this.fn.source.parent(node)?.type === "ExpressionStatement";
  }

  private isHarmless(id: Node, parent: Node): boolean {
    const { source } = this.fn;
    if (parent.type === "SpreadElement") return true;
    // Whoever gets it is the only one from then on, unless a finally still runs here.
    if (parent.type === "ReturnStatement") return !this.insideFinally(parent);
    if (parent.type === "ForOfStatement") return parent.right === id && this.walksSafely(id, parent);
    if (parent.type === "VariableDeclarator")
      return parent.init === id && parent.id.type === "ArrayPattern" && !this.fn.suspends(parent);
    if (parent.type !== "MemberExpression" || parent.object !== id) return false;
    const outer = source.parent(parent)!;
    const called = outer.type === "CallExpression" && outer.callee === parent;
    if (outer.type === "TaggedTemplateExpression") return false;
    if (parent.computed) return !called;
    if (parent.property.type !== "Identifier") return false;
    const name = parent.property.name;
    if (!called) return name === "length";
    if (SAFE.has(name)) return true;
    if (SELF.has(name)) return source.parent(outer)?.type === "ExpressionStatement";
    const limit = CALLBACKS[name];
    const callback = outer.arguments[0];
    if (limit === undefined || callback === undefined) return false;
    if (this.isGlobal(callback, "Boolean") || this.isGlobal(callback, "Number") || this.isGlobal(callback, "String"))
      return true;
    if (callback.type !== "ArrowFunctionExpression") return false;
    return callback.params.length <= limit && callback.params.every((p) => p.type !== "RestElement");
  }

  private insideFinally(node: Node): boolean {
    for (let n = this.fn.source.parent(node); n !== undefined && n !== this.fn.node; n = this.fn.source.parent(n))
      if (n.type === "TryStatement" && n.finalizer) return true;
    return false;
  }

  /** The loop names the array, too: that is the same local only if it is never replaced. */
  private walksSafely(id: Node, loop: acorn.ForOfStatement): boolean {
    if (!this.fn.entered(loop)) return true;
    const writes = this.writes(this.fn.source.resolve(id)!);
    return writes.length === 1 && this.isArray(writes[0]!);
  }
}
