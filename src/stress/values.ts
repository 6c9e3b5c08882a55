/**
 * Values of every kind that can go through a channel. Each carries its number, so that the receiver can tell which one it
 * got and that nothing in it was damaged.
 */
export const KINDS = 9;

/** Value number i of a kind. */
export function make(kind: number, i: number): unknown {
  switch (kind) {
    case 1:
      return i + 0.25;
    case 2:
      return `s${i % 1000}`.length <= 5 ? `s${i}` : String(i);
    case 3:
      return `a longer Latin-1 string, \u00e9\u00fc, number:${i}`;
    case 4:
      return `\u4e2d\u6587 and \u{1f600} number:${i}`;
    case 5:
      return (1n << 70n) + BigInt(i);
    case 6:
      return { n: i, text: `t${i}`, list: [i, i + 1, null] };
    case 7:
      return new Map<string, unknown>([
        ["n", i],
        ["half", i / 2],
      ]);
    case 8:
      return i % 2 === 0 ? -i - 1 : [i, [i]];
    default:
      return i;
  }
}

/** The number of a value made by `make`; throws if it is not exactly such a value. */
export function numberOf(kind: number, v: unknown): number {
  const n = guess(kind, v);
  if (!Number.isInteger(n) || !same(make(kind, n), v)) throw new Error(`a damaged value of kind ${kind}: ${show(v)}`);
  return n;
}

function guess(kind: number, v: unknown): number {
  switch (kind) {
    case 1:
      return (v as number) - 0.25;
    case 2:
      return Number(String(v).replace(/^s/, ""));
    case 3:
    case 4:
      return Number(String(v).replace(/^.*number:/, ""));
    case 5:
      return typeof v === "bigint" ? Number(v - (1n << 70n)) : NaN;
    case 6:
      return (v as { n: number } | undefined)?.n ?? NaN;
    case 7:
      return v instanceof Map ? (v.get("n") as number) : NaN;
    case 8:
      return Array.isArray(v) ? (v[0] as number) : -(v as number) - 1;
    default:
      return v as number;
  }
}

function same(a: unknown, b: unknown): boolean {
  if (a instanceof Map)
    return b instanceof Map && a.size === b.size && [...a].every(([k, v]) => b.has(k) && same(v, b.get(k)));
  if (typeof a !== "object" || a === null) return Object.is(a, b);
  if (typeof b !== "object" || b === null || Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((k) => same((a as Record<string, unknown>)[k], (b as Record<string, unknown>)[k]))
  );
}

export function show(v: unknown): string {
  return typeof v === "bigint" ? `${v}n` : (JSON.stringify(v) ?? String(v));
}
