/**
 * Where a goroutine that does not suspend by itself can be told to give way: between two rounds of its loops, and where it
 * calls another goroutine function (there the nesting limit is checked anyway, see stack/guard.ts).
 *
 * A check stands in front of a loop's body, or of a stretch of rounds (stretch.ts). It makes the loop one that is re-entered, so
 * it is taken apart like one that suspends (loops.ts). Which loops get one:
 *   - every `for`, `while` and `do`;
 *   - `for-of` and `for-in` that contain a suspension or another loop. The others stay as they are: they end by themselves,
 *     after as many short rounds as there are elements, and walking by index would cost more than the check. (One over an
 *     endless generator is the exception, and so are loops in plain functions and callbacks, which cannot suspend at all.)
 *
 * Rejected: a loop verbatim with a second copy for the way back (twice the code, and each of its locals under two names).
 */
import { isLoop, type Node, ownChildren } from "./ast.js";
import type { Source } from "./parse.js";

/** Marks the loops of a function that get a check, and what is around them, as entered. */
export function markLoops(source: Source, fn: Node, entered: Set<Node>): void {
  const visit = (node: Node): boolean => {
    let contains = false;
    for (const child of ownChildren(node)) contains = visit(child) || contains;
    if (!isLoop(node)) return contains;
    const walks = node.type === "ForOfStatement" || node.type === "ForInStatement";
    if (!walks || contains)
      for (let n: Node | undefined = node; n !== undefined && n !== fn; n = source.parent(n)) entered.add(n);
    return true;
  };
  let any = false;
  if (fn.type === "FunctionExpression") any = visit(fn.body);
  if (any && [...ownChildren((fn as { body: Node }).body)].some((s) => entered.has(s))) entered.add(fn);
}
