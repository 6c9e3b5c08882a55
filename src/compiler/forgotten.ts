/** A suspending call whose result is dropped does nothing: it only makes a generator. Almost always a forgotten yield*. */
import { isFunction, type Node, walk } from "./ast.js";
import type { GoFn } from "./gofn.js";

const METHODS = new Set(["send", "recv", "recvOk", "lock", "rlock", "wait", "acquire"]);
/** Functions of the library that are called with yield*. */
const FUNCTIONS = new Set(["gosched", "gomaxprocs", "select", "sleep", "wait"]);

export function checkForgotten(fn: GoFn): void {
  const { source, imports } = fn.module;
  walk(fn.node, (node) => {
    if (node.type !== "ExpressionStatement" || node.expression.type !== "CallExpression") return;
    const { callee } = node.expression;
    const known = imports.nameOf(callee);
    const method =
      callee.type === "MemberExpression" && !callee.computed && callee.property.type === "Identifier"
        ? callee.property.name
        : undefined;
    const suspends =
      known !== undefined
        ? FUNCTIONS.has(known)
        : fn.directTarget(callee) !== undefined || (method !== undefined && METHODS.has(method));
    if (!suspends) return;
    const call = source.slice(node.expression).replace(/\s+/g, " ");
    const short = call.length > 60 ? `${call.slice(0, 57)}...` : call;
    const plain = plainFunction(fn, node);
    const remedy =
      plain === undefined
        ? `write \`yield* ${short}\``
        : "a plain function cannot suspend, make it a goroutine function";
    const escape =
      method !== undefined && known === undefined ? ` (or \`void ${short}\` if it is not a goroutine operation)` : "";
    throw source.error(node, `\`${short}\` does nothing without yield*: ${remedy}${escape}`);
  });
}

/** The nested plain function around a node, if there is one. */
function plainFunction(fn: GoFn, node: Node): Node | undefined {
  for (let n = fn.source.parent(node); n !== undefined && n !== fn.node; n = fn.source.parent(n))
    if (isFunction(n) && !n.generator) return n;
  return undefined;
}
