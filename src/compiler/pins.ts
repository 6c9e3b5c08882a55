/** What keeps goroutines on their thread, as far as the source shows it. */
import type { Node } from "./ast.js";
import type { PinReport } from "./errors.js";
import type { Lowered } from "./functions.js";
import type { GoFn } from "./gofn.js";
import type { Local } from "./locals.js";

export function pinsOf(fn: GoFn, { points }: Lowered): PinReport[] {
  const live = new Set<Local>(points.flatMap((p) => (p.check ? [] : p.live)));
  const out: PinReport[] = [];
  for (const local of live) {
    const reason = local.boxed ? "shared with a closure and reassigned" : reasonOf(fn, local);
    if (reason === undefined) continue;
    const id = local.variable?.identifiers[0] as unknown as Node | undefined;
    out.push({
      name: local.variable?.name ?? local.name,
      line: fn.source.line(id ?? fn.node),
      reason: `${reason}, live across a suspension`,
    });
  }
  return out;
}

/** Values that are certainly tied to their thread. */
function reasonOf(fn: GoFn, local: Local): string | undefined {
  if (local.array || local.num || local.variable === undefined) return undefined;
  const def = local.variable.defs[0];
  const node = def?.node as unknown as Node | undefined;
  if (def?.type === "FunctionName") return "a function";
  if (def?.type === "ClassName") return "a class";
  const init = node?.type === "VariableDeclarator" && node.id.type === "Identifier" ? node.init : undefined;
  switch (init?.type) {
    case "ArrowFunctionExpression":
    case "FunctionExpression":
      return "a closure";
    case "ClassExpression":
      return "a class";
    case "ObjectExpression":
      return "an object";
    case "ArrayExpression":
      return "an array that others may see";
    case "NewExpression":
      return fn.module.imports.nameOf(init.callee) === undefined ? `a ${fn.source.slice(init.callee)}` : undefined;
    default:
      return undefined;
  }
}
