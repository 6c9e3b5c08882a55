/** Text to tree and scopes. */
import * as acorn from "acorn";
import { analyze, type Reference, type Scope, type ScopeManager, type Variable } from "eslint-scope";
import { Lines, type Node, walk } from "./ast.js";
import { CompileError } from "./errors.js";

export type { Reference, Scope, Variable };

/** A parsed module and everything that is asked of it. */
export class Source {
  readonly lines: Lines;
  readonly program: acorn.Program;
  readonly parents = new Map<Node, Node>();
  /** Every name that occurs: emitted names avoid them all, whatever their scope. */
  private readonly names = new Set<string>();
  /** Start and end of every token, in order: where a line break may be left out. */
  readonly tokens: acorn.Token[] = [];
  readonly scopes: ScopeManager;
  readonly moduleScope: Scope;
  private readonly refs = new Map<Node, Reference>();

  constructor(
    readonly text: string,
    readonly url: string,
  ) {
    this.lines = new Lines(text);
    try {
      this.program = acorn.parse(text, {
        ecmaVersion: "latest",
        sourceType: "module",
        allowHashBang: true,
        ranges: true, // for eslint-scope
        onToken: this.tokens,
      });
    } catch (e) {
      const at = (e as { pos?: number }).pos ?? 0;
      throw this.error(at, (e as Error).message.replace(/ \(\d+:\d+\)$/, ""));
    }
    walk(this.program, (node, parent) => {
      if (parent !== undefined) this.parents.set(node, parent);
      if (node.type === "Identifier" || node.type === "PrivateIdentifier") this.names.add(node.name);
    });
    this.scopes = analyze(this.program as never, { ecmaVersion: 2022, sourceType: "module" });
    this.moduleScope = this.scopes.scopes.find((s) => s.type === "module")!;
    for (const scope of this.scopes.scopes)
      for (const ref of scope.references) this.refs.set(ref.identifier as unknown as Node, ref);
  }

  error(at: Node | number, problem: string): CompileError {
    const pos = typeof at === "number" ? at : at.start;
    return new CompileError(this.url, this.lines.of(pos), this.lines.column(pos), problem);
  }

  line(node: Node): number {
    return this.lines.of(node.start);
  }

  slice(node: Node): string {
    return this.text.slice(node.start, node.end);
  }

  parent(node: Node): Node | undefined {
    return this.parents.get(node);
  }

  /** The variable an identifier refers to; undefined for a global. */
  resolve(id: Node): Variable | undefined {
    return this.refs.get(id)?.resolved ?? undefined;
  }

  /** A name that occurs nowhere in the module. */
  fresh(base: string): string {
    let name = base;
    for (let n = 1; this.names.has(name); n++) name = `${base}$${n}`;
    this.names.add(name);
    return name;
  }
}

/** Assigned after its declaration? Imports and functions count as constants unless someone assigns to them. */
export function reassigned(variable: Variable): boolean {
  return variable.references.some((r) => r.isWrite() && !r.init);
}
