/**
 * The compiler: a module whose goroutine functions are generators becomes one whose goroutine functions are resumable,
 * with their state in the arena.
 *
 *   find      the functions (find.ts, mark.ts) and what becomes of their variables (runs.ts, locals.ts)
 *   lower     suspensions out of expressions (expressions.ts ...), statements keep their structure (statements.ts ...)
 *   analyse   what is live where (liveness.ts), what is a number (numbers.ts), what is private (arrays.ts)
 *   emit      every user statement on its own line (emit.ts, print.ts)
 */
import type * as acorn from "acorn";
import type { Node } from "./ast.js";
import { CompileError, type PinReport, type Warning } from "./errors.js";
import { type GoCall, Imports, moduleLevelCalls } from "./find.js";
import { checkForgotten } from "./forgotten.js";
import { emit, lower, type Lowered } from "./functions.js";
import { GoFn, type ModuleContext, type RuntimeNames } from "./gofn.js";
import { HELPERS } from "./helpers.js";
import { SelectSites } from "./select.js";
import { reassigned, Source, type Variable } from "./parse.js";
import { pinsOf } from "./pins.js";
import { Out } from "./print.js";

export { CompileError, type PinReport, type Warning };

export interface CompileOptions {
  /** Where the emitted code finds the runtime: the URL of stack/abi.js. */
  readonly runtimeUrl: string;
  /** Module specifiers that mean gosched. Default: "gosched" alone. */
  readonly specifiers?: readonly string[] | ((specifier: string) => boolean);
}

export interface CompileResult {
  readonly code: string;
  readonly warnings: readonly Warning[];
  /** What keeps goroutines on their thread. */
  readonly pins: readonly PinReport[];
  /** Number of compiled goroutine functions. */
  readonly goroutines: number;
}

/** Compiles the goroutine functions of one module. The rest of it stays as it is, all of it on its lines. */
export function compile(text: string, url: string, options: CompileOptions): CompileResult {
  const unchanged = { code: text, warnings: [], pins: [], goroutines: 0 };
  if (!text.includes("goroutine")) return unchanged;
  const source = new Source(text, url);
  const { specifiers = ["gosched"] } = options;
  const imports = new Imports(source, typeof specifiers === "function" ? specifiers : (s) => specifiers.includes(s));
  if (imports.empty) return unchanged;
  const { compiled, native } = moduleLevelCalls(source, imports);
  const module: ModuleContext = {
    source,
    imports,
    rt: runtimeNames(source),
    direct: new Map(),
    helpers: new Map(),
    variables: [],
    selects: new SelectSites((s) => source.fresh(s)),
    pins: [],
    warnings: [],
  };
  for (const node of native)
    module.pins.push({
      name: "goroutine()",
      line: source.line(node),
      reason: "not at module level: stays a generator, pinned from its first suspension",
    });
  if (compiled.length === 0) return { ...unchanged, pins: module.pins };
  return new ModuleCompiler(module, options.runtimeUrl).run(compiled);
}

function runtimeNames(source: Source): RuntimeNames {
  const f = (s: string): string => source.fresh(s);
  return {
    ...{
      rt: f("$rt"),
      url: f("$url"),
      I: f("$I"),
      putNum: f("$putNum"),
      put: f("$put"),
      get: f("$get"),
      F: f("$F"),
      INT: f("$INT"),
      keep: f("$keep"),
    },
    ...{
      putArr: f("$putArr"),
      enter: f("$enter"),
      base: f("$base"),
      SUSPEND: f("$SUSPEND"),
      guard: f("$guard"),
      constant: f("$const"),
    },
    ...{
      g: f("$g"),
      fp: f("$fp"),
      pc: f("$pc"),
      sent: f("$sent"),
      b: f("$b"),
      f: f("$f"),
      thrown: f("$thrown"),
      kept: f("$kept"),
      e: f("$e"),
      left: f("$left"),
      next: f("$next"),
      end: f("$end"),
      to: f("$to"),
      stops: f("$stops"),
    },
  };
}

interface Target {
  readonly call: acorn.CallExpression;
  readonly fn: GoFn;
  /** `const f = goroutine(...)` as a statement of its own. */
  readonly declaration: { readonly statement: Node; readonly head: string; readonly name: string } | undefined;
}

class ModuleCompiler {
  private count = 0;

  constructor(
    private readonly module: ModuleContext,
    private readonly runtimeUrl: string,
  ) {}

  run(calls: readonly GoCall[]): CompileResult {
    const { source } = this.module;
    const seen = new Map<string, number>();
    const targets = calls.map((c) => this.target(c, seen));
    for (const { fn } of targets) checkForgotten(fn);
    const parts: string[] = [];
    let pos = 0;
    for (const t of targets) {
      const range: Node = t.declaration?.statement ?? t.call;
      parts.push(source.text.slice(pos, range.start));
      const out = new Out(source, source.lines.of(range.start));
      if (t.declaration) this.emitDeclaration(t, out);
      else this.emitExpression(t, out);
      out.sync(range.end);
      parts.push(out.toString());
      pos = range.end;
    }
    parts.push(source.text.slice(pos));
    const body = parts.join("");
    // A hashbang must stay in front of everything.
    const bang = body.startsWith("#!") ? body.indexOf("\n") + 1 : 0;
    const code = body.slice(0, bang) + this.head() + body.slice(bang);
    const { warnings, pins } = this.module;
    return { code, warnings, pins, goroutines: this.count };
  }

  private head(): string {
    const { rt, source, helpers, selects, variables } = this.module;
    const views = ["I", "put", "putNum", "get", "F", "INT", "keep", "putArr", "enter", "base", "SUSPEND"] as const;
    const consts = views.map((v) => `${rt[v]} = ${rt.rt}.${v}`);
    consts.push(`${rt.guard} = ${rt.rt}.guardWord()`);
    consts.push(`${rt.url} = ${JSON.stringify(source.url)}`, `${rt.constant} = 0`);
    const lets = variables.length > 0 ? `let ${variables.join(", ")}; ` : "";
    const extra = [...helpers].map(([name, emitted]) => `${HELPERS[name]!(emitted)} `).join("");
    return `import * as ${rt.rt} from ${JSON.stringify(this.runtimeUrl)}; const ${consts.join(", ")}; ${lets}${extra}${selects.head()}`;
  }

  private target({ call, fn: node }: GoCall, seen: Map<string, number>): Target {
    const { source, direct } = this.module;
    const name = node.id?.name ?? "";
    const n = (seen.get(name) ?? 0) + 1;
    seen.set(name, n);
    const key = `${source.url}#${name}${n > 1 ? `#${n}` : ""}`;
    const fn = new GoFn(this.module, node, name, key, undefined);
    const declaration = this.declaration(call);
    if (declaration) {
      const variable = declaration.variable;
      fn.value = declaration.name;
      if (!reassigned(variable)) direct.set(variable, fn);
    }
    return { call, fn, declaration };
  }

  private declaration(
    call: acorn.CallExpression,
  ): (NonNullable<Target["declaration"]> & { variable: Variable }) | undefined {
    const { source } = this.module;
    const declarator = source.parent(call);
    const list = declarator && source.parent(declarator);
    if (
      declarator?.type !== "VariableDeclarator" ||
      list?.type !== "VariableDeclaration" ||
      list.declarations.length !== 1
    )
      return undefined;
    const outer = source.parent(list)!;
    const exported = outer.type === "ExportNamedDeclaration";
    const id = declarator.id;
    if ((!exported && outer !== source.program) || id.type !== "Identifier") return undefined;
    const variable = source.scopes.getDeclaredVariables(list as never).find((v) => v.name === id.name)!;
    const head = `${exported ? "export " : ""}${list.kind} ${id.name}`;
    return { statement: exported ? outer : list, head, name: id.name, variable };
  }

  // ---- emission

  /** Lowers a function and all inside it, then prints it; the inner ones stand inside its text. */
  private print(fn: GoFn, out: Out): Lowered {
    this.count++;
    const lowered = lower(fn);
    this.module.pins.push(...pinsOf(fn, lowered));
    this.lowered.set(fn, lowered);
    emit(fn, lowered, out, (inner) => this.print(inner, out));
    return lowered;
  }
  private readonly lowered = new Map<GoFn, Lowered>();

  private register(fn: GoFn, compiledName: string): string {
    const { rt } = this.module;
    const { params, rest, lines } = this.lowered.get(fn)!;
    const meta = `{ params: ${params.length}, rest: ${rest !== undefined}, file: ${rt.url}, lines: [${lines.join(",")}] }`;
    return `${rt.rt}.compiled(${JSON.stringify(fn.key)}, ${JSON.stringify(fn.name)}, ${compiledName}, ${meta})`;
  }

  /** The inline functions of a function, fetched from inside its text, innermost last. */
  private inlines(fn: GoFn, compiledName: string): { name: string; text: string }[] {
    const { rt } = this.module;
    return this.lowered
      .get(fn)!
      .defs.flatMap(({ k, fn: inner }) => [
        { name: inner.emitted, text: `${compiledName}(0, 0, ${k}, ${rt.SUSPEND})` },
        { name: inner.value, text: this.register(inner, inner.emitted) },
        { name: inner.id, text: `${inner.value}.$id` },
        ...this.inlines(inner, inner.emitted),
      ]);
  }

  private emitDeclaration({ fn, declaration }: Target, out: Out): void {
    this.print(fn, out);
    const { head, name } = declaration!;
    const consts = [`${fn.id} = ${name}.$id`, ...this.inlines(fn, fn.emitted).map((i) => `${i.name} = ${i.text}`)];
    out.text(` ${head} = ${this.register(fn, fn.emitted)}; const ${consts.join(", ")};`);
  }

  private emitExpression({ fn }: Target, out: Out): void {
    const holder = this.module.source.fresh(`${fn.emitted}f`);
    this.module.variables.push(holder, fn.value, fn.id);
    out.text(`(${holder} = `);
    this.print(fn, out);
    const inner = this.inlines(fn, holder);
    this.module.variables.push(...inner.map((i) => i.name));
    const steps = [
      `${fn.value} = ${this.register(fn, holder)}`,
      `${fn.id} = ${fn.value}.$id`,
      ...inner.map((i) => `${i.name} = ${i.text}`),
    ];
    out.text(`, ${steps.join(", ")}, ${fn.value})`);
  }
}
