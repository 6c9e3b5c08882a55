/**
 * Ms: threads that run goroutines (Go: startm, stopm, handoffp, wakep, mspinning, the idle list).
 *
 * Worker thread parking and unparking, the argument (mirrored in findRunnable, proc.ts)
 *
 * Goal: enough running Ms to use the parallelism there is, few enough not to burn the machine. Waking a thread is the
 * dearest thing there is: 7-9 us on one core, about 100 us across cores of a virtual machine.
 * Rejected: waking a thread for each readied goroutine (thrashes), never waking while someone runs (loses cores).
 *
 * An M is *spinning* when it holds a P, has no goroutine, and looks for one. Rules, as in Go:
 *   - who makes a goroutine runnable wakes an M if there is an idle P and nobody spins (wakep);
 *   - a spinning M that finds work stops spinning and, if it was the last spinner, wakes another (resetspinning):
 *     so a burst of work brings up all Ms one after the other;
 *   - a spinning M that finds nothing gives up its P and parks.
 *
 * The race: a goroutine is submitted just when the last spinner gives up.
 *   submitter                               spinner
 *   1. put the goroutine in a queue         A. P to the idle list, npidle++     (under sched.lock)
 *   2. (atomic: full barrier)               B. nmspinning-- (atomic)
 *   3. look: npidle > 0 and nmspinning = 0? C. look at all queues once more
 *      then wake one                        D. found: take a P back, spin again; else park
 * All are sequentially consistent. If 3 sees nmspinning > 0, then 3 comes before B, so 1 before C, so C sees the
 * goroutine. If 3 sees npidle = 0, then 3 comes before A, and the same holds. Otherwise it wakes. In no order is the
 * goroutine left with all Ms parked.
 *
 * That holds if the one who wakes can wake somebody. If in startm no P is idle any more, or no M, its count in nmspinning has
 * meanwhile kept an M that holds a P from spinning; that one would park without a look at the rings. So it is asked to look
 * first (S_NEEDSPINNING, handOver): found by the model checker here, and in Go as #45867.
 *
 * One deviation, measured (docs/scheduler.md): when the only surplus is the waker's own runnext, it will run there as soon as
 * the waker stops, and the thread woken for it finds nothing. In a ping-pong that would cost a wake-up every 70 us. So
 * after FRUITLESS_MAX such searches in a row wakep skips, as long as sysmon is up: it looks at least every 10 ms whether
 * some P sits on work that it does not come to (sits, in sysmon.ts), and wakes a thread for that.
 *
 * What if a thread stops right there? Submitter between 1 and 3: the spinner may park, but the submitter is running
 * and will do 3. Waker between taking an M off the idle list and its note: that M and P are late, not lost.
 */
import { I } from "../arena/arena.js";
import { add, cas, load, racy, racyset, smp } from "../arena/atomics.js";
import { failpoint } from "../arena/failpoint.js";
import { lock, unlock } from "../arena/lock.js";
import {
  ALLM,
  H_STATE,
  IDLE_LISTED,
  M_ID,
  M_IDLE,
  M_NEXTP,
  M_NOTE,
  M_NWAIT,
  M_SCHEDLINK,
  M_SIZE,
  M_SPINNING,
  M_STARTING,
  M_STATE,
  MAX_M,
  P_STATUS,
  POLICY_PERP_QUEUES,
  POLICY_PRIVATE,
  S_GCWAITING,
  S_LOCK,
  S_MCOUNT,
  S_MIDLE,
  S_MMAX,
  S_MNEXT,
  S_NEEDM,
  S_NEEDSPINNING,
  S_NMIDLE,
  S_NLEAVING,
  S_NMIDLELOCKED,
  S_NMSPINNING,
  S_NPIDLE,
  S_NPROCS,
  S_NSTARTING,
  S_POLICY,
  S_STOPNOTE,
  S_STOPWAIT,
  STAT_MPARKS,
  STAT_WAKES,
  STATE_RUNNING,
  S_FRUITLESS,
  S_NINSYSCALL,
  S_POLLER,
  S_SYSMONUP,
} from "../arena/layout.js";
import { noteclear, notesleep, notetsleep, notewakeup } from "../arena/note.js";
import { curm, curp } from "../stack/current.js";
import { FatalError } from "../stack/fatal.js";
import { bringBack } from "./bound.js";
import { checkdead } from "./checkdead.js";
import { globrunqempty } from "./globrunq.js";
import { setpstatus } from "./gstatus.js";
import { hooked } from "./hooked.js";
import { hasWork } from "./place.js";
import { pending, wake } from "./policy.js";
import { Pgcstop, Pidle } from "./status.js";
import { post } from "./hostlink.js";
import { acquirep, pidleget, pidlegetthis, pidleput, releasep } from "./p.js";
import { appointPoller, findHeir, leavePoller, offerPoller, pollDelay, pollOver } from "./poller.js";
import { ringlen, runqempty, stat } from "./runq.js";
import { nobarrierWakeTime } from "./timers.js";

export function allm(id: number): number {
  return ALLM + id * M_SIZE;
}

/** Reserves an M struct for a thread that is being started. Under sched.lock. */
export function mcommoninit(): number {
  const id = I[S_MNEXT]!;
  if (id >= I[S_MMAX]! || id >= MAX_M)
    throw new FatalError("thread exhaustion", `runtime: program exceeds ${I[S_MMAX]}-thread limit`);
  I[S_MNEXT] = id + 1;
  I[S_MCOUNT] = I[S_MCOUNT]! + 1;
  I[S_NSTARTING] = I[S_NSTARTING]! + 1;
  const m = allm(id);
  I[m + M_ID] = id;
  I[m + M_STATE] = M_STARTING;
  return m;
}

/** Under sched.lock. */
function mput(m: number): void {
  I[m + M_SCHEDLINK] = I[S_MIDLE]!;
  I[S_MIDLE] = m;
  I[m + M_IDLE] = IDLE_LISTED;
  I[S_NMIDLE] = I[S_NMIDLE]! + 1;
}

/** Under sched.lock. The one that waits for the next timer comes last. */
function mget(): number {
  let m = I[S_MIDLE]!;
  if (m !== 0) {
    if (m === I[S_POLLER] && I[m + M_SCHEDLINK] !== 0) m = I[m + M_SCHEDLINK]!;
    mgetthis(m);
  }
  return m;
}

/** Takes a certain M, which sleeps, out of the idle ones. Under sched.lock. */
export function mgetthis(m: number): void {
  if (I[m + M_IDLE] !== IDLE_LISTED) {
    I[m + M_IDLE] = 0;
    I[S_NMIDLELOCKED] = I[S_NMIDLELOCKED]! - 1;
    return;
  }
  let at = S_MIDLE;
  while (I[at] !== m) at = I[at]! + M_SCHEDLINK;
  I[at] = I[m + M_SCHEDLINK]!;
  I[m + M_IDLE] = 0;
  I[S_NMIDLE] = I[S_NMIDLE]! - 1;
  leavePoller(m);
}

/** Gives P `p` (0: an idle one, if any) to an idle M, or to a new one. Any thread; `spinning`: the caller has counted it. */
export function startm(p: number, spinning: boolean): void {
  lock(S_LOCK);
  if (p === 0) {
    p = pidleget();
    if (p === 0) {
      if (spinning) handOver();
      unlock(S_LOCK);
      return;
    }
  }
  const m = mget();
  if (m === 0) {
    // A thread takes 50-100 ms to start. If one is starting, it will look for an idle P by itself; if as many Ms are awake
    // as Ps are busy (p counted), one of them is on its way to stopm, where it will see S_NEEDM. Those on their way to
    // stoplockedm and those that are in system calls do not count: what they would find they could not run.
    const away = I[S_NMIDLE]! + I[S_NMIDLELOCKED]! + I[S_NSTARTING]! + I[S_NLEAVING]! + I[S_NINSYSCALL]!;
    const awake = I[S_MCOUNT]! - away;
    const arriving = awake >= I[S_NPROCS]! - load(S_NPIDLE);
    // What a policy keeps for this P alone waits for this P: whoever arrives takes another one if several are so.
    const waits = !runqempty(p) || ((I[S_POLICY]! & (POLICY_PRIVATE | POLICY_PERP_QUEUES)) !== 0 && pending(p));
    if (!waits && (I[S_NSTARTING]! > 0 || arriving)) {
      if (arriving) I[S_NEEDM] = 1;
      pidleput(p);
      if (spinning) handOver();
      unlock(S_LOCK);
      return;
    }
    let fresh: number;
    try {
      fresh = mcommoninit();
    } catch (e) {
      pidleput(p);
      unlock(S_LOCK);
      throw e;
    }
    I[fresh + M_NEXTP] = p;
    I[fresh + M_SPINNING] = spinning ? 1 : 0;
    unlock(S_LOCK);
    post({ t: "newm", mid: I[fresh + M_ID]! });
    return;
  }
  I[m + M_NEXTP] = p;
  I[m + M_SPINNING] = spinning ? 1 : 0;
  unlock(S_LOCK);
  if (curp !== 0) stat(curp, STAT_WAKES, 1);
  if (FAILPOINTS) failpoint("startm: off the list, not woken");
  notewakeup(m + M_NOTE);
}

/**
 * Nobody can be woken to spin: whoever is about to give up its P spins instead (findRunnable). It may not be counted as a spinner
 * now, and have decided against looking at the rings because of our count (Go: sched.needspinning, since 1.20). Under
 * sched.lock, which it takes before it gives up the P.
 */
function handOver(): void {
  if (add(S_NMSPINNING, -1) < 0) throw new FatalError("startm: negative nmspinning");
  I[S_NEEDSPINNING] = 1;
}

/** This M, which is not spinning, has been asked to instead of one that could not be woken. Under sched.lock. */
export function takeNeedSpinning(): boolean {
  if (I[S_NEEDSPINNING] === 0 || spinning) return false;
  I[S_NEEDSPINNING] = 0;
  spinning = true;
  add(S_NMSPINNING, 1);
  return true;
}

/** More work may be there than running Ms: wakes one that spins. A holder of a P, after it has submitted work. */
export function wakep(): void {
  if (FAILPOINTS) failpoint("wakep: submitted, not looked");
  // With one P, which we hold, none is idle.
  if (smp === 0 || load(S_NPIDLE) === 0) return;
  if (hooked && !wake(curp)) return;
  if (fruitless() && racy(S_SYSMONUP) !== 0 && ringlen(curp) === 0 && !(hooked && pending(curp))) return;
  if (load(S_NMSPINNING) !== 0 || !cas(S_NMSPINNING, 0, 1)) return;
  startm(0, true);
}

/**
 * p is to run, because a policy has put something into a queue that is p's alone. Any holder of a P, after it has done so. If p is
 * not idle its holder looks at that queue before it sleeps (held in findrunnable.ts); one that is just giving p up does so
 * under sched.lock, and either we see p on the list or it sees the goroutine.
 */
export function kick(p: number): void {
  if (load(p + P_STATUS) !== Pidle) return;
  lock(S_LOCK);
  const idle = pidlegetthis(p);
  unlock(S_LOCK);
  if (idle) startm(p, false);
}

/** The same for a thread without a P, after injectg. `many`: more than one M can run; the one that is woken wakes the next. */
export function wakeIdle(many = false): void {
  if (load(S_NPIDLE) === 0 || load(S_NMSPINNING) !== 0) return;
  if (!many) startm(0, false);
  else if (cas(S_NMSPINNING, 0, 1)) startm(0, true);
}

/** This M holds a P, has no goroutine, and looks for one. Counted in S_NMSPINNING. */
export let spinning = false;
export function setSpinning(on: boolean): void {
  spinning = on;
}

/**
 * A thread that was started or woken: its waker has counted it as a spinner, or not. Plain: written before the note, or
 * before the thread was started. Cleared, for wakers that count nobody do not write it (startlockedm).
 */
export function takeSpinning(): void {
  spinning = I[curm + M_SPINNING] !== 0;
  I[curm + M_SPINNING] = 0;
}

/** This M found work: it spins no more, and someone else should look. */
export function resetspinning(): void {
  spinning = false;
  if (FAILPOINTS) failpoint("resetspinning: found, still counted");
  if (add(S_NMSPINNING, -1) < 0) throw new FatalError("findrunnable: negative nmspinning");
  wakep();
}

/**
 * Puts this M to sleep until it is given a P. It holds none, and does not spin. `until`: when the next timer is due that it knows
 * of. Returns false when the runtime stops.
 */
export function stopm(until = Infinity): boolean {
  lock(S_LOCK);
  if (bringBack()) return true;
  if (I[S_NEEDM] !== 0) {
    // Someone wanted an M while we were on our way here.
    I[S_NEEDM] = 0;
    const p = pidleget();
    if (p !== 0) {
      unlock(S_LOCK);
      acquirep(p);
      return true;
    }
  }
  mput(curm);
  offerPoller(until);
  const dead = checkdead();
  unlock(S_LOCK);
  if (dead !== undefined) dead();
  if (FAILPOINTS) failpoint("stopm: listed, not asleep");
  return mPark();
}

/** Searches in vain after which wakep becomes reluctant. */
const FRUITLESS_MAX = 2;
/** Then it looks round and sleeps on. A time-out that an engine may keep in 32 bits. */
export const MAX_SLEEP_MS = 2 ** 31 - 1;

/** Sleeps until this M is woken; or, as the poller, until a timer is due, and takes an idle P by itself. */
function sleepIdle(): void {
  const note = curm + M_NOTE;
  for (;;) {
    const v = load(note); // before what follows: who changes that pokes the note
    if ((v & 1) !== 0 || pollerDue()) return;
    notetsleep(note, Math.min(pollDelay(), MAX_SLEEP_MS), v);
  }
}

/** This M is the poller, its time has come, and it has taken an idle P. This M, idle. */
export function pollerDue(): boolean {
  return pollDelay() === 0 && pollOver() && wakeSelf();
}

/** Off the idle list, with an idle P, as startm would do it for us. False: no P is idle; or a waker was faster: then its note comes. */
function wakeSelf(): boolean {
  lock(S_LOCK);
  if (I[curm + M_IDLE] === 0) {
    unlock(S_LOCK);
    notesleep(curm + M_NOTE);
    return true;
  }
  const p = pidleget();
  if (p !== 0) {
    mgetthis(curm);
    I[curm + M_NEXTP] = p;
    I[curm + M_SPINNING] = 1;
    add(S_NMSPINNING, 1);
  }
  unlock(S_LOCK);
  return p !== 0;
}

/** What findRunnable tells about its searches. */
export function searched(found: boolean): void {
  const n = racy(S_FRUITLESS);
  if (found && n !== 0) racyset(S_FRUITLESS, 0);
  else if (!found && n < FRUITLESS_MAX) racyset(S_FRUITLESS, n + 1);
}
/** The last searches found nothing: searching longer than Go does, or waking for a runnext, is not likely to pay. */
export function fruitless(): boolean {
  return racy(S_FRUITLESS) >= FRUITLESS_MAX;
}

/** Sleeps on this M's note, then takes the P it was given. Returns false when the runtime stops, or to sleep elsewhere. */
export function mPark(): boolean {
  if (load(H_STATE) === STATE_RUNNING) {
    // Goroutines of this M wait for promises: it sleeps in its event loop, outside of schedule (eventloop.ts).
    if (I[curm + M_NWAIT] !== 0) return false;
    sleepIdle();
  }
  return mWoken();
}

/** The second half of mPark: this M's note has been woken. Returns false when the runtime stops. */
export function mWoken(): boolean {
  if (load(H_STATE) !== STATE_RUNNING) return false;
  // Cleared after the sleep, never before: a wake-up that comes early must not be erased.
  noteclear(curm + M_NOTE);
  const p = I[curm + M_NEXTP]!; // plain: written before the note, which is atomic
  I[curm + M_NEXTP] = 0;
  takeSpinning();
  acquirep(p);
  stat(p, STAT_MPARKS, 1);
  findHeir();
  return true;
}

/** Gives a P that this M has released to another one if there is work for it, else to the idle list. */
export function handoffp(p: number): void {
  if (FAILPOINTS) failpoint("handoffp: the P is nobody's");
  if (hasWork(p) || !globrunqempty()) {
    startm(p, false);
    return;
  }
  // Nobody looks for work and nobody is idle: keep one looking, as wakep would.
  if (load(S_NMSPINNING) + load(S_NPIDLE) === 0 && cas(S_NMSPINNING, 0, 1)) {
    startm(p, true);
    return;
  }
  lock(S_LOCK);
  if (load(S_GCWAITING) !== 0) {
    setpstatus(p, Pgcstop);
    stopped();
    unlock(S_LOCK);
    return;
  }
  // The policy's queue again, under the lock: see kick.
  if (!globrunqempty() || ((I[S_POLICY]! & (POLICY_PRIVATE | POLICY_PERP_QUEUES)) !== 0 && pending(p))) {
    unlock(S_LOCK);
    startm(p, false);
    return;
  }
  pidleput(p);
  unlock(S_LOCK);
  const when = nobarrierWakeTime(p);
  if (when !== Infinity) appointPoller(when);
}

/** One more P has stopped for stopTheWorld. Under sched.lock. */
export function stopped(): void {
  I[S_STOPWAIT] = I[S_STOPWAIT]! - 1;
  if (I[S_STOPWAIT] === 0) notewakeup(S_STOPNOTE);
}

/** This M stops for stopTheWorld: its P is given up as Pgcstop. Returns false when the runtime stops. */
export function gcstopm(): boolean {
  if (spinning) {
    spinning = false;
    add(S_NMSPINNING, -1);
  }
  const p = releasep();
  lock(S_LOCK);
  setpstatus(p, Pgcstop);
  stopped();
  unlock(S_LOCK);
  return stopm();
}
