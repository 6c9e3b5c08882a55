/**
 * HTML and SVG in which everything is escaped that is not markup itself: names of policies and workloads, messages and file
 * names come from the user's files. What may stay as it is has the type Markup, which only `markup` makes.
 */
export class Markup {
  /** Text of a document: already escaped. */
  constructor(readonly text: string) {}
}

type Part = Markup | string | number | undefined | readonly Part[];

/** A tagged template: markup`<b>${name}</b>`. Lists are joined; undefined is nothing. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.map((s, i) => s + (i < parts.length ? escaped(parts[i]) : "")).join(""));
}

function escaped(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Markup) return part.text;
  if (Array.isArray(part)) return part.map(escaped).join("");
  return String(part as string | number).replace(/[&<>"']/g, (c) => ENTITIES[c]!);
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
