/**
 * try, catch, finally.
 *
 * A suspension leaves the function with `return SUSPEND`, which a native catch does not see. So the part in front of
 * the catch stays in a native try, which is entered again on the way back to a point inside.
 *   - A catch block that suspends runs after the native try, when a flag says that something was caught.
 *   - A finally block that does not suspend stays a native finally; it does nothing when the function only suspends.
 *   - A finally block that suspends runs after the native try. What left the try is kept as a completion record in two
 *     ordinary locals (what kind, which value), and done again afterwards. Jumps across it are rewritten into records.
 */
import type * as acorn from "acorn";
import { bind } from "./assignments.js";
import { code, def, type Frag, ref, seq, src, type Stmt } from "./ir.js";
import type { Final, Lowering } from "./lowering.js";
import { block, scoped, statements } from "./statements.js";
import type { Jump } from "./ir.js";

export function tryStatement(lw: Lowering, node: acorn.TryStatement): void {
  const { finalizer } = node;
  if (!finalizer) return tryCatch(lw, node);
  if (lw.fn.entered(finalizer)) return suspendingFinally(lw, node, finalizer);
  lw.tryDepth++;
  const body = lw.into(() => {
    if (node.handler) tryCatch(lw, node);
    else lw.push(block2(lw, node.block));
  });
  lw.tryDepth--;
  const jumps: Jump[] = [];
  lw.prepare(finalizer, jumps);
  lw.push({
    type: "try",
    body: seq(body),
    handler: undefined,
    finalizer: code(src(finalizer), { jumps }),
    lo: 0,
    hi: 0,
  });
}

/** A block that may have no suspension itself. */
function block2(lw: Lowering, node: acorn.BlockStatement): Stmt {
  return lw.fn.entered(node) ? block(lw, node) : lw.verbatim(node);
}

function tryCatch(lw: Lowering, node: acorn.TryStatement): void {
  const handler = node.handler;
  if (!handler) {
    lw.push(block2(lw, node.block));
    return;
  }
  if (!lw.fn.entered(handler)) {
    lw.tryDepth++;
    const body = seq([block2(lw, node.block)]);
    lw.tryDepth--;
    const jumps: Jump[] = [];
    lw.prepare(handler, jumps);
    lw.push({ type: "try", body, handler: code(src(handler), { jumps }), finalizer: undefined, lo: 0, hi: 0 });
    return;
  }
  const { rt } = lw.fn.module;
  const caught = lw.hidden("$caught");
  const error = lw.hidden("$error");
  lw.push(code([def(caught), " = false;"], { kills: [caught] }));
  lw.tryDepth++;
  const body = seq([block2(lw, node.block)]);
  lw.tryDepth--;
  const take: Frag = [
    `catch (${rt.e}) { if (${rt.rt}.uncatchable(${rt.e})) throw ${rt.e}; `,
    def(caught),
    " = true; ",
    def(error),
    ` = ${rt.e}; }`,
  ];
  lw.push({ type: "try", body, handler: code(take, { kills: [caught, error] }), finalizer: undefined, lo: 0, hi: 0 });
  const cons = scoped(
    lw,
    handler,
    () => {
      if (handler.param) {
        const param = handler.param;
        lw.defs(param);
        lw.fn.locals.statement(() => bind(lw, param, [ref(error)]));
      }
      lw.push(block2(lw, handler.body));
    },
    handler.end - 1,
  );
  lw.push({ type: "if", test: [ref(caught)], cons, alt: undefined, lo: 0, hi: 0 });
}

function suspendingFinally(lw: Lowering, node: acorn.TryStatement, finalizer: acorn.BlockStatement): void {
  const { rt } = lw.fn.module;
  const kind = lw.hidden("$kind");
  const held = lw.hidden("$held");
  kind.num = true;
  lw.push(code([def(kind), " = 0; ", def(held), " = undefined;"], { kills: [kind, held] }));
  const final: Final = { node, label: lw.fn.source.fresh("$final"), key: {}, kind, value: held, exits: new Map() };
  lw.finals.push(final);
  lw.tryDepth++;
  const body = lw.into(() => tryCatch(lw, node));
  lw.tryDepth--;
  lw.finals.pop();
  const handler = code([`catch (${rt.e}) { `, def(kind), " = 1; ", def(held), ` = ${rt.e}; }`], {
    kills: [kind, held],
  });
  const attempt: Stmt = { type: "try", body: seq(body), handler, finalizer: undefined, lo: 0, hi: 0 };
  lw.push({
    type: "labeled",
    key: final.key,
    label: `${final.label}: `,
    body: seq([attempt], { braces: true }),
    lo: 0,
    hi: 0,
  });
  lw.push(scoped(lw, finalizer, () => statements(lw, finalizer.body), finalizer.end - 1));
  lw.push(code(["if (", ref(kind), " === 1) throw ", ref(held), ";"]));
  for (const { n, jump, target } of final.exits.values()) {
    const out = lw.jumpText(jump as never, target, held);
    lw.push(code(["if (", ref(kind), ` === ${n}) { `, ...out.frag, " }"], { jumps: [out.jump] }));
  }
}
