/**
 * The locks of several channels at once (Go: select.go, sellock and selunlock).
 *
 * A select describes its cases by a chain of sudogs, linked by SG_WAITLINK and sorted by the address of their channel: two
 * selects that share channels take the locks in the same order and never wait for each other in a ring. A channel that
 * occurs twice has its sudogs side by side and is locked once.
 *
 * Here and not beside the rest of select, because the scheduler releases the locks of a goroutine that parks.
 */
import { I } from "../arena/arena.js";
import { smp } from "../arena/atomics.js";
import { plock, punlock } from "../arena/lock.js";
import { C_LOCK, SG_CHAN, SG_WAITLINK } from "../arena/layout.js";

/** The owner of the chain, which holds a P and no channel lock. */
export function sellock(first: number): void {
  if (smp === 0) return;
  let c = 0;
  for (let s = first; s !== 0; s = I[s + SG_WAITLINK]!) {
    const d = I[s + SG_CHAN]!;
    if (d !== c) plock((c = d) + C_LOCK);
  }
}

/**
 * Who holds the locks of the chain.
 *
 * What if the thread stops between two of them, and the goroutine has parked? A peer on a channel that is free again may
 * ready it, and another thread runs it: that one needs all the locks before it changes the chain, and waits for the last
 * one, which is ours. So the chain may be read as long as a lock is held, and no longer: each channel is unlocked after
 * the first sudog of the next one has been found.
 */
export function selunlock(first: number): void {
  if (smp === 0) return;
  let c = I[first + SG_CHAN]!;
  for (let s = I[first + SG_WAITLINK]!; s !== 0; s = I[s + SG_WAITLINK]!) {
    const d = I[s + SG_CHAN]!;
    if (d === c) continue;
    punlock(c + C_LOCK);
    c = d;
  }
  punlock(c + C_LOCK);
}
