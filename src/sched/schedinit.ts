/** Setting up a fresh arena, on the host, before any M exists (Go: schedinit). Plain stores: nobody else has the arena yet. */
import { availableParallelism } from "node:os";
import { I } from "../arena/arena.js";
import { H_MAXSTACK, HOST_P, P_RAND, S_MMAX, S_NCPU, S_NPROCS } from "../arena/layout.js";
import { mallocinit } from "../arena/malloc.js";
import { setpstatus } from "./gstatus.js";
import { Pidle } from "./status.js";
import { allp, pidleput } from "./p.js";
import { pinit } from "./stw.js";

export function schedinit(procs: number, maxThreads: number, maxStack: number): void {
  mallocinit();
  I[S_NCPU] = availableParallelism();
  I[S_NPROCS] = procs;
  I[S_MMAX] = maxThreads;
  I[H_MAXSTACK] = maxStack;
  for (let id = procs - 1; id >= 0; id--) {
    const p = pinit(id);
    setpstatus(p, Pidle);
    pidleput(p);
  }
  I[allp(HOST_P) + P_RAND] = 1;
}
