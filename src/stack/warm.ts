/**
 * Before a thread's first goroutine: makes V8 keep records of what emitted code calls where a goroutine stops and goes on.
 *
 * V8 puts these functions into the code of a loop, in the form that their records ask for, and keeps records of a function
 * only after its first ten to eighty calls. A goroutine that computes stops a hundred times a second; so its loops would be compiled
 * while there are records, but empty ones, and the code thrown away at the next stop (stops.ts). It takes half a millisecond.
 */
import { I } from "../arena/arena.js";
import { G_STACK, G_STACKCAP, G_TOP, M_WARM } from "../arena/layout.js";
import { decode, keep, putNumber } from "../arena/value.js";
import { curm } from "./current.js";
import { base, enter } from "./stack.js";
import { giveWay, put } from "./trampoline.js";

const CALLS = 100;

/** The M, before it runs a goroutine: in words of its own, which it takes for a G with a stack of two slots. */
export function warm(): void {
  const g = curm + M_WARM;
  const stack = g + G_TOP + 2;
  I[g + G_STACK] = stack >> 1;
  I[g + G_STACKCAP] = 2;
  for (let i = 0; i < CALLS; i++) {
    giveWay();
    // The innermost frame, and a caller's.
    I[g + G_TOP] = (i & 1) - 1;
    enter(g, 0, 1, 0);
    const slot = base(g) + 1;
    put(slot, i + 0.5);
    putNumber(slot, i + 0.5);
    putNumber(slot, i);
    put(slot, i);
    decode(slot);
    keep(slot);
  }
  I.fill(0, g + G_STACK, stack + 4);
}
