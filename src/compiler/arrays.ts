/** Which expressions are certainly arrays, and which arrays nobody else can see. */
import type * as acorn from "acorn";
import type { Node } from "./ast.js";
import type { GoFn } from "./gofn.js";

export class Arrays {
  constructor(private readonly fn: GoFn) {}

  /** Certainly an array with the usual iteration. */
  isArray(node: Node): boolean {
    return node.type === "ArrayExpression" && !this.fn.suspends(node);
  }

  /** Is the list that a for-of walks seen by the loop alone? */
  isPrivateSource(node: acorn.ForOfStatement): boolean {
    return this.isArray(node.right);
  }
}
