/** A goroutine function from tree to text: parameters, entry, body. */
import type { Node } from "./ast.js";
import { Arrays } from "./arrays.js";
import { bind } from "./assignments.js";
import { deferring } from "./defers.js";
import { Emitter } from "./emit.js";
import type { GoFn } from "./gofn.js";
import { code, def, type Frag, inner, number, type Point, ref, type Seq, seq, type Stmt } from "./ir.js";
import { assignSlots, Liveness } from "./liveness.js";
import { type Local, Locals } from "./locals.js";
import { Lowering } from "./lowering.js";
import { findSettled } from "./settled.js";
import { inferNumbers } from "./numbers.js";
import { type Out, Printer } from "./print.js";
import { statements } from "./statements.js";

/** Point numbers are 12 bits of a frame header; the last is START. */
const MAX_POINTS = 4094;
export const START = 4095;

export interface Lowered {
  readonly params: readonly Local[];
  readonly rest: Local | undefined;
  readonly body: Seq;
  readonly lowering: Lowering;
  readonly points: readonly Point[];
  readonly frameSize: number;
  /** lines[k]: line of point k. */
  readonly lines: readonly number[];
  /** Inline goroutine functions with the number under which their text is found. */
  readonly defs: readonly { readonly k: number; readonly fn: GoFn }[];
}

export function lower(fn: GoFn): Lowered {
  fn.locals = new Locals(fn);
  fn.arrays = new Arrays(fn);
  const lw = new Lowering(fn);
  const params: Local[] = [];
  let rest: Local | undefined;
  const list = lw.into(() => {
    rest = parameters(lw, params);
    const body = (): void => statements(lw, fn.node.body.body);
    if (lw.defers === undefined) body();
    else deferring(lw, lw.defers, body);
  });
  const body = seq(list);
  const count = number(body) - 1;
  if (count > MAX_POINTS)
    throw fn.source.error(
      fn.node,
      `goroutine function has ${count} suspension points, the limit is ${MAX_POINTS}: split it`,
    );
  inferNumbers(fn);
  const liveness = new Liveness(fn);
  liveness.run(body);
  const points: Point[] = [];
  const defs: { k: number; fn: GoFn }[] = [];
  const lines: number[] = [fn.source.line(fn.node)];
  const collect = (s: Stmt): void => {
    if (s.type === "point") {
      points.push(s);
      lines[s.k] = s.line;
    } else if (s.type === "def") {
      defs.push(s);
      lines[s.k] = fn.source.line(s.fn.node);
    } else inner(s).forEach(collect);
  };
  collect(body);
  const frameSize = assignSlots(params, points);
  findSettled(fn, params, points);
  return { params, rest, body, lowering: lw, points, frameSize, lines, defs };
}

/** Declares the parameters, and lowers what their patterns and defaults do. Returns the rest parameter. */
function parameters(lw: Lowering, params: Local[]): Local | undefined {
  const { fn } = lw;
  const { locals } = fn;
  for (const v of fn.captures) params.push(locals.of(v)!);
  const { boxes } = locals.home(fn.node);
  for (const b of boxes) {
    const isParam =
      b.variable?.defs[0]?.type === "Parameter" &&
      fn.node.params.some((p) => p.type === "Identifier" && locals.ofNode(p) === b);
    lw.push(
      code([def(b), " = { v: ", isParam && !locals.argumentsLocal ? b.name : "undefined", " };"], {
        kills: [],
        also: isParam ? [b] : [],
      }),
    );
  }
  const all = locals.argumentsLocal;
  let rest: Local | undefined = all;
  fn.node.params.forEach((param: Node, i) => {
    locals.statement(() => {
      lw.defs(param);
      if (all !== undefined) {
        const from: Frag = param.type === "RestElement" ? [ref(all), `.slice(${i})`] : [ref(all), `[${i}]`];
        bind(lw, param.type === "RestElement" ? param.argument : param, from);
        return;
      }
      if (param.type === "Identifier") {
        params.push(locals.ofNode(param)!);
        return;
      }
      if (param.type === "RestElement") {
        const simple = param.argument.type === "Identifier" ? locals.ofNode(param.argument) : undefined;
        rest = simple !== undefined && !simple.boxed ? simple : lw.hidden("$rest");
        if (rest !== simple) bind(lw, param.argument, [ref(rest)]);
        return;
      }
      const slot = lw.hidden("$p");
      params.push(slot);
      bind(lw, param, [ref(slot)]);
    });
  });
  return rest;
}

/** Prints `function name$(...) {...}`. */
export function emit(fn: GoFn, lowered: Lowered, out: Out, emitInline: (fn: GoFn) => void): void {
  const { rt } = fn.module;
  const { params, rest, body, lowering, points, frameSize, defs } = lowered;
  const printer = new Printer(fn, out, lowering.edits, frameSize);
  const tries = points.some((p) => p.inTry);
  const emitter = new Emitter(fn, printer, emitInline, tries);
  const names = [...params.map((p) => p.name), ...(rest ? [`...${rest.name}`] : [])];
  out.text(`function ${fn.emitted}(${[rt.g, rt.fp, rt.pc, rt.sent, ...names].join(", ")}) { `);

  const isParam = new Set<Local>([...params, ...(rest ? [rest] : [])]);
  const declared: string[] = [];
  for (const l of fn.locals.all) {
    if (l.reload !== undefined) declared.push(l.num ? `${l.reload} = 0` : l.reload);
    if (!isParam.has(l) && l.reload === undefined) declared.push(l.num ? `${l.name} = 0` : l.name);
  }
  declared.push(...lowering.budgets);
  if (tries) declared.push(`${rt.thrown} = false`);
  if (fn.locals.all.some((l) => l.settled)) declared.push(`${rt.kept} = 0`);
  if (points.length > 0 || declared.length > 0) declared.push(rt.f, rt.e);
  if (declared.length > 0) out.text(`let ${declared.join(", ")}; `);

  const start = startText(fn, lowered);
  if (points.length === 0 && defs.length === 0) {
    if (start !== "")
      out.text(`if (${rt.pc}) { const ${rt.b} = ${rt.base}(${rt.g}) + ${rt.fp}; ${start}${rt.pc} = 0; } `);
  } else {
    entry(fn, lowered, out, emitter, start, names, tries);
  }
  emitter.list(body.list);
  out.sync(fn.node.end - 1);
  out.text("}");
}

/** Reads the parameters of a spawned call from the frame. */
function startText(fn: GoFn, { params, rest }: Lowered): string {
  const { rt } = fn.module;
  const read = (p: Local): string => `${rt.get}(${rt.b} + ${p.slot})`;
  if (rest === undefined) return params.map((p) => `${p.name} = ${read(p)}; `).join("");
  const n = `${rt.f}`;
  const some = params.map((p) => `${p.name} = ${n} >= ${p.slot} ? ${read(p)} : undefined; `).join("");
  const loop = `for (${rt.e} = ${params.length + 1}; ${rt.e} <= ${n}; ${rt.e}++) ${rest.name}.push(${rt.get}(${rt.b} + ${rt.e})); `;
  return `${n} = ${rt.I}[(${rt.b} << 1) + 1]; ${some}${rest.name} = []; ${loop}`;
}

function entry(
  fn: GoFn,
  lowered: Lowered,
  out: Out,
  emitter: Emitter,
  start: string,
  names: string[],
  tries: boolean,
): void {
  const { rt } = fn.module;
  const { rest, points, frameSize, defs } = lowered;
  if (fn.calls) {
    const size = rest ? `${frameSize} + ${rest.name}.length` : String(frameSize);
    const deep = `${rt.rt}.deep(${[rt.g, rt.fp, size, fn.id, ...names].join(", ")})`;
    out.text(`if (!${rt.pc}) { if (${rt.fp} > ${rt.I}[${rt.guard}]) return ${deep}; } else `);
    // The text of an inline goroutine is fetched without a goroutine.
    if (defs.length > 0) out.text(`if (${rt.g} !== 0) `);
  } else out.text(`if (${rt.pc}${defs.length > 0 ? ` && ${rt.g} !== 0` : ""}) `);
  out.text("{ ");
  if (start !== "" || points.some((p) => p.live.length > 0))
    out.text(`const ${rt.b} = ${rt.base}(${rt.g}) + ${rt.fp}; `);
  if (tries) out.text(`if (${rt.pc} < 0) { ${rt.pc} = ~${rt.pc}; ${rt.thrown} = true; } `);
  const key = tries ? rt.pc : `${rt.pc} < 0 ? ~${rt.pc} : ${rt.pc}`;
  out.text(`switch (${key}) { case ${START}: ${start}${rt.pc} = 0; break; `);
  // Points that keep the same locals share their reloads.
  const groups = new Map<string, number[]>();
  for (const p of points) {
    if (p.live.length === 0) continue;
    const text = [...p.live]
      .sort((a, b) => a.slot - b.slot)
      .map((l) => emitter.reload(l))
      .join("");
    const kept = p.live.some((l) => l.settled) ? `${rt.kept} = 1; ` : "";
    groups.set(text + kept, [...(groups.get(text + kept) ?? []), p.k]);
  }
  for (const [text, ks] of groups) out.text(`${ks.map((k) => `case ${k}: `).join("")}${text}break; `);
  out.text("} ");
  if (!tries) out.text(`if (${rt.pc} < 0) throw ${rt.sent}; `);
  out.text("} ");
}
