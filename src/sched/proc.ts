/**
 * The scheduler: one round after another on each M (Go: proc.go; newproc, schedule, findRunnable, execute, gopark, goready,
 * Gosched, goexit).
 *
 * There is no g0 here: the loop `schedule` runs on the M's own JavaScript stack, and a goroutine that stops has
 * unwound it, so the loop simply goes on. What Go does "on g0 after the switch" (release the channel lock, put
 * the G back in a queue) is done in `execute` after `resume` has returned.
 *
 * Order of sources (Go's): the M's inbox; every 61st tick the global queue; runnext; local ring; a share of the
 * global queue with what was injected; half of another P's ring, runnext last; then give up the P, look at everything
 * once more, park.
 *
 * Atomics for a park + ready + switch with more than one P: ready 1 (runnext) + 1 (npidle), runqget 1, beside the channel
 * lock's 2. With one P: none.
 */
import { ACT_RESIZE, STOP, LOAD, POLL } from "../stack/acts.js";
import { I } from "../arena/arena.js";
import { add, cas, racy } from "../arena/atomics.js";
import { failpoint } from "../arena/failpoint.js";
import {
  FLAG_OPEN,
  G_FIN,
  G_FLAGS,
  G_FN,
  G_GOPC,
  G_GOPCLINE,
  G_LASTM,
  G_LOCKCOUNT,
  G_LOCKEDM,
  G_PARAM,
  G_PINM,
  G_RESULT,
  G_SCHEDLINK,
  G_STACK,
  G_STATUS,
  G_SYSTEM,
  G_TIMER,
  G_TOP,
  G_WAITING,
  G_WAITREASON,
  H_FLAGS,
  H_STATE,
  M_NLOCKED,
  M_NWAIT,
  M_PINQ,
  P_NUMTIMERS,
  P_SCHEDTICK,
  P_SWITCHES,
  S_GCWAITING,
  S_NGSYS,
  S_NPROCS,
  S_POLICYSTALL,
  STAT_MIGRATED,
  STAT_PREEMPTED,
  STAT_SPAWNED,
  STATE_RUNNING,
} from "../arena/layout.js";
import { punlock } from "../arena/lock.js";
import {
  curm,
  curmid,
  curp,
  parklock,
  setg,
  setSite,
  siteId,
  siteLine,
  type SUSPEND,
  suspend,
} from "../stack/current.js";
import { ACT_COMMIT, ACT_LOCAL, ACT_PARK, ACT_PREEMPT, ACT_SELECT, ACT_SLEEP, ACT_YIELD } from "../stack/acts.js";
import { FatalError, GOEXIT } from "../stack/fatal.js";
import { type FuncObject, params } from "../stack/funcs.js";
import { builtin } from "../stack/native.js";
import { claim } from "../stack/panics.js";
import { preempted, setGuard } from "../stack/guard.js";
import { putRef } from "../stack/pin.js";
import { enter } from "../stack/stack.js";
import { outcome, registerFin, resume } from "../stack/trampoline.js";
import { DONE, PANIC } from "../stack/acts.js";
import { clear, encode } from "../arena/value.js";
import { mark } from "../arena/clone.js";
import { setMainDone } from "./checkdead.js";
import { gfget, gfput, newgoid } from "./g.js";
import { globrunqget, globrunqturn, globrunqput } from "./globrunq.js";
import { goidOf } from "./gname.js";
import { casgstatus } from "./gstatus.js";
import { Gdead, Grunnable, Grunning, Gwaiting } from "./status.js";
import { note } from "./handofflog.js";
import { post } from "./hostlink.js";
import { hooked } from "./hooked.js";
import { placed, putReady } from "./place.js";
import { settle } from "./policyabort.js";
import { noteQueued, noteTaken } from "./policycheck.js";
import * as policy from "./policy.js";
import { type Hints, setHints } from "./record.js";
import { began, ended } from "./turn.js";
import { nanotime } from "./clock.js";
import { boundTo, handBound, stoplockedm, takeBound, takeOneBound } from "./bound.js";
import { gcstopm, resetspinning, spinning, stopm, wakep } from "./m.js";
import { countPark, flushCounts } from "./p.js";
import { pollDue } from "./eventloop.js";
import { findRunnable } from "./findrunnable.js";
import { fatalpanic, stopAll } from "./panic.js";
import { addtimerQuietly, checkTimers, owing, payOwed } from "./timers.js";
import { inheritTime, runqempty, runqget, runqput, stat } from "./runq.js";
import { selunlock } from "./sellock.js";
import { resizeWorld } from "./stw.js";

// ------------------------------------------------------------------------------------------- newproc

/**
 * Makes a goroutine out of a dead G: its first frame is f's, with the arguments in it. Does not queue it.
 * Arguments are copied. `argc`: how many were given; the host sends more slots, because it cannot see how many the
 * function declares. A holder of p.
 */
export function newproc1(p: number, f: FuncObject, args: unknown[], argc = args.length): number {
  const id = f.$id >>> 12;
  const g = gfget(p);
  if (I[g + G_STATUS] !== Gdead) throw new FatalError("newproc1: new g is not Gdead");
  I[g + G_FN] = id;
  I[g + G_TOP] = -1;
  // The host has no table of parameters; rest functions (-1) take what there is.
  const want = params[id] ?? -1;
  const n = want < 0 ? args.length : want;
  const b = enter(g, 0, 1 + n, (id << 12) | 0xfff);
  I[(b << 1) + 1] = argc < n ? argc : n;
  try {
    for (let i = 0; i < n; i++)
      if (i < args.length) encode(b + 1 + i, args[i]);
      else clear(b + 1 + i);
  } catch (e) {
    I[g + G_TOP] = 0;
    gfput(p, g);
    throw e;
  }
  newgoid(p, g);
  casgstatus(g, Gdead, Grunnable);
  stat(p, STAT_SPAWNED, 1);
  return g;
}

/**
 * The `go` statement: the new goroutine becomes runnext, or goes where the policy says. A holder of a P. `creator`: function id,
 * if the statement has not said where it stands.
 */
export function newproc(f: FuncObject, args: unknown[], creator: number, hints?: Hints): void {
  const p = curp;
  const closure = f.$closure;
  const g = newproc1(p, f, closure === undefined ? args : [undefined]);
  if (closure !== undefined) putRef(I[g + G_STACK]! + 1, () => closure(...(args as never[])), g);
  if (siteId !== 0) {
    I[g + G_GOPC] = siteId >>> 12;
    I[g + G_GOPCLINE] = siteLine;
    setSite(0, 0);
  } else {
    I[g + G_GOPC] = creator;
    I[g + G_GOPCLINE] = 0;
  }
  if (hooked) {
    if (hints !== undefined) setHints(g, hints, nanotime());
    placed(p, g, policy.SPAWN);
  } else runqput(p, g, true);
  wakep();
}

// ------------------------------------------------------------------------------------------- park and ready

/**
 * Parks the running goroutine: to be returned by the operation (`return gopark(...)`). The caller holds `parklock`, a
 * P-domain lock (0: none); the scheduler releases it after the G's frames are saved and it is Gwaiting, so
 * nobody can ready a goroutine that is still unwinding. `fin`: continuation when it is readied.
 */
export function gopark(g: number, fin: number, lockaddr: number, reason: number): typeof SUSPEND {
  // Numbers from module variables: `| 0` spares the engine a way through doubles.
  I[g + G_FIN] = fin | 0;
  I[g + G_WAITREASON] = reason | 0;
  return suspend(ACT_PARK, lockaddr);
}

/** The same for a select, which holds the locks of all channels of the chain in G_WAITING. */
export function goparkselect(g: number, fin: number, reason: number): typeof SUSPEND {
  I[g + G_FIN] = fin | 0;
  I[g + G_WAITREASON] = reason | 0;
  return suspend(ACT_SELECT, 0);
}

/** A wait word (netpoll/block.ts): the event has come before its goroutine; a goroutine is about to wait. Else 0, or that goroutine. */
export const pdReady = 1;
export const pdWait = 2;

/**
 * Parks the running goroutine until the event of its wait word, which it has set to pdWait. After its frames are saved the
 * scheduler puts the goroutine into the word by CAS (Go: netpollblockcommit): the event may come before, from a thread
 * without a P, and then the goroutine goes on at once.
 */
export function goparkword(g: number, fin: number, word: number, reason: number): typeof SUSPEND {
  I[g + G_FIN] = fin | 0;
  I[g + G_WAITREASON] = reason | 0;
  return suspend(ACT_COMMIT, word);
}

/** Makes a waiting G runnable: it becomes runnext of this P. A holder of a P, owner of g (it took it off a wait list). */
export function goready(g: number): void {
  casgstatus(g, Gwaiting, Grunnable);
  if (FAILPOINTS) failpoint("goready: runnable, in no queue");
  putReady(curp, g);
  wakep();
}

/** `yield* gosched()`: lets others run; the goroutine goes to the global queue, as in Go. */
export const gosched = builtin("gosched", () => suspend(ACT_YIELD, 0));

/** Ends the goroutine, running its finally blocks (Go: runtime.Goexit). */
export function goexit(): never {
  throw GOEXIT;
}

// ------------------------------------------------------------------------------------------- GOMAXPROCS

let resizeTo = 0;
let resizeResult = 0;
const finResize = registerFin((g) => I[g + G_PARAM]!);

/** `yield* gomaxprocs(n)`: stops the world and changes the number of Ps; 0 or nothing: only asks. */
export const gomaxprocsBody = (g: number, n: number): number | typeof SUSPEND => {
  if (n === I[S_NPROCS]) return n;
  resizeTo = n;
  I[g + G_FIN] = finResize;
  return suspend(ACT_RESIZE, 0);
};

// ------------------------------------------------------------------------------------------- the loop

/** LOAD: the function id that this thread does not have. */
export let missing = 0;

/** Runs goroutines until the runtime stops, a module has to be loaded, or the thread's event loop is to run. This M holds a P, or finds one. */
export function schedule(): number {
  if (curp === 0 && !stopm()) return leave();
  for (;;) {
    // All that is out of the ordinary, in one look. Plain: nothing depends on seeing it at once; the calls in between
    // keep the engine from hoisting the loads.
    const m = curm;
    if ((racy(H_STATE) | racy(S_GCWAITING) | racy(m + M_PINQ) | I[m + M_NLOCKED]! | I[m + M_NWAIT]!) !== 0) {
      const what = interrupted();
      if (what === AGAIN) continue;
      if (what !== GO_ON) return what;
    }
    if (hooked && racy(S_POLICYSTALL) !== 0) settle();
    const p = curp;
    // Racing: timers of p are added by its owner alone; one that a thief took out and ran makes the look needless.
    if (racy(p + P_NUMTIMERS) !== 0) checkTimers(p);
    let g = 0;
    let inherit = false;
    if (turn !== 0) {
      g = turn;
      turn = 0;
    } else if (I[p + P_SCHEDTICK]! % 61 === 0) {
      flushCounts(p);
      g = globrunqget(p, 1);
    }
    if (hooked && g === 0) g = policy.pick(p);
    if (g === 0) {
      g = runqget(p);
      inherit = inheritTime;
      if (inherit && preempted()) {
        sliceEnds(p, g);
        continue;
      }
    }
    if (g === 0) {
      g = findRunnable();
      if (g === 0) {
        if (curp === 0) return leave();
        continue;
      }
      inherit = false;
    }
    if (spinning) resetspinning();
    if (owing) payOwed();
    if (hooked && !noteTaken(g)) continue;
    if ((I[g + G_LOCKEDM]! | I[g + G_PINM]!) !== 0) {
      const m = boundTo(g);
      if (m !== curm) {
        if (!handBound(g, m)) return leave();
        continue;
      }
    }
    if (execute(g, inherit) === LOAD) return LOAD;
  }
}

/**
 * Goroutines that wake each other share a slice, by way of runnext; but a pair that does so for ever must not keep the P
 * from the others: sysmon ends the slice as it ends that of a single one. g, which was to run next, goes to the global queue.
 */
function sliceEnds(p: number, g: number): void {
  setGuard(0);
  I[p + P_SCHEDTICK] = (I[p + P_SCHEDTICK]! + 1) | 0;
  stat(p, STAT_PREEMPTED, 1);
  if (!hooked) globrunqput(g);
  else if (noteTaken(g)) placed(p, g, policy.PREEMPT);
}

/** This M has no P and must leave the loop: the runtime stops, or it goes on sleeping in its event loop (mPark). */
function leave(): number {
  return racy(H_STATE) === STATE_RUNNING ? POLL : STOP;
}

const AGAIN = 2;
const GO_ON = 3;

/** The runtime stops, the world stops, goroutines are locked to this M, or some that are bound to it came in. */
function interrupted(): number {
  if (turn !== 0) {
    globrunqput(turn);
    turn = 0;
  }
  if (racy(H_STATE) !== STATE_RUNNING) return STOP;
  if (I[curm + M_NLOCKED] !== 0) {
    // To stop for the world it hands its P off as well.
    const g = racy(S_GCWAITING) === 0 ? takeOneBound() : 0;
    if (g === 0) return stoplockedm() ? AGAIN : leave();
    if (hooked && !noteTaken(g)) return AGAIN;
    return execute(g, false) === LOAD ? LOAD : AGAIN;
  }
  if (racy(S_GCWAITING) !== 0) return gcstopm() ? AGAIN : leave();
  if (I[curm + M_NWAIT] !== 0 && pollDue()) return POLL;
  // With a policy it is the next to run: in the ring it would wait until the policy has nothing more.
  if (hooked) turn = takeOneBound();
  else queueBound(curp);
  return GO_ON;
}

/** Gs bound to this M that others found: to its own queue, oldest first. */
function queueBound(p: number): void {
  let g = takeBound();
  while (g !== 0) {
    const next = I[g + G_SCHEDLINK]!;
    runqput(p, g, false);
    g = next;
  }
}

/** The G whose turn it is after another has yielded. Owned by this M, between execute and schedule only. */
let turn = 0;

/** Runs g until it stops, then does what it stopped for. The owner of g. */
function execute(g: number, inherit: boolean): number {
  const p = curp;
  const m = curm;
  casgstatus(g, Grunnable, Grunning);
  I[p + P_SWITCHES] = (I[p + P_SWITCHES]! + 1) | 0;
  if (!inherit) I[p + P_SCHEDTICK] = (I[p + P_SCHEDTICK]! + 1) | 0;
  if (I[g + G_LASTM] !== m) {
    if (I[g + G_LASTM] !== 0) stat(p, STAT_MIGRATED, 1);
    I[g + G_LASTM] = m;
  }
  if (FAILPOINTS) failpoint("execute");
  if (hooked) began(p, g);
  setg(g);
  const act = resume(g);
  setg(0);
  // Not p: a system call may have come back with another P.
  const q = curp;
  if (hooked) ended(q, g, act);
  switch (act) {
    case ACT_PARK: {
      countPark();
      casgstatus(g, Grunning, Gwaiting);
      // From here on g may be readied and run elsewhere: it is not ours any more.
      if (FAILPOINTS) failpoint("gopark: waiting, the lock is held");
      if (parklock !== 0) punlock(parklock);
      return 0;
    }
    case ACT_SELECT: {
      countPark();
      casgstatus(g, Grunning, Gwaiting);
      if (FAILPOINTS) failpoint("select: waiting, the locks are held");
      // As above, with several locks (Go: selparkcommit).
      selunlock(I[g + G_WAITING]!);
      return 0;
    }
    case ACT_SLEEP:
      countPark();
      casgstatus(g, Grunning, Gwaiting);
      if (FAILPOINTS) failpoint("sleep: waiting, no timer");
      // Not before: its timer may fire at once, on another P.
      addtimerQuietly(I[g + G_TIMER]!);
      return 0;
    case ACT_PREEMPT:
    case ACT_YIELD:
      if (act === ACT_PREEMPT) {
        stat(q, STAT_PREEMPTED, 1);
        note(() => `goroutine ${goidOf(g)} gives way on M${curmid}: to the global queue`);
      }
      casgstatus(g, Grunning, Grunnable);
      if (hooked) {
        placeAfterTurn(q, g, act === ACT_PREEMPT);
        return 0;
      }
      // With nothing in the local queue the next one comes from the global queue's head: one step instead of two.
      if (runqempty(q)) turn = globrunqturn(g);
      else globrunqput(g);
      return 0;
    case ACT_LOCAL:
      casgstatus(g, Grunning, Grunnable);
      putBack(q, g);
      return 0;
    case DONE:
      goexit0(g, outcome, false);
      return 0;
    case PANIC:
      goexit0(g, outcome, true);
      return 0;
    case ACT_COMMIT:
      countPark();
      casgstatus(g, Grunning, Gwaiting);
      // Committed it may run elsewhere at once: it is not ours any more.
      if (FAILPOINTS) failpoint("goparkword: waiting, not committed");
      if (!cas(parklock, pdWait, g)) {
        casgstatus(g, Gwaiting, Grunnable);
        putReady(q, g);
      }
      return 0;
    case ACT_RESIZE:
      resize(g);
      return 0;
    default:
      // UNLOADED: leave the loop to load the module; others may steal it meanwhile, so not into runnext.
      casgstatus(g, Grunning, Grunnable);
      putBack(q, g);
      missing = outcome as number;
      return LOAD;
  }
}

/** g goes on later, if possible here. */
function putBack(p: number, g: number): void {
  if (hooked) placed(p, g, policy.AGAIN);
  else runqput(p, g, false);
}

/** g has given way, and the policy says what becomes of it. */
function placeAfterTurn(p: number, g: number, preempted: boolean): void {
  if (preempted && policy.tick(p, g)) {
    noteQueued(g);
    turn = g;
  } else placed(p, g, preempted ? policy.PREEMPT : policy.YIELD);
}

function resize(g: number): void {
  resizeResult = resizeWorld(resizeTo);
  casgstatus(g, Grunning, Grunnable);
  if (resizeResult < 0) {
    // Another M is stopping the world: do so, and ask again when it is our turn.
    I[g + G_PARAM] = resizeTo;
    I[g + G_FIN] = finRetry;
    if (hooked) placed(curp, g, policy.YIELD);
    else globrunqput(g);
    return;
  }
  I[g + G_PARAM] = resizeResult;
  putReady(curp, g);
}
const finRetry = registerFin((g) => gomaxprocsBody(g, I[g + G_PARAM]!));

/** The G is done: its result goes to who waits for it, the G to the free list. */
function goexit0(g: number, value: unknown, failed: boolean): void {
  let request = I[g + G_RESULT]!;
  if (failed && value === GOEXIT) {
    claim(g, value); // its record must not wait for the next user of this G
    failed = false;
    value = undefined;
    // A program whose main left so goes on without it, as in Go, until nothing is left: then that is its deadlock.
    if (request === MAIN_REQUEST && (I[H_FLAGS]! & FLAG_OPEN) === 0) request = 0;
  }
  // A program (run) dies of a panic in any goroutine, main included; a host (start) gets it as a rejection.
  if (failed && (request === 0 || value instanceof FatalError || (I[H_FLAGS]! & FLAG_OPEN) === 0)) {
    setg(g);
    fatalpanic(g, value);
    setg(0);
    return;
  }
  if (request !== 0) answer(request, value, failed);
  if (I[g + G_LOCKEDM] !== 0) I[curm + M_NLOCKED] = I[curm + M_NLOCKED]! - 1;
  casgstatus(g, Grunning, Gdead);
  // A G that is reused starts clean.
  I[g + G_RESULT] = 0;
  I[g + G_LOCKEDM] = 0;
  I[g + G_LOCKCOUNT] = 0;
  I[g + G_WAITING] = 0;
  I[g + G_PARAM] = 0;
  if ((I[g + G_FLAGS]! & G_SYSTEM) !== 0) add(S_NGSYS, -1);
  I[g + G_FLAGS] = 0;
  I[g + G_LASTM] = 0;
  gfput(curp, g);
}

function answer(request: number, value: unknown, failed: boolean): void {
  const ends = request === MAIN_REQUEST && (I[H_FLAGS]! & FLAG_OPEN) === 0;
  if (ends) setMainDone();
  try {
    if (failed) post({ t: "error", id: request, error: value });
    else {
      const v = mark(value);
      post({ t: "result", id: request, value: v, marked: v !== value });
    }
  } catch (e) {
    const why = e instanceof Error ? e.message : String(e);
    post({ t: "error", id: request, error: new TypeError(`the result of a goroutine cannot cross threads: ${why}`) });
  }
  // The program is over when main returns: nobody runs on until the host has heard of it.
  if (ends) stopAll();
}
/** The request of run()'s main goroutine. */
export const MAIN_REQUEST = 1;

// ------------------------------------------------------------------------------------------- LockOSThread

/** Locks the goroutine to its thread: the thread runs nothing else until it unlocks as often. The running G. */
export function lockOSThread(g: number): void {
  const n = I[g + G_LOCKCOUNT]!;
  I[g + G_LOCKCOUNT] = n + 1;
  if (n > 0) return;
  I[g + G_LOCKEDM] = curm;
  I[curm + M_NLOCKED] = I[curm + M_NLOCKED]! + 1;
}

/** The running G. */
export function unlockOSThread(g: number): void {
  const n = I[g + G_LOCKCOUNT]!;
  if (n === 0) return;
  I[g + G_LOCKCOUNT] = n - 1;
  if (n > 1) return;
  I[g + G_LOCKEDM] = 0;
  I[curm + M_NLOCKED] = I[curm + M_NLOCKED]! - 1;
}
