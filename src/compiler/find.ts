/** Finding what a module takes from gosched, and the goroutine functions it makes at module level. */
import type * as acorn from "acorn";
import { isFunction, type Node, walk } from "./ast.js";
import { type Source, type Variable } from "./parse.js";

/** The functions of the library that matter here. */
export type Known = "goroutine" | "go" | "gosched" | "other";

/** How a module refers to the library. */
export class Imports {
  private readonly direct = new Map<Variable, string>();
  private readonly namespaces = new Set<Variable>();

  constructor(
    private readonly source: Source,
    isGosched: (specifier: string) => boolean,
  ) {
    for (const node of source.program.body) {
      if (node.type !== "ImportDeclaration" || !isGosched(String(node.source.value))) continue;
      for (const variable of source.scopes.getDeclaredVariables(node as never)) this.add(variable);
      for (const spec of node.specifiers)
        for (const variable of source.scopes.getDeclaredVariables(spec as never)) this.add(variable);
    }
  }

  private add(variable: Variable): void {
    const spec = variable.defs[0]?.node as unknown as Node | undefined;
    if (spec?.type === "ImportNamespaceSpecifier") this.namespaces.add(variable);
    else if (spec?.type === "ImportSpecifier") {
      const imported = spec.imported;
      this.direct.set(variable, imported.type === "Identifier" ? imported.name : String(imported.value));
    }
  }

  get empty(): boolean {
    return this.direct.size === 0 && this.namespaces.size === 0;
  }

  /** The library's name for what an expression denotes: `go`, also when it was renamed or is a namespace member. */
  nameOf(node: Node): string | undefined {
    if (node.type === "Identifier") {
      const variable = this.source.resolve(node);
      return variable && this.direct.get(variable);
    }
    if (node.type === "MemberExpression" && !node.computed && node.object.type === "Identifier") {
      const variable = this.source.resolve(node.object);
      if (variable && this.namespaces.has(variable) && node.property.type === "Identifier") return node.property.name;
    }
    return undefined;
  }
}

export interface GoCall {
  readonly call: acorn.CallExpression;
  readonly fn: acorn.FunctionExpression;
}

/** `goroutine(function* ...)` calls outside every function, in source order; the others stay as they are. */
export function moduleLevelCalls(source: Source, imports: Imports): { compiled: GoCall[]; native: Node[] } {
  const compiled: GoCall[] = [];
  const native: Node[] = [];
  const visit = (node: Node, depth: number): void => {
    if (node.type === "CallExpression" && imports.nameOf(node.callee) === "goroutine") {
      const fn = checkArgument(source, node);
      if (fn !== undefined && depth === 0) {
        compiled.push({ call: node, fn });
        return; // what is inside belongs to the goroutine function
      }
      native.push(node);
    }
    const inner = isFunction(node) || node.type === "StaticBlock" || node.type === "PropertyDefinition";
    walkChildren(node, (child) => visit(child, inner ? depth + 1 : depth));
  };
  visit(source.program, 0);
  return { compiled, native };
}

function walkChildren(node: Node, visit: (child: Node) => void): void {
  walk(node, (child, parent) => {
    if (parent === undefined) return true;
    visit(child);
    return false;
  });
}

/** The generator function given to goroutine(); undefined where it is not written in place. */
export function checkArgument(source: Source, call: acorn.CallExpression): acorn.FunctionExpression | undefined {
  const arg = call.arguments[0];
  if (arg === undefined)
    throw source.error(call, "goroutine() needs a function: write goroutine(function* () { ... })");
  if (arg.type === "ArrowFunctionExpression")
    throw source.error(arg, "goroutine() needs a generator function: write function* instead of the arrow");
  if (arg.type !== "FunctionExpression") return undefined;
  checkGenerator(source, arg);
  return arg;
}

export function checkGenerator(source: Source, fn: acorn.FunctionExpression): void {
  if (fn.async)
    throw source.error(fn, "a goroutine function cannot be async: write function*, and yield* where it waits");
  if (!fn.generator)
    throw source.error(fn, "a goroutine function must be a generator: write function* instead of function");
}
