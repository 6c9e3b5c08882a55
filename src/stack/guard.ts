/**
 * The guard: one word of each M that its compiled functions compare with, at every call of a goroutine function and between
 * two rounds of every loop (Go: stackguard0). It says two things at once, so that one load answers both:
 *
 *   >= 0   how deep direct calls may nest, in slots of the G's stack; beyond that they go through the trampoline
 *   < 0    the running goroutine is to give way: a call goes through the trampoline as if it were too deep, a loop stops
 *          before its next round
 *
 * The M writes the limit when it enters a frame, sysmon the request, both plainly: a hint that the M may overwrite a
 * moment later, and that sysmon repeats at its next look as long as the goroutine runs on.
 *
 * A word of the M, not of the P or the G: its address is a constant of the thread, which emitted code has in a constant.
 */
import { racy, racyset } from "../arena/atomics.js";
import { M_GUARD } from "../arena/layout.js";
import { curm } from "./current.js";

/**
 * Nesting limit of direct calls, so that the thread's own stack (M_STACK_MB in host/) is not what limits recursion. The
 * smallest frame is 2 slots and takes about 150 bytes of native stack unoptimised: 12,000 slots are about 1-2 MB.
 */
const NEST = 12_000;

/** Direct calls begin at fp, and no request is pending. The thread that runs the G. */
export function setGuard(fp: number): void {
  racyset(curm + M_GUARD, fp + NEST);
}

/** Is the running goroutine to give way? The thread that runs it. */
export function preempted(): boolean {
  return racy(curm + M_GUARD) < 0;
}

/** Asks the goroutine that M `m` runs to give way. Any thread. */
export function preempt(m: number): void {
  racyset(m + M_GUARD, -1);
}

/** Where the guard of this thread is: for emitted code, which is loaded when the thread has its M. */
export function guardWord(): number {
  return curm + M_GUARD;
}
