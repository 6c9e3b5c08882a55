/**
 * defer and recover.
 *
 * A function that defers keeps its list of calls in a hidden local, and ends in one more suspension point, whether it
 * returns or throws:
 *
 *   $final: { try { body, each return e: held = e; break $final } catch (e) { kind = THROWN; held = e; } }
 *   return deferreturn($defers, kind, held)
 *
 * That is a finally block that suspends (tries.ts), whose text is a call into the runtime. Other functions have none of it.
 */
import { code, def, ref, seq, type Stmt } from "./ir.js";
import type { GoFn } from "./gofn.js";
import type { Local } from "./locals.js";
import type { Final, Lowering } from "./lowering.js";
import type { Edit } from "./print.js";

/** stack/defer.ts. */
const THROWN = 1;

/** `defer(f, x)` and `recover()` become calls that know the function they stand in. Returns the list of calls. */
export function deferEdits(fn: GoFn, edits: Edit[]): Local | undefined {
  const { rt } = fn.module;
  for (const call of fn.marks.recovers)
    edits.push({ start: call.start, end: call.end, frag: [`${rt.rt}.gorecover(${rt.g}, ${rt.fp})`] });
  for (const call of fn.marks.plainRecovers)
    edits.push({ start: call.start, end: call.end, frag: [`${rt.rt}.recoverplain()`] });
  if (fn.marks.defers.length === 0) return undefined;
  const list = fn.locals.add("$defers");
  list.defers = true;
  for (const call of fn.marks.defers) {
    const first = call.arguments[0];
    if (first === undefined) throw fn.source.error(call, "defer() needs a function: write defer(f, ...args)");
    const head = [`${rt.rt}.deferproc(`, def(list), ` ??= new ${rt.rt}.Defers(), `];
    edits.push({ start: call.start, end: first.start, frag: head });
  }
  return list;
}

/** The body of a function that defers, and what comes after it. */
export function deferring(lw: Lowering, list: Local, body: () => void): void {
  const { fn } = lw;
  const { rt } = fn.module;
  const kind = lw.hidden("$kind");
  const held = lw.hidden("$held");
  kind.num = true;
  lw.push(code([def(kind), " = 0; ", def(held), " = undefined;"], { kills: [kind, held] }));
  const { node } = fn;
  const final: Final = { node, label: fn.source.fresh("$final"), key: {}, kind, value: held, exits: new Map() };
  lw.finals.push(final);
  lw.tryDepth++;
  const inside = seq(lw.into(body));
  lw.tryDepth--;
  lw.finals.pop();
  const handler = code([`catch (${rt.e}) { `, def(kind), ` = ${THROWN}; `, def(held), ` = ${rt.e}; }`], {
    kills: [kind, held],
  });
  const attempt: Stmt = { type: "try", body: inside, handler, finalizer: undefined, lo: 0, hi: 0 };
  const labelled = seq([attempt], { braces: true });
  lw.push({ type: "labeled", key: final.key, label: `${final.label}: `, body: labelled, lo: 0, hi: 0 });
  fn.calls = true;
  lw.push({
    type: "point",
    check: false,
    k: 0,
    prepare: [],
    call: [
      `${rt.rt}.deferreturn(${rt.g}, ${rt.fp} + `,
      { fsz: true },
      ", 0, undefined, ",
      ...[ref(list), ", ", ref(kind), ", ", ref(held), ")"],
    ],
    line: fn.source.lines.of(node.end - 1),
    pos: node.end - 1,
    inTry: false,
    live: [],
    lo: 0,
    hi: 0,
  });
  lw.push(code([`return ${rt.sent};`], { jumps: [{ kind: "return", to: undefined }], ends: true }));
}
