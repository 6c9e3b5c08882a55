/** Identity of a G for messages and dumps. Reads only; any thread, values of other threads' Gs may be stale. */
import { F, I } from "../arena/arena.js";
import { G_FN, G_GOID } from "../arena/layout.js";
import { names } from "../stack/funcs.js";

export function goidOf(g: number): number {
  return F[(g + G_GOID) >> 1]!;
}

export function nameOf(g: number): string {
  return names[I[g + G_FN]!] || "func";
}
