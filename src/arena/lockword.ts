/** States of the runtime's lock (lock.ts). Constants alone, so that the build inlines them. */

export const UNLOCKED = 0;
export const LOCKED = 1;
export const SLEEPING = 2;
/** Looks before sleeping: about 1 us (a racing load each 5 ns). Go spins 4 times 30 PAUSEs, then yields once. */
export const ACTIVE_SPIN = 200;
