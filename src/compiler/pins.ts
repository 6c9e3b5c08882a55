/** What keeps goroutines on their thread, as far as the source shows it. */
import type { Node } from "./ast.js";
import type { PinReport } from "./errors.js";
import type { Lowered } from "./functions.js";
import { type GoFn, inLoop } from "./gofn.js";
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
  return [...out, ...deferredClosures(fn, points)];
}

/** A deferred closure lives until the function ends: it pins at each suspension in between. The last point is that end. */
function deferredClosures(fn: GoFn, points: Lowered["points"]): PinReport[] {
  return fn.marks.defers.flatMap((call): PinReport[] => {
    const f = call.arguments[0];
    const closure = f?.type === "ArrowFunctionExpression" || (f?.type === "FunctionExpression" && !f.generator);
    const again = inLoop(call, fn.source);
    if (!closure || !points.slice(0, -1).some((p) => again || p.pos > call.start)) return [];
    return [{ name: "defer", line: fn.source.line(call), reason: "a closure, deferred across a suspension" }];
  });
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
