/** A suspending call whose result is dropped does nothing: it only makes a generator. Almost always a forgotten yield*. */
import type * as acorn from "acorn";
import { isFunction, type Node, walk } from "./ast.js";
import type { GoFn } from "./gofn.js";

const METHODS = new Set(["send", "recv", "recvOk", "lock", "rlock", "wait", "acquire"]);
/** Functions of the library that are called with yield*. */
const FUNCTIONS = new Set(["gosched", "gomaxprocs", "select", "sleep", "wait"]);

export function checkForgotten(fn: GoFn): void {
  const { source, imports } = fn.module;
  walk(fn.node, (node) => {
    if (node.type === "CallExpression" && imports.nameOf(node.callee) === "select") checkCases(fn, node);
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

/** `select({ msg: ch.recv() })`: the receive begins at once, and again and again; the case is the channel. */
function checkCases(fn: GoFn, call: acorn.CallExpression): void {
  const { source } = fn.module;
  const arg = call.arguments[0];
  if (arg?.type !== "ObjectExpression") return;
  for (const p of arg.properties) {
    if (p.type !== "Property" || p.value.type !== "CallExpression") continue;
    const { callee } = p.value;
    if (callee.type !== "MemberExpression" || callee.computed || callee.property.type !== "Identifier") continue;
    const method = callee.property.name;
    if (method !== "recv" && method !== "recvOk" && method !== "send") continue;
    const object = source.slice(callee.object);
    const args = p.value.arguments.map((a) => source.slice(a)).join(", ");
    const [does, remedy] = method === "send" ? ["sends", `${object}.onSend(${args})`] : ["receives", object];
    throw source.error(
      p.value,
      `\`${source.slice(p.value)}\` is no case of a select, it ${does} by itself: write \`${remedy}\``,
    );
  }
}
