import type { Rule, Scope } from "eslint";
import type { CallExpression, Expression, Identifier, Node, Super } from "estree";

/** An AST node as ESLint hands it to a rule: it knows its parent. */
export type Linked = Node & { parent: Linked };

/** A generator function as it appears in the source. */
export type GeneratorNode = Extract<Node, { type: "FunctionExpression" | "FunctionDeclaration" }>;

/**
 * Answers, from scopes alone, what a name in this file stands for: an export of gosched, or a function that the file
 * itself bound to `goroutine(...)`.
 */
export class Bindings {
  private readonly sourceCode: Rule.RuleContext["sourceCode"];
  private readonly modules: ReadonlySet<string>;

  /** `modules` are the specifiers under which the file may import gosched. */
  constructor(sourceCode: Rule.RuleContext["sourceCode"], modules: Iterable<string>) {
    this.sourceCode = sourceCode;
    this.modules = new Set(modules);
  }

  /** The name that gosched exports the callee under (`import { go as spawn }` is still `"go"`), if it is an export. */
  exportName(callee: Expression | Super): string | undefined {
    if (callee.type === "MemberExpression") {
      if (callee.computed || callee.property.type !== "Identifier" || callee.object.type !== "Identifier")
        return undefined;
      const definition = this.importOf(callee.object);
      return definition?.node.type === "ImportNamespaceSpecifier" ? callee.property.name : undefined;
    }
    if (callee.type !== "Identifier") return undefined;
    const specifier = this.importOf(callee)?.node;
    if (specifier?.type !== "ImportSpecifier") return undefined;
    const { imported } = specifier;
    return imported.type === "Identifier" ? imported.name : String(imported.value);
  }

  /** Whether the name is bound, once and in this file, to `goroutine(...)`. */
  isGoroutine(callee: Expression | Super): boolean {
    if (callee.type !== "Identifier") return false;
    const init = this.constantInit(callee);
    return init?.type === "CallExpression" && this.exportName(init.callee as Expression) === "goroutine";
  }

  /** The generator function that an argument of `goroutine` or `go` is: written in place, or by the name of one. */
  generator(argument: CallExpression["arguments"][number] | undefined): GeneratorNode | undefined {
    let node: Node | null | undefined = argument;
    if (node?.type === "Identifier") node = this.constantInit(node);
    if (node?.type !== "FunctionExpression" && node?.type !== "FunctionDeclaration") return undefined;
    return node.generator === true ? node : undefined;
  }

  private constantInit(identifier: Identifier): Node | null | undefined {
    const definition = this.variable(identifier)?.defs[0];
    if (definition?.type === "FunctionName") return definition.node as Node;
    if (definition?.type !== "Variable" || definition.parent?.kind !== "const") return undefined;
    return definition.node.id.type === "Identifier" ? definition.node.init : undefined;
  }

  private importOf(identifier: Identifier): Extract<Scope.Definition, { type: "ImportBinding" }> | undefined {
    const definition = this.variable(identifier)?.defs[0];
    if (definition?.type !== "ImportBinding" || definition.parent.type !== "ImportDeclaration") return undefined;
    return this.modules.has(String(definition.parent.source.value)) ? definition : undefined;
  }

  private variable(identifier: Identifier): Scope.Variable | undefined {
    for (let scope: Scope.Scope | null = this.sourceCode.getScope(identifier); scope !== null; scope = scope.upper) {
      const found = scope.set.get(identifier.name);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
