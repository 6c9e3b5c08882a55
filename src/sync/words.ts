/** States of the words in sync/. Constants alone, so that the build inlines them. */

/** Mutex: see mutex.ts. */
export const FREE = 0;
export const LOCKED = 1;
export const WAITERS = 2;

/** WaitGroup: the low bit of the state, see waitgroup.ts. */
export const WG_WAITERS = 1;
