/**
 * `select({ name: case, ... })` with its cases written in place: passed as arguments, no object is made and read again
 * (chan/select.ts, `$s` and `$nb`). What is not as simple as that keeps its object.
 */
import type * as acorn from "acorn";
import type { Node } from "./ast.js";

/** `$s` takes so many. */
const MAX_CASES = 4;

interface Cases {
  readonly names: readonly string[];
  readonly values: readonly Node[];
  readonly block: boolean;
}

/** The constants of a module's selects, for its first line. */
export class SelectSites {
  private readonly names = new Map<string, string>();

  constructor(private readonly fresh: (base: string) => string) {}

  /** The emitted name of what `$s` wants to know of a select; those with the same cases share it. */
  site(names: readonly string[], block: boolean): string {
    const text = `{ names: ${JSON.stringify(names)}, block: ${block}, ids: [] }`;
    let emitted = this.names.get(text);
    if (emitted === undefined) this.names.set(text, (emitted = this.fresh("$select")));
    return emitted;
  }

  head(): string {
    return [...this.names].map(([text, emitted]) => `const ${emitted} = ${text}; `).join("");
  }
}

export function casesInPlace(call: acorn.CallExpression): Cases | undefined {
  const arg = call.arguments[0];
  if (call.arguments.length !== 1 || arg?.type !== "ObjectExpression") return undefined;
  const cases = new Map<string, Node>();
  let block = true;
  for (const p of arg.properties) {
    if (p.type !== "Property" || p.kind !== "init" || p.method || p.computed) return undefined;
    const name = p.key.type === "Identifier" ? p.key.name : p.key.type === "Literal" ? String(p.key.value) : undefined;
    // `__proto__: x` is no property, of two of one name the last one counts, and an object lists indices first.
    if (name === undefined || name === "__proto__" || cases.has(name) || /^\d+$/.test(name)) return undefined;
    if (name !== "default") cases.set(name, p.value);
    else if (block && p.value.type === "Literal" && p.value.value === true) block = false;
    else return undefined;
  }
  if (cases.size === 0 || cases.size > MAX_CASES) return undefined;
  return { names: [...cases.keys()], values: [...cases.values()], block };
}
