/**
 * Goroutine stacks: frames of 8-byte slots in the arena.
 *
 *      base                fp                         fp + FSZ
 *       | root frame ... | header | slot 1 ... slot n | header of the callee ...
 *
 *   header word 0:  id << 12 | pc     function and suspension point (pc 4095: START, arguments in slots 1..n)
 *   header word 1:  fp of the caller; of the root frame: number of arguments
 *
 * Addresses inside are relative to the base (fp), so that growing is a copy (Go does the same since 1.3, with
 * pointer adjustment that we do not need). A stack starts inside its G and moves out when it grows; a dead G goes back
 * to its own start stack.
 *
 * Nothing is written while the goroutine runs. When it suspends, the innermost function enters its frame first, then
 * each caller on the way out; G_TOP says where to resume.
 *
 * All functions: the thread that runs the G.
 */
import { I } from "../arena/arena.js";
import { G_HEADER, G_STACK, G_STACK0, G_STACKCAP, G_TOP, H_MAXSTACK, KIND_WORDS } from "../arena/layout.js";
import { mallocgc, mfree } from "../arena/malloc.js";
import { FatalError } from "./fatal.js";

/** Absolute slot of the stack's first slot. */
export function base(g: number): number {
  return I[g + G_STACK]!;
}

/** Enters the frame at fp: room for it, its header, its place in the chain. Returns its absolute slot. */
export function enter(g: number, fp: number, fsz: number, rid: number): number {
  // One slot beyond: the header of a callee that was entered before us lies there already, or none.
  if (fp + fsz + 1 > I[g + G_STACKCAP]!) grow(g, fp + fsz + 1);
  const b = I[g + G_STACK]! + fp;
  I[b << 1] = rid;
  if (I[g + G_TOP]! < 0) I[g + G_TOP] = fp;
  else I[((b + fsz) << 1) + 1] = fp;
  return b;
}

/** Doubles the stack until `need` slots fit. */
function grow(g: number, need: number): void {
  const old = I[g + G_STACK]!;
  const cap = I[g + G_STACKCAP]!;
  let n = cap * 2;
  while (n < need) n *= 2;
  if (n * 8 > I[H_MAXSTACK]!)
    throw new FatalError("stack overflow", `runtime: goroutine stack exceeds ${I[H_MAXSTACK]}-byte limit`);
  const to = mallocgc(n * 8, KIND_WORDS) >> 1;
  // Copied as doubles would canonicalise tags: copy words.
  I.copyWithin(to << 1, old << 1, (old + cap) << 1);
  I[g + G_STACK] = to;
  I[g + G_STACKCAP] = n;
  if (old !== (g + G_HEADER) >> 1) mfree(old << 1, cap * 8, KIND_WORDS);
}

/** Gives a grown stack back; the G has its start stack again. */
export function stackfree(g: number): void {
  const own = (g + G_HEADER) >> 1;
  const s = I[g + G_STACK]!;
  if (s === own) return;
  mfree(s << 1, I[g + G_STACKCAP]! * 8, KIND_WORDS);
  I[g + G_STACK] = own;
  I[g + G_STACKCAP] = G_STACK0;
}

/** A new G's stack: its own. */
export function stackinit(g: number): void {
  I[g + G_STACK] = (g + G_HEADER) >> 1;
  I[g + G_STACKCAP] = G_STACK0;
}
