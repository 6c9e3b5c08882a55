/** `yield* call(...)`: the suspension points themselves. */
import type * as acorn from "acorn";
import { casesOf, poll } from "./select.js";
import type { Node } from "./ast.js";
import { type Operand, settle, value } from "./expressions.js";
import { type Frag, operand, src } from "./ir.js";
import type { Lowering } from "./lowering.js";

export function suspend(lw: Lowering, node: acorn.YieldExpression): Frag {
  const { rt, imports } = lw.fn.module;
  const call = node.argument!;
  if (call.type !== "CallExpression" || call.callee.type === "Super") {
    const iterator = value(lw, call);
    return point(lw, node, [], [`${rt.rt}.delegate(`], [", ", ...operand(iterator)]);
  }
  const { callee } = call;
  const cases = casesOf(imports, node);
  if (cases !== undefined) {
    const done = settle(
      lw,
      cases.values.map((node) => ({ node, keep: "value" })),
      call.end,
    );
    if (!cases.block) return poll(lw.fn, cases, done);
    const args = cases.values.flatMap((v): Frag => [", ", ...operand(done.get(v) ?? src(v))]);
    const site = lw.fn.module.selects.site(cases.names);
    return point(lw, node, [], [...operand(src(callee)), ".$s("], [`, ${site}`, ...args]);
  }
  const method =
    callee.type === "MemberExpression" && callee.property.type !== "PrivateIdentifier" ? callee : undefined;
  const direct = lw.fn.directTarget(callee);
  const list: Operand[] = [];
  if (method !== undefined) {
    list.push({ node: method.object, keep: "value" });
    if (method.computed) list.push({ node: method.property, keep: "value" });
  } else if (direct === undefined) list.push({ node: callee, keep: "value" });
  for (const a of call.arguments)
    list.push(a.type === "SpreadElement" ? { node: a.argument, keep: "elements" } : { node: a, keep: "value" });
  const done = settle(lw, list, call.end);
  const get = (n: Node): Frag => done.get(n) ?? src(n);
  const args = call.arguments.flatMap((a): Frag =>
    a.type === "SpreadElement" ? [", ...", ...operand(get(a.argument))] : [", ", ...operand(get(a))],
  );

  const f = rt.f;
  if (direct !== undefined) {
    lw.fn.calls = true;
    return point(lw, node, [], [`${direct.emitted}(`], args);
  }
  if (method === undefined) {
    const known = imports.nameOf(callee) !== undefined;
    if (!known) lw.fn.calls = true;
    const name = JSON.stringify(callee.type === "Identifier" ? callee.name : "expression");
    const prepare: Frag = [
      `${f} = `,
      ...operand(get(callee)),
      `; if (${f}?.$c === undefined) ${f} = ${rt.rt}.lift(${f}, ${name}); `,
    ];
    return point(lw, node, prepare, [`${f}.$c(`], args);
  }
  if (method.computed) {
    const prepare: Frag = [
      `${f} = ${rt.rt}.adaptKey(`,
      ...operand(get(method.object)),
      ", ",
      ...operand(get(method.property)),
      "); ",
    ];
    lw.fn.calls = true;
    return point(lw, node, prepare, [`${f}.$c(`], args);
  }
  const name = (method.property as acorn.Identifier).name;
  const prepare: Frag = [
    `${f} = `,
    ...operand(get(method.object)),
    `; if (${f}?.$${name} === undefined) ${f} = ${rt.rt}.adapt(${f}, ${JSON.stringify(name)}); `,
  ];
  return point(lw, node, prepare, [`${f}.$${name}(`], args);
}

function point(lw: Lowering, node: acorn.YieldExpression, prepare: Frag, head: Frag, args: Frag): Frag {
  const { rt } = lw.fn.module;
  lw.push({
    type: "point",
    check: false,
    k: 0,
    prepare,
    call: [...head, `${rt.g}, ${rt.fp} + `, { fsz: true }, ", 0, undefined", ...args, ")"],
    line: lw.fn.source.line(node),
    pos: node.start,
    inTry: lw.tryDepth > 0,
    live: [],
    lo: 0,
    hi: 0,
  });
  return [rt.sent];
}
