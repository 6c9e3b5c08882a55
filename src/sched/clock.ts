/**
 * The program's clock, in this one place, so that virtual time and a model checker can stand in for it.
 *
 * Unit: milliseconds, as everywhere in JavaScript, with fractions; a double resolves a nanosecond for weeks. Times count
 * from the start of the runtime, so they are never negative. All threads agree (arena/monotonic.ts).
 */
import { F, I, onAttach } from "../arena/arena.js";
import { racyF } from "../arena/atomics.js";
import { FLAG_VIRTUAL, H_CLOCK0, H_FLAGS, H_WALL0, S_FAKETIME } from "../arena/layout.js";
import { monotonic } from "../arena/monotonic.js";

/** When this thread's runtime started. */
let t0 = 0;
let virtual = false;
onAttach((view) => {
  if (view.length > 0) readClock();
});

function readClock(): void {
  virtual = (I[H_FLAGS]! & FLAG_VIRTUAL) !== 0;
  t0 = F[H_CLOCK0 >> 1]!;
}

/** The Go playground's first moment, 2009-11-10 23:00 UTC: where virtual time begins. */
const VIRTUAL_EPOCH = 1_257_894_000_000;

/** Starts the clock of a fresh arena. The host, before it gives the arena to a thread. */
export function clockinit(): void {
  F[H_CLOCK0 >> 1] = monotonic();
  F[S_FAKETIME >> 1] = 0;
  readClock();
  F[H_WALL0 >> 1] = virtual ? VIRTUAL_EPOCH : Date.now();
}

/** Milliseconds since the runtime started, virtual ones if time is virtual. 75 ns. Any thread that is attached. */
export function nanotime(): number {
  return virtual ? racyF(S_FAKETIME) : monotonic() - t0;
}

/** Milliseconds since the Unix epoch; goes with `nanotime`, so it never jumps. */
export function walltime(): number {
  return F[H_WALL0 >> 1]! + nanotime();
}

/** The time of day `t` as `nanotime` has it. */
export function sinceStart(t: number): number {
  return t - F[H_WALL0 >> 1]!;
}

/** Whether time stands still while a goroutine runs, and jumps to the next timer when none can (checkdead). */
export function isVirtual(): boolean {
  return virtual;
}
