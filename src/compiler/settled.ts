/**
 * Settled locals: those whose value cannot change any more once the function has suspended, such as parameters that are never
 * assigned. Their slots stay valid while the function runs on, so they are written at the first suspension of an
 * activation only; at later ones, just those that the slot gave away (arena/value.ts, `keep`).
 *
 * Why the slot of a settled local `l` holds its value whenever an activation that was resumed at point j suspends at k and
 * `l` is live there: no assignment lies between j and k, so `l` was live at j as well, and its slot was valid then, by
 * the same argument, or it was written then. Nobody else writes to the slot: locals share one only if they are never live
 * together, and one that is dead and never assigned again is not live again.
 */
import type { Node } from "./ast.js";
import { type GoFn, inLoop } from "./gofn.js";
import type { Local } from "./locals.js";
import { reassigned } from "./parse.js";

export function findSettled(
  fn: GoFn,
  params: readonly Local[],
  points: readonly { readonly pos: number; readonly live: readonly Local[] }[],
): void {
  const first = Math.min(...points.map((p) => p.pos));
  for (const l of new Set(points.flatMap((p) => p.live))) {
    const v = l.variable;
    // What closures share or copy has a life of its own.
    if (v === undefined || l.boxed || l.array || l.defers || l.reload !== undefined || l.copy !== undefined) continue;
    if (!reassigned(v) && (params.includes(l) || declaredBefore(fn, l, first))) l.settled = true;
  }
}

/** By one declaration, over before the first point and run once. */
function declaredBefore(fn: GoFn, l: Local, first: number): boolean {
  const def = l.variable!.defs[0];
  if (l.variable!.defs.length !== 1 || def?.type !== "Variable") return false;
  const declarator = def.node as unknown as Node;
  return declarator.end <= first && !inLoop(declarator, fn.source);
}
