/** One goroutine function on its way through the compiler. */
import type * as acorn from "acorn";
import { isFunction, isLoop, type Node } from "./ast.js";
import type { PinReport, Warning } from "./errors.js";
import type { Imports } from "./find.js";
import type { Arrays } from "./arrays.js";
import type { Locals } from "./locals.js";
import { type Inline, mark, type Marks } from "./mark.js";
import type { SelectSites } from "./select.js";
import { reassigned, type Scope, type Source, type Variable } from "./parse.js";

/** Names of what emitted code takes from the runtime, free of collisions in this module. */
export interface RuntimeNames {
  readonly rt: string;
  readonly url: string;
  readonly I: string;
  readonly putNum: string;
  readonly put: string;
  readonly get: string;
  readonly F: string;
  /** Upper word of a slot that holds an integer. */
  readonly INT: string;
  readonly keep: string;
  readonly putArr: string;
  readonly enter: string;
  readonly base: string;
  readonly SUSPEND: string;
  /** Index of the thread's guard (stack/guard.ts). */
  readonly guard: string;
  /** Names inside emitted functions: the same in all of them. */
  readonly g: string;
  readonly fp: string;
  readonly pc: string;
  readonly sent: string;
  readonly b: string;
  readonly f: string;
  readonly thrown: string;
  /** 1 in an activation that was resumed: its settled locals are in their slots. */
  readonly kept: string;
  readonly e: string;
  /** Of a loop that runs in stretches (stretch.ts): rounds left until its next look, and between that and the one after. */
  readonly left: string;
  readonly next: string;
  /** Where a stretch of a counting loop would end, and where it does. */
  readonly end: string;
  readonly to: string;
  /** How often it was stopped (stack/stops.ts). */
  readonly stops: string;
  /** A constant that user code assigns to where it assigns to a const: the same TypeError. */
  readonly constant: string;
}

/** What the functions of one module share. */
export interface ModuleContext {
  readonly source: Source;
  readonly imports: Imports;
  readonly rt: RuntimeNames;
  /** Variables bound once to a compiled goroutine function: called directly. */
  readonly direct: Map<Variable, GoFn>;
  /** Helper functions that emitted code needs, by name, with their emitted names. */
  readonly helpers: Map<string, string>;
  /** Declarations of variables of the module that emitted code needs. */
  readonly variables: string[];
  readonly selects: SelectSites;
  readonly pins: PinReport[];
  readonly warnings: Warning[];
}

export interface InlineFn extends Inline {
  readonly go: GoFn;
}

export class GoFn {
  readonly marks: Marks;
  readonly scope: Scope;
  readonly inlines: InlineFn[] = [];
  /** Constants of the surrounding functions, passed as leading parameters. */
  readonly captures: Variable[];
  /** Its own name inside itself, where the function expression has one. */
  readonly self: Variable | undefined;
  /** Emitted name of the resumable function. */
  readonly emitted: string;
  /** Expressions for its GoFunc object and for its id, valid after the module has loaded. */
  value: string;
  id: string;
  locals!: Locals;
  arrays!: Arrays;
  /** Does it call functions whose depth it cannot know? Then it checks the nesting limit. */
  calls = false;

  constructor(
    readonly module: ModuleContext,
    readonly node: acorn.FunctionExpression,
    readonly name: string,
    readonly key: string,
    readonly outer: GoFn | undefined,
  ) {
    const { source } = module;
    this.emitted = source.fresh(`${(name || "anonymous").replace(/\W/g, "$")}$`);
    this.value = source.fresh(`${this.emitted}go`);
    this.id = source.fresh(`${this.emitted}id`);
    this.scope = source.scopes.acquire(node as never, true)!;
    const selfScope = source.scopes.acquire(node as never)!;
    this.self = selfScope.type === "function-expression-name" ? selfScope.variables[0] : undefined;
    this.marks = mark(source, module.imports, node);
    this.captures = outer === undefined ? [] : this.findCaptures();
    let n = 0;
    for (const inline of this.marks.inlines) {
      const suffix = `.func${++n}`;
      const go = new GoFn(module, inline.fn, name + suffix, key + suffix, this);
      this.inlines.push({ ...inline, go });
      const captured = go.captures[0];
      if (captured !== undefined && inline.kind === "value")
        throw source.error(
          inline.fn,
          `a goroutine function made inside another captures \`${captured.name}\`: pass it as a parameter, or start it with go(function* () {...}) in place`,
        );
    }
  }

  get source(): Source {
    return this.module.source;
  }

  suspends(node: Node): boolean {
    return this.marks.suspends.has(node);
  }

  entered(node: Node): boolean {
    return this.marks.entered.has(node);
  }

  /** The goroutine function that an identifier certainly denotes. */
  directTarget(id: Node): GoFn | undefined {
    if (id.type !== "Identifier") return undefined;
    const variable = this.source.resolve(id);
    if (variable === undefined) return undefined;
    return this.named(variable) ?? this.module.direct.get(variable);
  }

  /** The function expression around that a name inside it means. */
  private named(variable: Variable): GoFn | undefined {
    return this.self === variable ? this : this.outer?.named(variable);
  }

  private findCaptures(): Variable[] {
    const found = new Set<Variable>();
    const visit = (scope: Scope): void => {
      for (const ref of scope.references) {
        const v = ref.resolved;
        if (v === null || found.has(v) || v.scope.type === "module" || v.scope.type === "global") continue;
        if (isInside(v.scope, this.scope) || this.named(v) !== undefined) continue;
        if (changes(v, this.node, this.source)) {
          throw this.source.error(
            ref.identifier as unknown as Node,
            `inline goroutine captures \`${v.name}\`, which changes: pass it as a parameter, or share it through a channel or a Mutex-guarded value`,
          );
        }
        found.add(v);
      }
      scope.childScopes.forEach(visit);
    };
    visit(this.scope);
    return [...found];
  }
}

export function isInside(scope: Scope, outer: Scope): boolean {
  for (let s: Scope | null = scope; s !== null; s = s.upper) if (s === outer) return true;
  return false;
}

/** Is a variable assigned after its declaration, seen from `at`? The head of a for loop may assign it between rounds. */
export function changes(v: Variable, at: Node, source: Source): boolean {
  if (!reassigned(v)) {
    const def = v.defs[0];
    // A `var` is one variable however often its declaration runs.
    if (def?.type !== "Variable" || def.parent?.kind !== "var") return false;
    return v.defs.length > 1 || inLoop(def.name as unknown as Node, source);
  }
  return !onlyHeadAssigns(v, at);
}

export function onlyHeadAssigns(v: Variable, at?: Node): boolean {
  const loop = v.scope.block as unknown as Node;
  if (v.scope.type !== "for" || loop.type !== "ForStatement") return false;
  if (at !== undefined && !(at.start >= loop.body.start && at.end <= loop.body.end)) return false;
  return v.references.every((r) => {
    const pos = (r.identifier as unknown as Node).start;
    return !r.isWrite() || r.init === true || (pos < loop.body.start && r.from === v.scope);
  });
}

/** Is a node run many times in one call of its function? */
export function inLoop(node: Node, source: Source): boolean {
  let child = node;
  for (let n = source.parent(node); n !== undefined && !isFunction(n); child = n, n = source.parent(n)) {
    if (isLoop(n) && !(n.type === "ForStatement" && n.init === child)) {
      if ((n.type === "ForOfStatement" || n.type === "ForInStatement") && n.right === child) continue;
      return true;
    }
  }
  return false;
}
