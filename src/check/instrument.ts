/**
 * Turns code that runs on threads into code that the machine can run: the real source, not a copy of it.
 *
 * The source is one bundle (build.mjs, `dist/check/core.js`) in which the atomics facade has been replaced by workers/facade.ts,
 * whose operations are generators. So every function that may come to such an operation becomes a generator, and every
 * call of it a `yield*`; and the accesses `I[a]`, `F[s]` become calls of the machine, which looks for races and can undo
 * them. The rest stays as it is, letter by letter, on the same lines: a place in it is a place in the source.
 *
 * Which functions are those? The ones that call one, up to a fixed point. Where it cannot be seen what is called (a function
 * out of a table, a parameter), the call is made through `$call`, which looks at the result.
 *
 * A constructor, a getter, toString, and a callback of `map` and its kin cannot stop in the middle: what they call is carried out at
 * once, as a part of the step around it (`$sync`).
 */
import { type Node, parse } from "acorn";

/** Names of the facade's functions that are operations, with the number of their parameters: the place comes after these. */
export const OPERATIONS: Readonly<Record<string, number>> = {
  load: 1,
  store: 2,
  cas: 3,
  xchg: 2,
  add: 2,
  racy: 1,
  racyF: 1,
  racyset: 2,
  pload: 1,
  pstore: 2,
  pcas: 3,
  pxchg: 2,
  padd: 2,
  wait: 3,
  notify: 2,
};

/** What instrumented code is: the text of a function body, and the places in it. */
export interface Instrumented {
  readonly code: string;
  /** Line and column of each site in the given source; index 0 is no place. */
  readonly sites: readonly { line: number; column: number }[];
  /** Top-level functions that became generators. */
  readonly suspending: ReadonlySet<string>;
  /** Modules that it imports. */
  readonly imports: readonly string[];
}

type Any = Node & Record<string, any>;

/** Tables of a thread. */
const TYPED = new Set(["Int32Array", "Uint32Array", "Float64Array"]);
/** The arena's views; U8 holds texts and packed values only, which are written before they are published. */
const VIEWS = ["I", "F"];
const FUNCTIONS = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);

function children(n: Any): Any[] {
  const list: Any[] = [];
  for (const key of Object.keys(n)) {
    if (key === "type" || key === "start" || key === "end" || key === "loc") continue;
    const v = n[key] as unknown;
    for (const c of Array.isArray(v) ? v : [v])
      if (typeof c === "object" && c !== null && typeof (c as Any).type === "string") list.push(c as Any);
  }
  return list;
}

/** A function of the source: what it calls, and whether it can stop. */
interface Func {
  readonly node: Any;
  readonly calls: Any[];
  /** It cannot become a generator. */
  readonly sync: boolean;
  suspends: boolean;
}

class Instrumenter {
  private readonly before = new Map<number, string[]>();
  private readonly after = new Map<number, string[]>();
  private readonly replaced = new Map<number, { end: number; text: string }>();
  private readonly sites: { line: number; column: number }[] = [{ line: 0, column: 0 }];
  private readonly funcs = new Map<Any, Func>();
  /** Top-level functions by name. */
  private readonly top = new Map<string, Any>();
  /** Functions that are values of properties or methods, by the name of the property. */
  private readonly methods = new Map<string, Any[]>();
  private readonly imported = new Set<string>();
  private readonly topNames = new Set<string>();
  private readonly exports: [string, string][] = [];
  private readonly imports: string[] = [];
  /** Top-level variables that are assigned to, and those that hold arrays: the state of a thread. */
  private readonly assigned = new Set<string>();
  private readonly arrays: string[] = [];
  private readonly typed: string[] = [];
  /** Names of the arena's views where the visit is: those of the module, and constants of a function that stand for one. */
  private views: ReadonlyMap<string, string> = new Map(VIEWS.map((name) => [name, name]));

  constructor(private readonly source: string) {}

  run(): Instrumented {
    const program = parse(this.source, { ecmaVersion: 2023, sourceType: "module", locations: true }) as Any;
    for (const s of program["body"] as Any[]) this.declare(s);
    this.findAssigned(program);
    // What is assigned to is a variable that may hold any function.
    for (const name of this.assigned) this.top.delete(name);
    this.collect(program, undefined, false);
    this.fix();
    for (const s of program["body"] as Any[]) this.statement(s);
    // Everything at top level, exported or not: models look inside.
    const inside = new Set([...this.topNames, ...this.imported]);
    for (const [local, name] of this.exports) if (local !== name) inside.delete(name);
    const renamed = this.exports.filter(([local, name]) => local !== name);
    const names = [...[...inside].map((n) => [n, n] as const), ...renamed].map(
      ([local, name]) => `get ${name}() { return ${local}; }`,
    );
    // In front, on one line, so that lines stay what they are.
    const lets = [...this.assigned].filter((n) => this.topNames.has(n));
    // A table that is never replaced keeps its contents; one that may be is filled anew by whoever uses it.
    const tables = [...this.arrays, ...this.typed.filter((n) => !this.assigned.has(n))];
    const save = `() => [${[...lets, ...tables.map((n) => `${n}.slice()`)].join(", ")}]`;
    const restore = `($s) => { [${lets.join(", ")}] = $s; ${tables
      .map((n, i) =>
        i < this.arrays.length
          ? `${n}.splice(0, ${n}.length, ...$s[${lets.length + i}]);`
          : `${n}.set($s[${lets.length + i}]);`,
      )
      .join(" ")} }`;
    const code = `"use strict"; ${this.print()}\nreturn { exports: { ${names.join(", ")} }, save: ${save}, restore: ${restore} };`;
    const suspending = new Set([...this.top].filter(([, n]) => this.funcs.get(n)!.suspends).map(([name]) => name));
    return { code, sites: this.sites, suspending, imports: this.imports };
  }

  // ----------------------------------------------------------------------------------------- who suspends

  private declare(s: Any): void {
    if (s.type === "FunctionDeclaration") this.top.set(s["id"].name as string, s);
    if (s.type === "ImportDeclaration")
      for (const x of s["specifiers"] as Any[]) this.imported.add(x["local"].name as string);
    if (s.type === "ClassDeclaration" || s.type === "FunctionDeclaration") this.topNames.add(s["id"].name as string);
    if (s.type !== "VariableDeclaration") return;
    for (const d of s["declarations"] as Any[]) {
      if (d["id"].type !== "Identifier") continue;
      this.topNames.add(d["id"].name as string);
      const init = d["init"] as Any | null;
      if (init !== null && FUNCTIONS.has(init.type)) this.top.set(d["id"].name as string, init);
      if (init?.type === "ArrayExpression") this.arrays.push(d["id"].name as string);
      if (init?.type === "NewExpression" && TYPED.has(init["callee"].name as string))
        this.typed.push(d["id"].name as string);
    }
  }

  private findAssigned(n: Any): void {
    const target = (
      n.type === "AssignmentExpression" ? n["left"] : n.type === "UpdateExpression" ? n["argument"] : undefined
    ) as Any | undefined;
    const names = (p: Any): void => {
      if (p.type === "Identifier") this.assigned.add(p["name"] as string);
      else if (p.type !== "MemberExpression")
        children(p).forEach((c) => names(c.type === "Property" ? (c["value"] as Any) : c));
    };
    if (target !== undefined) names(target);
    for (const c of children(n)) this.findAssigned(c);
  }

  /** Finds functions and their calls. `sync`: the function that n is would be called by code that cannot wait. */
  private collect(n: Any, f: Func | undefined, sync: boolean): void {
    let inner = f;
    if (FUNCTIONS.has(n.type)) {
      inner = { node: n, calls: [], sync: sync || n["generator"] === true || n["async"] === true, suspends: false };
      this.funcs.set(n, inner);
    }
    if (n.type === "CallExpression" || n.type === "NewExpression") {
      if (n.type === "CallExpression") f?.calls.push(n);
      const callee = n["callee"] as Any;
      // map, forEach, sort ... call back while they run.
      const builtin = callee.type === "MemberExpression" && !this.isMethod(callee);
      for (const c of children(n)) this.collect(c, inner, c !== callee && FUNCTIONS.has(c.type) && builtin);
      return;
    }
    if ((n.type === "MethodDefinition" || n.type === "Property") && FUNCTIONS.has(n["value"]?.type as string)) {
      const kind = n["kind"] as string;
      const name = n["key"].type === "Identifier" ? (n["key"].name as string) : undefined;
      // The language itself calls toString, and waits for nothing.
      const able = (kind === "method" || kind === "init") && name !== "toString";
      if (name !== undefined && able) {
        this.methods.set(name, [...(this.methods.get(name) ?? []), n["value"] as Any]);
      }
      if (n["computed"] === true) this.collect(n["key"] as Any, inner, false);
      this.collect(n["value"] as Any, inner, !able);
      return;
    }
    if (n.type === "PropertyDefinition") {
      if (n["value"] !== null) this.collect(n["value"] as Any, undefined, false);
      return;
    }
    for (const c of children(n)) this.collect(c, inner, false);
  }

  private isMethod(callee: Any): boolean {
    return callee["computed"] !== true && this.methods.has(callee["property"].name as string);
  }

  private fix(): void {
    for (let again = true; again;) {
      again = false;
      for (const f of this.funcs.values()) {
        if (f.suspends || !f.calls.some((c) => this.how(c) !== "plain")) continue;
        f.suspends = true;
        again = true;
      }
    }
  }

  /** How a call is made: `yield*`, through `$call`, or as it is. */
  private how(call: Any): "yield" | "dynamic" | "plain" {
    const callee = call["callee"] as Any;
    if (callee.type === "Identifier") {
      const name = callee["name"] as string;
      const f = this.top.get(name);
      if (name in OPERATIONS && this.topNames.has(name)) return "yield";
      if (f !== undefined) {
        const g = this.funcs.get(f)!;
        return g.suspends && !g.sync ? "yield" : "plain";
      }
      if (this.imported.has(name) || (!this.topNames.has(name) && name in globalThis)) return "plain";
      return "dynamic";
    }
    if (callee.type === "MemberExpression") {
      if (callee["object"].type === "Super") return "plain";
      if (callee["computed"] === true) return "dynamic";
      const list = this.methods.get(callee["property"].name as string);
      return list?.some((m) => this.funcs.get(m)!.suspends) === true ? "dynamic" : "plain";
    }
    return FUNCTIONS.has(callee.type) ? "dynamic" : "plain";
  }

  // ----------------------------------------------------------------------------------------- the new text

  private site(n: Any): number {
    const { line, column } = n.loc!.start;
    return this.sites.push({ line, column }) - 1;
  }

  private statement(s: Any): void {
    if (s.type === "ImportDeclaration") {
      const from = s["source"].value as string;
      this.imports.push(from);
      const parts = (s["specifiers"] as Any[]).map((x) =>
        x.type === "ImportSpecifier" ? `${x["imported"].name}: ${x["local"].name}` : `default: ${x["local"].name}`,
      );
      const star = (s["specifiers"] as Any[]).find((x) => x.type === "ImportNamespaceSpecifier");
      const pattern = star === undefined ? `{ ${parts.join(", ")} }` : (star["local"].name as string);
      this.replace(s, `const ${pattern} = $import(${JSON.stringify(from)});`);
      return;
    }
    if (s.type === "ExportNamedDeclaration") {
      for (const x of s["specifiers"] as Any[])
        this.exports.push([x["local"].name as string, x["exported"].name as string]);
      this.replace(s, "");
      return;
    }
    this.visit(s, undefined);
  }

  private replace(n: { start: number; end: number }, text: string): void {
    // Lines stay: as many as there were.
    const lines = this.source.slice(n.start, n.end).split("\n").length - text.split("\n").length;
    this.replaced.set(n.start, { end: n.end, text: text + "\n".repeat(Math.max(0, lines)) });
  }
  private put(map: Map<number, string[]>, pos: number, text: string): void {
    const list = map.get(pos);
    if (list === undefined) map.set(pos, [text]);
    else list.push(text);
  }
  private around(n: Any, open: string, close: () => void): void {
    this.put(this.before, n.start, open);
    close();
  }

  private visit(n: Any, f: Func | undefined): void {
    if (FUNCTIONS.has(n.type)) {
      this.scoped(n, () => this.visitFunction(n));
      return;
    }
    if (n.type === "CallExpression") {
      this.visitCall(n, f);
      return;
    }
    if (n.type === "AssignmentExpression" && this.isView(n["left"] as Any)) {
      this.visitWrite(n, f);
      return;
    }
    if (n.type === "UpdateExpression" && this.isView(n["argument"] as Any)) {
      const property = (n["argument"] as Any)["property"] as Any;
      const name = n["prefix"] === true ? "update" : "postfix";
      this.replaced.set(n.start, { end: property.start, text: `$vm.${name}(` });
      this.visit(property, f);
      const sign = n["operator"] === "++" ? "+" : "-";
      this.replaced.set(property.end, { end: n.end, text: `, "${sign}", 1, ${this.site(n)})` });
      return;
    }
    if (this.isView(n)) {
      const object = n["object"] as Any;
      this.replaced.set(n.start, { end: (n["property"] as Any).start, text: `$vm.read${this.suffix(object)}(` });
      this.visit(n["property"] as Any, f);
      this.replaced.set((n["property"] as Any).end, { end: n.end, text: `, ${this.site(n)})` });
      return;
    }
    if (n.type === "PropertyDefinition") {
      if (n["value"] !== null) this.visit(n["value"] as Any, undefined);
      return;
    }
    // `{ method() {} }`: the star stands before the key.
    if ((n.type === "MethodDefinition" || n.type === "Property") && FUNCTIONS.has(n["value"]?.type as string)) {
      const value = n["value"] as Any;
      const short = n.type === "MethodDefinition" || n["method"] === true;
      const g = this.funcs.get(value)!;
      if (short) {
        if (g.suspends && !g.sync)
          this.put(this.before, (n["key"] as Any).start - (n["computed"] === true ? 1 : 0), "*");
        this.scoped(value, () => this.inside(value, g));
      } else this.visit(value, f);
      return;
    }
    for (const c of children(n)) this.visit(c, f);
  }

  private inside(n: Any, g: Func): void {
    // A default value cannot stop in the middle.
    for (const p of n["params"] as Any[]) this.visit(p, undefined);
    this.visit(n["body"] as Any, g);
  }

  private scoped(n: Any, visit: () => void): void {
    const outside = this.views;
    this.views = this.viewsIn(n);
    visit();
    this.views = outside;
  }

  /** With `const words = I;` of the function n (hot code has a view in a local), and without what n calls otherwise. */
  private viewsIn(n: Any): ReadonlyMap<string, string> {
    const views = new Map(this.views);
    for (const p of n["params"] as Any[]) if (p.type === "Identifier") views.delete(p["name"] as string);
    const body = n["body"] as Any;
    for (const s of body.type === "BlockStatement" ? (body["body"] as Any[]) : []) {
      if (s.type !== "VariableDeclaration") continue;
      for (const { id, init } of s["declarations"] as { id: Any; init: Any | null }[]) {
        const view = init?.type === "Identifier" ? this.views.get(init["name"] as string) : undefined;
        if (view !== undefined && s["kind"] === "const") views.set(id["name"] as string, view);
        else if (view !== undefined)
          throw new Error(`instrument: line ${s.loc!.start.line}: only a const may stand for ${view}`);
        else if (id.type === "Identifier") views.delete(id["name"] as string);
      }
    }
    return views;
  }

  /** `I[...]`, `F[...]`: the views of the arena. */
  private isView(n: Any): boolean {
    return n.type === "MemberExpression" && n["computed"] === true && this.isViewName(n["object"] as Any);
  }
  private isViewName(n: Any): boolean {
    return n.type === "Identifier" && this.views.has(n["name"] as string);
  }
  private suffix(object: Any): string {
    return this.views.get(object["name"] as string) === "F" ? "F" : "";
  }

  private visitFunction(n: Any): void {
    const g = this.funcs.get(n)!;
    if (!g.suspends || g.sync) {
      this.inside(n, g);
      return;
    }
    if (n.type !== "ArrowFunctionExpression") {
      this.put(this.before, n.start + "function".length, "*");
      this.inside(n, g);
      return;
    }
    const params = n["params"] as Any[];
    const body = n["body"] as Any;
    const bare = this.source[n.start] !== "(";
    const arrow = this.source.lastIndexOf("=>", body.start);
    this.put(this.before, n.start, `(function*${bare ? " (" : ""}`);
    for (const p of params) this.visit(p, undefined);
    if (bare) this.put(this.after, params[0]!.end, ")");
    this.replaced.set(arrow, { end: arrow + 2, text: "" });
    const block = body.type === "BlockStatement";
    if (!block) this.put(this.before, arrow + 2, "{ return (");
    this.visit(body, g);
    this.put(this.after, n.end, `${block ? "" : "); }"}).bind(this)`);
  }

  private visitCall(n: Any, f: Func | undefined): void {
    const callee = n["callee"] as Any;
    const args = n["arguments"] as Any[];
    if (callee.type === "MemberExpression" && this.isViewName(callee["object"] as Any) && !callee["computed"]) {
      const name = callee["property"].name as string;
      if (name === "copyWithin" || name === "fill") {
        this.replaced.set(callee.start, { end: callee.end, text: `$vm.${name}` });
        for (const a of args) this.visit(a, f);
        return;
      }
    }
    const how = this.how(n);
    if (how === "plain") {
      for (const c of children(n)) this.visit(c, f);
      return;
    }
    const stops = f !== undefined && f.suspends && !f.sync;
    const open = stops ? "(yield* " : "$sync(";
    if (how === "yield") {
      this.around(n, open, () => {
        for (const a of args) this.visit(a, f);
        const op = OPERATIONS[callee["name"] as string];
        if (op !== undefined) this.put(this.before, n.end - 1, `${args.length > 0 ? ", " : ""}${this.site(n)}`);
      });
      this.put(this.after, n.end, ")");
      return;
    }
    // $call(this, f, ...args): the object of a method is evaluated once.
    this.put(this.before, n.start, `${open}$call(`);
    const perhaps = callee["optional"] === true;
    if (callee.type === "MemberExpression" && n["optional"] !== true && !(perhaps && callee["computed"] === true)) {
      const object = callee["object"] as Any;
      this.visit(object, f);
      const property = callee["property"] as Any;
      // From the dot or bracket on: the object may be in parentheses.
      const mark = this.source.lastIndexOf(
        callee["computed"] === true ? "[" : perhaps ? "?." : ".",
        property.start - 1,
      );
      if (callee["computed"] === true) {
        this.replaced.set(mark, { end: property.start, text: ", " });
        this.visit(property, f);
        this.replaced.set(property.end, { end: callee.end, text: "" });
      } else
        this.replaced.set(mark, {
          end: callee.end,
          text: `, ${JSON.stringify(`${perhaps ? "?." : ""}${property["name"]}`)}`,
        });
    } else {
      // `f?.()`: perhaps there is no function.
      this.put(this.before, callee.start, n["optional"] === true ? '"?.", ' : "undefined, ");
      this.visit(callee, f);
    }
    const paren = this.source.indexOf("(", callee.end);
    if (n["optional"] === true) this.replaced.set(callee.end, { end: paren, text: "" });
    this.replaced.set(paren, { end: paren + 1, text: args.length > 0 ? ", " : "" });
    for (const a of args) this.visit(a, f);
    this.put(this.after, n.end, ")");
  }

  private visitWrite(n: Any, f: Func | undefined): void {
    const left = n["left"] as Any;
    const property = left["property"] as Any;
    const right = n["right"] as Any;
    const op = (n["operator"] as string).slice(0, -1);
    const name = op === "" ? "write" : "update";
    this.replaced.set(n.start, { end: property.start, text: `$vm.${name}${this.suffix(left["object"] as Any)}(` });
    this.visit(property, f);
    this.replaced.set(property.end, { end: right.start, text: op === "" ? ", " : `, "${op}", ` });
    this.visit(right, f);
    this.put(this.after, n.end, `, ${this.site(n)})`);
  }

  private print(): string {
    const out: string[] = [];
    for (let i = 0; i <= this.source.length;) {
      out.push(...(this.after.get(i) ?? []), ...(this.before.get(i) ?? []));
      this.after.delete(i);
      this.before.delete(i);
      const r = this.replaced.get(i);
      if (r !== undefined) {
        out.push(r.text);
        this.replaced.delete(i);
        i = r.end;
      } else out.push(this.source[i++] ?? "");
    }
    return out.join("");
  }
}

/**
 * Instruments a bundle: an ES module without imports but of built-in modules. The result is the body of a function of
 * `$vm`, `$import`, `$call` and `$sync` that returns the exports, and how to save and restore the state of the thread.
 */
export function instrument(source: string): Instrumented {
  return new Instrumenter(source).run();
}
