/**
 * States of G and P, and the only functions that change them (Go: runtime2.go, casgstatus in proc.go).
 *
 *   Gidle -> Gdead            malg
 *   Gdead -> Grunnable        newproc
 *   Grunnable -> Grunning     execute
 *   Grunning -> Grunnable     Gosched, preemption
 *   Grunning -> Gwaiting      gopark
 *   Gwaiting -> Grunnable     ready
 *   Grunning -> Gsyscall -> Grunning | Grunnable   system calls
 *   Grunning -> Gdead         goexit
 *
 * Go needs a CAS because the garbage collector may hold a G with the Gscan bit. Here nobody but the owner of a G
 * writes its status, and ownership is handed over by an atomic operation (run queue, channel lock, note): so a
 * transition is a plain check and a plain store. A thread that dumps all Gs may read a state that is just changing.
 */
import { Gidle, Grunnable, Grunning, Gsyscall, Gwaiting, Gdead, Gcopystack, Gpreempted } from "./status.js";
import { I } from "../arena/arena.js";
import { G_STATUS, P_ID, P_STATUS } from "../arena/layout.js";
import { cas, store } from "../arena/atomics.js";
import { FatalError } from "../stack/fatal.js";
import { goidOf } from "./gname.js";

export const gstatusNames: Record<number, string> = {
  [Gidle]: "idle",
  [Grunnable]: "runnable",
  [Grunning]: "running",
  [Gsyscall]: "syscall",
  [Gwaiting]: "waiting",
  [Gdead]: "dead",
  [Gcopystack]: "copystack",
  [Gpreempted]: "preempted",
};

/** The owner of g. A state other than `old` is a bug of the runtime and ends the run. */
export function casgstatus(g: number, old: number, v: number): void {
  if (I[g + G_STATUS] !== old) badgstatus(g, old, v);
  I[g + G_STATUS] = v;
}

function badgstatus(g: number, old: number, v: number): never {
  const s = I[g + G_STATUS]!;
  throw new FatalError(
    "bad g status",
    `runtime: casgstatus: goroutine ${goidOf(g)} is ${gstatusNames[s] ?? s}, not ${gstatusNames[old]}, on its way to ${gstatusNames[v]}`,
  );
}

/** The owner of p, or who stopped the world. */
export function setpstatus(p: number, v: number): void {
  store(p + P_STATUS, v);
}

/** Any thread that may take p over. */
export function caspstatus(p: number, old: number, v: number): void {
  if (!cas(p + P_STATUS, old, v))
    throw new FatalError("bad p status", `runtime: P${I[p + P_ID]} has status ${I[p + P_STATUS]}, not ${old}`);
}
