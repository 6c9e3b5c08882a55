/**
 * What this thread is doing: Go's `getg()` and what hangs on it. Thread-local by nature: each worker has its own copy
 * of this module.
 */

/** The running G, 0 on the host and in the scheduler. */
export let curg = 0;
/** This thread's M, 0 on the host. */
export let curm = 0;
/** The P this thread holds, 0 if none; on the host its pseudo-P for allocation. */
export let curp = 0;
/** Index of this thread's M; -1 on the host. */
export let curmid = -1;

export function setg(g: number): void {
  curg = g;
}
export function setm(m: number, id: number): void {
  curm = m;
  curmid = id;
}
export function setp(p: number): void {
  curp = p;
}

/**
 * What a goroutine function returns instead of a value when it must stop: every caller spills its live locals and
 * returns it too. Compared by identity.
 */
export const SUSPEND: unique symbol = Symbol("gosched.SUSPEND");
export type Suspend = typeof SUSPEND;

export let act = 0;
/** ACT_PARK: the P-domain lock to release after the G is saved; 0: none. */
export let parklock = 0;
export function suspend(a: number, lock: number): typeof SUSPEND {
  act = a;
  parklock = lock;
  return SUSPEND;
}

/** The go statement that is being executed: return id of its function, and its line; 0 if the code is not compiled. */
export let siteId = 0;
export let siteLine = 0;
export function setSite(id: number, line: number): void {
  siteId = id;
  siteLine = line;
}

/** This thread is inside a system call (sched/syscall.ts): it holds no P. */
export let insyscall = false;
export function setSyscall(on: boolean): void {
  insyscall = on;
}

/** The G, or an error for who calls a suspending operation outside of a goroutine. */
export function mustg(what: string): number {
  if (curg === 0 && insyscall)
    throw new Error(
      `${what}: not inside syscall(): the function given to it runs without a P; return a value, and do this after it`,
    );
  if (curg === 0)
    throw new Error(
      `${what}: not inside a goroutine; on the host use rt.go(...) or rt.chan(ch), in a goroutine function use yield*`,
    );
  return curg;
}
