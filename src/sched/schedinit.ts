/** Setting up a fresh arena, on the host, before any M exists (Go: schedinit). Plain stores: nobody else has the arena yet. */
import { availableParallelism } from "node:os";
import { F, I } from "../arena/arena.js";
import {
  H_MAXSTACK,
  HOST_P,
  P_RAND,
  S_MMAX,
  S_DEBUG,
  S_HOLDLIMIT,
  S_NCPU,
  S_NPROCS,
  S_POLICY,
  S_POLICYLIMIT,
  S_SCHEDTRACE,
  S_SLICE,
  S_SPARES,
  S_STARTED,
} from "../arena/layout.js";
import { mallocinit } from "../arena/malloc.js";
import { clockinit } from "./clock.js";
import { setpstatus } from "./gstatus.js";
import { Pidle } from "./status.js";
import { allp, pidleput } from "./p.js";
import { pinit } from "./stw.js";

export interface SchedOptions {
  procs: number;
  maxThreads: number;
  maxStack: number;
  /** Idle Ms that sysmon keeps for system calls. */
  spareThreads?: number;
  /** Milliseconds that a goroutine may run while others wait. */
  slice?: number;
  /** Milliseconds after which one that keeps its P is reported; 0: never. */
  holdLimit?: number;
  /** DEBUG_* flags. */
  debug?: number;
  schedtrace?: number;
  /** POLICY_* flags; 0: no policy but the default one. */
  policy?: number;
  /** Milliseconds that a runnable goroutine may wait in checked mode. */
  policyLimit?: number;
}

export function schedinit(options: SchedOptions): void {
  const {
    procs,
    maxThreads,
    maxStack,
    spareThreads = 0,
    slice = 10,
    holdLimit = 0,
    debug = 0,
    schedtrace = 0,
  } = options;
  mallocinit();
  clockinit();
  I[S_NCPU] = availableParallelism();
  I[S_NPROCS] = procs;
  I[S_MMAX] = maxThreads;
  I[H_MAXSTACK] = maxStack;
  I[S_SLICE] = slice;
  I[S_HOLDLIMIT] = holdLimit;
  I[S_SPARES] = spareThreads;
  I[S_DEBUG] = debug;
  I[S_SCHEDTRACE] = schedtrace;
  I[S_POLICY] = options.policy ?? 0;
  F[S_POLICYLIMIT >> 1] = options.policyLimit ?? 2000;
  F[S_STARTED >> 1] = performance.timeOrigin + performance.now();
  for (let id = procs - 1; id >= 0; id--) {
    const p = pinit(id);
    setpstatus(p, Pidle);
    pidleput(p);
  }
  I[allp(HOST_P) + P_RAND] = 1;
}
