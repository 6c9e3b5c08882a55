/** `GOSCHED_DEBUG=schedtrace=MS`: the scheduler's state on stderr every so many milliseconds (Go: GODEBUG=schedtrace). */
import { load, racy } from "../arena/atomics.js";
import { S_MCOUNT, S_NMIDLE, S_NMSPINNING, S_NPIDLE, S_NPROCS, S_RUNQSIZE } from "../arena/layout.js";
import { sinceStart } from "./handofflog.js";
import { writeAll } from "./panic.js";
import { allp } from "./p.js";
import { queuelen } from "./runq.js";

/** Go's line. The numbers are read one after the other while others change them. */
export function schedtrace(): void {
  const procs = load(S_NPROCS);
  const queues: number[] = [];
  for (let id = 0; id < procs; id++) queues.push(queuelen(allp(id)));
  writeAll(
    2,
    `SCHED ${sinceStart().toFixed(0)}ms: gomaxprocs=${procs} idleprocs=${load(S_NPIDLE)} threads=${racy(S_MCOUNT)} ` +
      `spinningthreads=${load(S_NMSPINNING)} idlethreads=${racy(S_NMIDLE)} runqueue=${racy(S_RUNQSIZE)} [${queues.join(" ")}]\n`,
  );
}
