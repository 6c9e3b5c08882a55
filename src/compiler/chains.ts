/** Optional chains with a suspension inside: `o?.m(yield* x())`. The links after a `?.` run inside an if. */
import type * as acorn from "acorn";
import type { Node } from "./ast.js";
import { type Operand, settle, value } from "./expressions.js";
import { assign, type Frag, operand, ref, seq, src } from "./ir.js";
import type { Local } from "./locals.js";
import type { Lowering } from "./lowering.js";

type Link = acorn.MemberExpression | acorn.CallExpression;

/** The value of a chain, or of `delete` of it. */
export function chain(lw: Lowering, node: acorn.ChainExpression, deletes: boolean): Frag {
  const links: Link[] = [];
  let base: Node = node.expression;
  while (base.type === "MemberExpression" || base.type === "CallExpression") {
    links.unshift(base);
    base = base.type === "MemberExpression" ? base.object : base.callee;
  }
  const inLinks = links.some((l) =>
    l.type === "CallExpression" ? l.arguments.some((a) => lw.fn.suspends(a)) : l.computed && lw.fn.suspends(l.property),
  );
  if (!inLinks) {
    const text = src(node, new Map([[base, value(lw, base)]]));
    return deletes ? ["delete ", ...text] : text;
  }
  const result = lw.temp();
  lw.push(assign(result, [deletes ? "true" : "undefined"]));
  const current = lw.temp();
  lw.push(assign(current, value(lw, base)));
  follow(lw, links, 0, current, undefined, result, deletes);
  return [ref(result)];
}

function follow(
  lw: Lowering,
  links: Link[],
  i: number,
  current: Local,
  self: Local | undefined,
  result: Local,
  deletes: boolean,
): void {
  const link = links[i];
  if (link === undefined) {
    lw.push(assign(result, [ref(current)]));
    return;
  }
  const go = (): void => {
    if (link.type === "MemberExpression") {
      const key = member(lw, link);
      if (i + 1 === links.length && deletes) {
        lw.push(assign(result, ["delete ", ref(current), ...key]));
        return;
      }
      const called = links[i + 1]?.type === "CallExpression";
      const next = called ? lw.temp() : current;
      lw.push(assign(next, [ref(current), ...key]));
      follow(lw, links, i + 1, next, called ? current : undefined, result, deletes);
    } else {
      const args = call(lw, link);
      const frag: Frag =
        self === undefined
          ? [ref(current), "(", ...args, ")"]
          : [ref(current), ".call(", ref(self), ...(args.length > 0 ? [", "] : []), ...args, ")"];
      lw.push(assign(current, frag));
      follow(lw, links, i + 1, current, undefined, result, deletes);
    }
  };
  if (!link.optional) return go();
  const test: Frag = [ref(current), " !== null && ", ref(current), " !== undefined"];
  lw.push({ type: "if", test, cons: seq(lw.into(go)), alt: undefined, lo: 0, hi: 0 });
}

function member(lw: Lowering, link: acorn.MemberExpression): Frag {
  if (!link.computed) return [`.${lw.fn.source.slice(link.property)}`];
  return ["[", ...value(lw, link.property), "]"];
}

function call(lw: Lowering, link: acorn.CallExpression): Frag {
  const list = link.arguments.map((a): Operand =>
    a.type === "SpreadElement" ? { node: a.argument, keep: "elements" } : { node: a, keep: "value" },
  );
  const done = settle(lw, list, link.end);
  return link.arguments.flatMap((a, i): Frag => {
    const spread = a.type === "SpreadElement";
    const node: Node = spread ? a.argument : a;
    return [i > 0 ? ", " : "", spread ? "..." : "", ...operand(done.get(node) ?? src(node))];
  });
}
