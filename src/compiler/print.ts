/**
 * Printing so that every piece of the source stays on its line. Emitted text has no line breaks of its own; a piece of
 * the source starts on its original line, by line breaks in front of it, unless the output is already further down.
 * Then breaks inside the piece are left out, where the language does not need them, until the output is level again.
 */
import * as acorn from "acorn";
import type { Node } from "./ast.js";
import type { GoFn } from "./gofn.js";
import type { Frag } from "./ir.js";
import type { Locals, Use } from "./locals.js";
import type { Source } from "./parse.js";

/** A change to the text of the source: replaces [start, end). */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly frag: Frag;
}

export class Out {
  private readonly chunks: string[] = [];
  line: number;

  constructor(
    private readonly source: Source,
    line: number,
  ) {
    this.line = line;
  }

  private staying = 0;
  /** Between stay(true) and stay(false) the output does not go down. */
  stay(on: boolean): void {
    this.staying += on ? 1 : -1;
  }

  /** Emitted text, without line breaks. */
  text(s: string): void {
    this.chunks.push(s);
  }

  /** Goes down to the line of a position, if the output is not there yet. */
  sync(pos: number): void {
    const line = this.source.lines.of(pos);
    if (this.line >= line || this.staying > 0) return;
    this.chunks.push("\n".repeat(line - this.line));
    this.line = line;
  }

  /** The source text [start, end). */
  slice(start: number, end: number): void {
    const text = this.source.text.slice(start, end);
    const breaks = countBreaks(text);
    const ahead = this.staying > 0 ? Infinity : this.line - this.source.lines.of(start);
    if (ahead <= 0 || breaks === 0) {
      this.chunks.push(text);
      this.line += breaks;
    } else this.squeeze(start, end, ahead);
  }

  private squeeze(start: number, end: number, ahead: number): void {
    const { tokens, text } = this.source;
    let pos = start;
    let before: acorn.Token | undefined;
    for (let i = firstToken(tokens, start); i < tokens.length && tokens[i]!.start < end; i++) {
      const token = tokens[i]!;
      let gap = text.slice(pos, token.start);
      const breaks = countBreaks(gap);
      if (breaks > 0 && ahead > 0 && before !== undefined && joins(before, token)) {
        gap = " ";
        ahead -= breaks;
      }
      const piece = gap + text.slice(token.start, Math.min(token.end, end));
      this.chunks.push(piece);
      this.line += countBreaks(piece);
      pos = Math.min(token.end, end);
      before = token;
    }
    const rest = text.slice(pos, end);
    this.chunks.push(rest);
    this.line += countBreaks(rest);
  }

  toString(): string {
    return this.chunks.join("");
  }
}

/** May two tokens stand on one line without changing the meaning? */
function joins(before: acorn.Token, after: acorn.Token): boolean {
  const t = acorn.tokTypes;
  // A template's pieces must keep what is between them.
  if (before.type === t.template || after.type === t.template || before.type === t.backQuote) return false;
  const open = [t.braceL, t.parenL, t.bracketL, t.comma, t.semi, t.colon, t.eq, t.assign, t.arrow, t.question];
  const close = [t.braceR, t.parenR, t.bracketR, t.comma, t.semi, t.colon, t.dot, t.questionDot];
  return open.includes(before.type) || close.includes(after.type);
}

function firstToken(tokens: readonly acorn.Token[], pos: number): number {
  let lo = 0;
  let hi = tokens.length;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (tokens[mid]!.start < pos) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}

function countBreaks(s: string): number {
  let n = 0;
  for (let i = 0; i < s.length; i++) {
    const c = s.charCodeAt(i);
    if (c === 10 || c === 0x2028 || c === 0x2029 || (c === 13 && s.charCodeAt(i + 1) !== 10)) n++;
  }
  return n;
}

/** Prints fragments of one goroutine function. */
export class Printer {
  private readonly edits: readonly Edit[];
  constructor(
    readonly fn: GoFn,
    readonly out: Out,
    edits: readonly Edit[],
    readonly frameSize: number,
  ) {
    this.edits = [...edits].sort((a, b) => a.start - b.start || a.end - b.end);
  }

  private get locals(): Locals {
    return this.fn.locals;
  }

  frag(frag: Frag): void {
    for (const part of frag) {
      if (typeof part === "string") this.out.text(part);
      else if ("local" in part) this.out.text(part.local.name);
      else if ("fsz" in part) this.out.text(String(this.frameSize));
      else if ("ahead" in part) this.out.stay(part.ahead);
      else this.piece(part.node, part.subst);
    }
  }

  private piece(node: Node, subst: ReadonlyMap<Node, Frag> | undefined): void {
    const whole = subst?.get(node);
    if (whole !== undefined) return this.frag(whole);
    this.out.sync(node.start);
    const changes: Edit[] = [];
    if (subst !== undefined)
      for (const [child, frag] of subst) changes.push({ start: child.start, end: child.end, frag });
    changes.push(...this.editsIn(node.start, node.end));
    for (const use of this.locals.between(node.start, node.end)) {
      const frag = this.useText(use, node);
      if (frag !== undefined) changes.push({ start: use.start, end: use.end, frag: [frag] });
    }
    // Stable: what stands first in the list wins over what it contains.
    changes.sort((a, b) => a.start - b.start);
    let pos = node.start;
    for (const change of changes) {
      if (change.start < pos || change.end > node.end) continue;
      this.out.slice(pos, change.start);
      this.frag(change.frag);
      pos = change.end;
    }
    this.out.slice(pos, node.end);
  }

  private *editsIn(start: number, end: number): Generator<Edit> {
    let lo = 0;
    let hi = this.edits.length;
    while (lo < hi) {
      const mid = (lo + hi) >> 1;
      if (this.edits[mid]!.start < start) lo = mid + 1;
      else hi = mid;
    }
    for (let i = lo; i < this.edits.length && this.edits[i]!.start <= end; i++)
      if (this.edits[i]!.end <= end) yield this.edits[i]!;
  }

  /** What stands for a name in the piece `whole`; undefined where the name itself may stay. */
  private useText(use: Use, whole: Node): string | undefined {
    const { local, node } = use;
    if (local === undefined) return undefined;
    let text = use.instead ?? (use.nested && local.copy !== undefined ? local.copy : local.name);
    const { source } = this.fn;
    const parent = source.parent(node);
    if (local.boxed && use.instead === undefined) {
      const called =
        (parent?.type === "CallExpression" && parent.callee === node) ||
        (parent?.type === "TaggedTemplateExpression" && parent.tag === node);
      text = called ? `(0, ${text}.v)` : `${text}.v`;
    }
    const name = (node as acorn.Identifier).name;
    if (text === name) return undefined;
    const property = parent?.type === "AssignmentPattern" && parent.left === node ? source.parent(parent) : parent;
    if (node !== whole && property?.type === "Property" && property.shorthand && property.key.start === node.start)
      return `${name}: ${text}`;
    return text;
  }
}
