/** States of the words in sync/. Constants alone, so that the build inlines them. */

/** A lock's state (lock.ts): three flags, and how many goroutines wait. Go's values. */
export const mutexLocked = 1;
/** A waiter is awake and competes, or someone spins: unlock need not wake another one. */
export const mutexWoken = 2;
/** Ownership is handed from the unlocker to the first waiter. */
export const mutexStarving = 4;
export const mutexWaiterShift = 3;
export const mutexWaiter = 1 << mutexWaiterShift;

/** A WaitGroup's state (waitgroup.ts): the low bit; the counter is above it. */
export const WG_WAITERS = 1;
/** What sends `add` on the slow path: waiters, or a counter below zero. */
export const WG_SLOW = WG_WAITERS | -0x8000_0000;

/** RWMutex: Go's bound on readers; what a writer takes off the count of readers. */
export const rwmutexMaxReaders = 1 << 30;
