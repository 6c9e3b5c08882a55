/** Why a goroutine stopped, or how it ended: what `resume` returns. Constants alone, so that the build inlines them. */

/** Why it stopped. Set by who returns SUSPEND first, read by the scheduler after unwinding. */
export const ACT_PARK = 1; //  wait: unlock `parklock` once the G is saved (gopark's unlockf)
export const ACT_YIELD = 2; // back to the global queue (Gosched)
export const ACT_CALL = 3; //  not a stop: the trampoline enters the innermost frame at once (deep recursion)
export const ACT_LOCAL = 4; // back to the tail of the local queue (goyield)
export const ACT_SELECT = 5; // wait: unlock the channels of the G's sudogs once it is saved (selparkcommit)
export const ACT_PREEMPT = 6; // asked to give way (sysmon): as ACT_YIELD
export const ACT_COMMIT = 7; // wait, unless the wait word has become ready meanwhile (netpoll/block.ts)
export const ACT_SLEEP = 8; // wait for its own timer, which is started once the G is saved (resetForSleep)

export const DONE = 100;
export const PANIC = 101;
export const UNLOADED = 102;

export const ACT_RESIZE = 50;
export const STOP = 0;
export const LOAD = 1;
/** The thread's event loop is to run: once around with the P, or until this M is woken without one. */
export const POLL = 4;
