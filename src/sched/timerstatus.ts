/**
 * The states of a timer, Go's own (time.go); timers.ts has the transitions. Constants alone, so that the build inlines
 * them.
 */

/** New, or it has fired and is in no heap. */
export const timerNoStatus = 0;
/** In a heap, in its place. */
export const timerWaiting = 1;
/** About to fire: briefly, by who holds the heap's lock. */
export const timerRunning = 2;
/** Stopped, but still in a heap. */
export const timerDeleted = 3;
/** Being taken out of the heap: briefly, by who holds the heap's lock. */
export const timerRemoving = 4;
/** Stopped, and in no heap. */
export const timerRemoved = 5;
/** Being changed by its user: briefly, without a lock. */
export const timerModifying = 6;
/** In a heap under its old time; the new one, earlier, is in T_NEXTWHEN. */
export const timerModifiedEarlier = 7;
/** The same with a later time, or the same one. */
export const timerModifiedLater = 8;
/** Being put in its new place: briefly, by who holds the heap's lock. */
export const timerMoving = 9;
