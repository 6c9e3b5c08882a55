/**
 * System calls: a goroutine calls something that blocks its thread, and the P goes on without it (Go: entersyscall,
 * exitsyscall, entersyscallblock). The protocol with sysmon, which takes the P, is at the top of sysmon.ts; steps 1 to 4 are
 * here.
 *
 * Where it differs from Go: a goroutine that comes back and finds no P cannot be put away. To put it away its functions
 * would have to return and write their locals into the arena, which takes memory from the cache of a P; and what the call
 * gave it (a Buffer, say) is an object of this thread. So the thread keeps it, sleeps with its JavaScript stack as it is, and
 * the goroutine waits in the global queue for its turn as in Go. Who takes it from there gives the thread a P (handBound),
 * as Go does for a goroutine that is locked to its thread.
 *
 * Cost without a hand-off: 1 store (step 1), 1 CAS (step 3); all else is plain.
 *
 * All functions: the thread that runs the goroutine.
 */
import { I } from "../arena/arena.js";
import { cas, load, racy, setSmp, store, wait } from "../arena/atomics.js";
import { failpoint } from "../arena/failpoint.js";
import {
  G_PINM,
  G_PINS,
  G_SYSCALL,
  H_MAGIC,
  H_STATE,
  IDLE_SYSCALL,
  M_IDLE,
  M_NOTE,
  M_P,
  MAGIC,
  P_ID,
  P_M,
  P_SCHEDTICK,
  P_STATUS,
  P_SWITCHES,
  P_SYSCALLTICK,
  S_GCWAITING,
  S_LOCK,
  S_NINSYSCALL,
  S_NMIDLELOCKED,
  S_STOPWAIT,
  S_SYSMONSLEEP,
  STATE_RUNNING,
  SYSMON_NAP,
} from "../arena/layout.js";
import { lock, unlock } from "../arena/lock.js";
import { notesleep } from "../arena/note.js";
import { setMcache } from "../arena/malloc.js";
import { curm, curmid, curp, setg, setp, setSyscall } from "../stack/current.js";
import { checkdead } from "./checkdead.js";
import { goidOf } from "./gname.js";
import { injectg } from "./globrunq.js";
import { casgstatus } from "./gstatus.js";
import { handoffp, mWoken, stopped } from "./m.js";
import { acquirep, pidleget, releasep } from "./p.js";
import { note } from "./handofflog.js";
import { Grunnable, Grunning, Gsyscall, Pgcstop, Prunning, Psyscall } from "./status.js";
import { wakesysmon } from "./wakesysmon.js";

/** The P that this M had when it went into the call, and the tick of then (Go: m.oldp, m.syscalltick). */
let oldp = 0;
let tick = 0;

/** Step 1. Until exitsyscall there is no P and no G: whoever needs one gets an error (mustg). */
export function entersyscall(g: number): void {
  const p = curp;
  oldp = p;
  tick = (I[p + P_SYSCALLTICK]! + 1) | 0;
  // Plain stores up to the status: until then the P is ours, and the store of the status publishes them.
  I[p + P_SYSCALLTICK] = tick;
  I[p + P_M] = 0;
  I[curm + M_P] = 0;
  casgstatus(g, Grunning, Gsyscall);
  leave();
  store(p + P_STATUS, Psyscall);
  if (FAILPOINTS) failpoint("entersyscall: the P may be taken");
  // Two plain looks that may come too early. The world's stopper then takes the P itself, or sysmon for it; and sysmon's
  // nap ends by itself.
  if (racy(S_GCWAITING) !== 0) entersyscallGcwait(p);
  if (racy(S_SYSMONSLEEP) !== SYSMON_NAP) wakesysmon();
}

/** For calls that are known to block: the P goes to another M at once. */
export function entersyscallblock(g: number): void {
  const p = curp;
  oldp = p;
  casgstatus(g, Grunning, Gsyscall);
  I[p + P_SYSCALLTICK] = (I[p + P_SYSCALLTICK]! + 1) | 0;
  // One off the tick, so that it is another one for exitsyscall in any case.
  tick = (I[p + P_SYSCALLTICK]! - 1) | 0;
  releasep();
  leave();
  lock(S_LOCK);
  I[S_NINSYSCALL] = I[S_NINSYSCALL]! + 1;
  unlock(S_LOCK);
  note(() => `P${I[p + P_ID]} handed off by M${curmid}, whose goroutine begins a call that blocks`);
  handoffp(p);
  if (racy(S_SYSMONSLEEP) !== SYSMON_NAP) wakesysmon();
}

function leave(): void {
  setp(0);
  setg(0);
  setMcache(-1);
  setSyscall(true);
}

/** The world is being stopped and this P counts as running: give it up (Go: entersyscall_gcwait). */
function entersyscallGcwait(p: number): void {
  lock(S_LOCK);
  if (I[S_STOPWAIT]! > 0 && cas(p + P_STATUS, Psyscall, Pgcstop)) {
    I[p + P_SYSCALLTICK] = (I[p + P_SYSCALLTICK]! + 1) | 0;
    I[S_NINSYSCALL] = I[S_NINSYSCALL]! + 1;
    stopped();
  }
  unlock(S_LOCK);
}

/** Steps 3 and 4. */
export function exitsyscall(g: number): void {
  setSyscall(false);
  if (FAILPOINTS) failpoint("exitsyscall: back, without a P");
  const p = oldp;
  if (cas(p + P_STATUS, Psyscall, Prunning)) {
    I[p + P_M] = curm;
    I[curm + M_P] = p;
    setp(p);
    setMcache(I[p + P_ID]!);
    // It was elsewhere meanwhile (the ABA in sysmon.ts): then GOMAXPROCS may have changed, too.
    if (I[p + P_SYSCALLTICK] !== tick) setSmp();
    casgstatus(g, Gsyscall, Grunning);
    setg(g);
    return;
  }
  exitsyscallSlow(g);
  I[curp + P_SWITCHES] = (I[curp + P_SWITCHES]! + 1) | 0;
  I[curp + P_SCHEDTICK] = (I[curp + P_SCHEDTICK]! + 1) | 0; // a new slice
  setg(g);
}

/** The P has gone: an idle one (Go: exitsyscallfast_pidle), or the goroutine waits for its turn (exitsyscall0). */
function exitsyscallSlow(g: number): void {
  lock(S_LOCK);
  I[S_NINSYSCALL] = I[S_NINSYSCALL]! - 1;
  const q = pidleget();
  if (q !== 0) {
    unlock(S_LOCK);
    acquirep(q);
    casgstatus(g, Gsyscall, Grunning);
    return;
  }
  casgstatus(g, Gsyscall, Grunnable);
  // As if pinned, so that schedule takes a second look at it; who finds it takes sched.lock and sees that we are asleep.
  I[g + G_SYSCALL] = curm;
  I[g + G_PINM] = curmid + 1;
  I[curm + M_IDLE] = IDLE_SYSCALL;
  I[S_NMIDLELOCKED] = I[S_NMIDLELOCKED]! + 1;
  // Under the lock: no P is idle now, and a P that becomes so looks at the queue under it first (releaseAndPark, handoffp).
  injectg(g);
  const dead = checkdead();
  unlock(S_LOCK);
  note(() => `M${curmid} is back from its system call and finds no P: goroutine ${goidOf(g)} to the global queue`);
  if (dead !== undefined) dead();
  if (load(H_STATE) === STATE_RUNNING) notesleep(curm + M_NOTE);
  if (!mWoken()) halt();
  I[g + G_SYSCALL] = 0;
  if (I[g + G_PINS] === 0) I[g + G_PINM] = 0;
  casgstatus(g, Grunnable, Grunning);
}

/**
 * The runtime stops, and this thread cannot unwind its stack: without a P nothing can be put away, and finally blocks of the
 * user must not run. It waits for its end, which the host brings after a grace period.
 */
function halt(): never {
  for (;;) wait(H_MAGIC, MAGIC, Infinity);
}
