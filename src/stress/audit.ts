/**
 * What must hold of every structure when all goroutines have ended and all threads sleep: nothing queued, every list complete,
 * every object that can be given back given back. Read by the host, of the runtime it entered last.
 */
import { F, I } from "../arena/arena.js";
import { load } from "../arena/atomics.js";
import {
  ALLM,
  C_BUF,
  C_CLOSED,
  C_DATAQSIZ,
  C_LOCK,
  C_QCOUNT,
  C_RECVQ,
  C_SENDQ,
  G_GOID,
  G_PINS,
  G_SCHEDLINK,
  G_STATUS,
  HOST_P,
  IDLE_LISTED,
  KIND_G,
  KIND_HCHAN,
  KIND_NOSCAN,
  KIND_SUDOG,
  KIND_WORDS,
  LINE,
  M_IDLE,
  M_NEXTP,
  M_NLOCKED,
  M_NOTE,
  M_NWAIT,
  M_P,
  M_PINQ,
  M_SCHEDLINK,
  M_SIZE,
  M_SPINNING,
  M_STATE,
  M_UP,
  P_DELETEDTIMERS,
  P_GFREE,
  P_LINK,
  P_M,
  P_NGFREE,
  P_NSUDOG,
  P_NUMTIMERS,
  P_RUNNEXT,
  P_RUNQHEAD,
  P_RUNQTAIL,
  P_STATUS,
  P_SUDOGCACHE,
  P_TIMERS,
  P_TIMERSLOCK,
  POLL_P,
  S_EPOCHLOCK,
  S_FUNCLOCK,
  S_GCWAITING,
  S_GFREE,
  S_GFREELOCK,
  S_INJECT,
  S_LOCK,
  S_MCOUNT,
  S_MIDLE,
  S_MNEXT,
  S_NAMELOCK,
  S_NAMES,
  S_NETPOLLWAITERS,
  S_NG,
  S_NGFREE,
  S_NGSYS,
  S_NINSYSCALL,
  S_NLEAVING,
  S_NMIDLE,
  S_NMIDLELOCKED,
  S_NMSPINNING,
  S_NPIDLE,
  S_NPROCS,
  S_NRETAKING,
  S_NSTARTING,
  S_PIDLE,
  S_RUNQHEAD,
  S_RUNQLOCK,
  S_RUNQSIZE,
  S_STOPWAIT,
  S_SUDOGCACHE,
  S_SUDOGLOCK,
  S_WORLDSEMA,
  SEMTAB_SIZE,
  SEMTABLE,
  SG_NEXT,
  SR_LOCK,
  SR_NWAIT,
  SR_TREAP,
} from "../arena/layout.js";
import { forEachObject } from "../arena/malloc.js";
import { cachesTiny } from "../arena/mcache.js";
import { N_OLDER } from "../arena/names.js";
import { retained } from "../sched/grace.js";
import { gstatusNames } from "../sched/gstatus.js";
import { allp } from "../sched/p.js";
import { timersPending } from "../sched/timers.js";
import { Gdead, Pidle } from "../sched/status.js";
import { auditNet, netAtRest, netBlobs } from "./netaudit.js";

/** All Ms sleep, no timer will wake one, the poller is done, and nothing is on its way to them: nobody changes the arena but sysmon, which takes no memory. */
export function atRest(): boolean {
  return (
    load(S_NMIDLE) + load(S_NMIDLELOCKED) >= load(S_MCOUNT) &&
    load(S_NSTARTING) === 0 &&
    load(S_INJECT) === 0 &&
    load(S_NPIDLE) === load(S_NPROCS) &&
    load(S_LOCK) === 0 &&
    timersPending() === 0 &&
    netAtRest()
  );
}

/** What is wrong in an arena at rest, in lines; none: all is as it must be. */
export function audit(): string[] {
  const wrong: string[] = [];
  const must = (ok: boolean, what: string): void => {
    if (!ok) wrong.push(what);
  };
  const zero = (words: Record<string, number>, where = ""): void => {
    for (const [name, at] of Object.entries(words)) must(I[at] === 0, `${where}${name} is ${I[at]}, not 0`);
  };
  zero({
    "sched.lock": S_LOCK,
    "the lock of the global queue": S_RUNQLOCK,
    "the lock of the dead Gs": S_GFREELOCK,
    "the lock of the sudogs": S_SUDOGLOCK,
    "the lock of the functions": S_FUNCLOCK,
    "the lock of the names": S_NAMELOCK,
    "the lock of the epoch": S_EPOCHLOCK,
    worldsema: S_WORLDSEMA,
    gcwaiting: S_GCWAITING,
    stopwait: S_STOPWAIT,
    nmspinning: S_NMSPINNING,
    nmidlelocked: S_NMIDLELOCKED,
    nstarting: S_NSTARTING,
    nleaving: S_NLEAVING,
    ninsyscall: S_NINSYSCALL,
    nretaking: S_NRETAKING,
    netpollwaiters: S_NETPOLLWAITERS,
    ngsys: S_NGSYS,
    inject: S_INJECT,
    "the global queue's size": S_RUNQSIZE,
    "the global queue's head": S_RUNQHEAD,
  });
  const procs = I[S_NPROCS]!;
  const idle = walk(S_PIDLE, P_LINK);
  must(
    idle.size === procs && I[S_NPIDLE] === procs,
    `${idle.size} Ps on the idle list, npidle ${I[S_NPIDLE]}, of ${procs}`,
  );
  for (let id = 0; id < procs; id++) {
    const p = allp(id);
    const where = `P${id}: `;
    must(idle.has(p), `${where}not on the idle list`);
    must(I[p + P_STATUS] === Pidle, `${where}status ${I[p + P_STATUS]}`);
    must(I[p + P_RUNQHEAD] === I[p + P_RUNQTAIL], `${where}the ring is not empty`);
    must(
      I[p + P_NUMTIMERS] === I[p + P_DELETEDTIMERS],
      `${where}${I[p + P_NUMTIMERS]} timers, ${I[p + P_DELETEDTIMERS]} deleted`,
    );
    zero({ m: p + P_M, runnext: p + P_RUNNEXT, "the lock of the timers": p + P_TIMERSLOCK }, where);
  }
  const sleeping = walk(S_MIDLE, M_SCHEDLINK);
  must(sleeping.size === I[S_NMIDLE], `${sleeping.size} Ms on the idle list, nmidle ${I[S_NMIDLE]}`);
  must(I[S_NMIDLE] === I[S_MCOUNT], `${I[S_NMIDLE]} of ${I[S_MCOUNT]} Ms are idle`);
  for (let m = ALLM; m < ALLM + I[S_MNEXT]! * M_SIZE; m += M_SIZE) {
    const where = `M${(m - ALLM) / M_SIZE}: `;
    if (I[m + M_STATE] !== M_UP) continue;
    must(sleeping.has(m) && I[m + M_IDLE] === IDLE_LISTED, `${where}not on the idle list`);
    must((I[m + M_NOTE]! & 1) === 0, `${where}its note is woken`);
    zero(
      {
        p: m + M_P,
        nextp: m + M_NEXTP,
        spinning: m + M_SPINNING,
        nlocked: m + M_NLOCKED,
        nwait: m + M_NWAIT,
        inbox: m + M_PINQ,
      },
      where,
    );
  }
  free("goroutines", KIND_G, P_GFREE, P_NGFREE, S_GFREE, G_SCHEDLINK, I[S_NG]!, must);
  must(walk(S_GFREE, G_SCHEDLINK).size === I[S_NGFREE], `the shared list of dead Gs has not ${I[S_NGFREE]} of them`);
  free("sudogs", KIND_SUDOG, P_SUDOGCACHE, P_NSUDOG, S_SUDOGCACHE, SG_NEXT, undefined, must);
  forEachObject(KIND_G, (g) => {
    const s = I[g + G_STATUS]!;
    must(s === Gdead, `goroutine ${F[(g + G_GOID) >> 1]} is ${gstatusNames[s] ?? s}`);
    must(I[g + G_PINS] === 0, `goroutine ${F[(g + G_GOID) >> 1]} is dead and pinned ${I[g + G_PINS]} times`);
  });
  forEachObject(KIND_HCHAN, (c) => {
    zero({ lock: c + C_LOCK, recvq: c + C_RECVQ, sendq: c + C_SENDQ }, `channel ${c}: `);
    const [n, size] = [I[c + C_QCOUNT]!, I[c + C_DATAQSIZ]!];
    must(n >= 0 && n <= size, `channel ${c}: ${n} values in a buffer of ${size}, closed ${I[c + C_CLOSED]}`);
  });
  for (let root = SEMTABLE; root < SEMTABLE + SEMTAB_SIZE * LINE; root += LINE)
    zero({ lock: root + SR_LOCK, treap: root + SR_TREAP, nwait: root + SR_NWAIT }, `semaphore root ${root}: `);
  auditNet(must);
  return wrong;
}

/** The members of a list; a list that comes back to itself ends there, and its length is wrong. */
function walk(head: number, link: number): Set<number> {
  const seen = new Set<number>();
  for (let at = I[head]!; at !== 0 && !seen.has(at); at = I[at + link]!) seen.add(at);
  return seen;
}

/** Objects of a kind that are all free: each is on exactly one of the lists, of the Ps or the shared one. */
function free(
  what: string,
  kind: number,
  ofP: number,
  countOfP: number,
  shared: number,
  link: number,
  total: number | undefined,
  must: (ok: boolean, what: string) => void,
): void {
  const listed = new Set<number>();
  let n = 0;
  const take = (list: Set<number>): void => {
    n += list.size;
    for (const at of list) listed.add(at);
  };
  for (let id = 0; id <= POLL_P; id++) {
    // All Ps that ever were, with the host's and the poller's.
    const p = allp(id);
    if (I[p + ofP] === 0 && I[p + countOfP] === 0) continue;
    const list = walk(p + ofP, link);
    must(
      list.size === I[p + countOfP],
      `${id === HOST_P ? "the host" : `P${id}`}: ${list.size} free ${what}, counted ${I[p + countOfP]}`,
    );
    take(list);
  }
  take(walk(shared, link));
  must(listed.size === n, `${what}: ${n - listed.size} are on two free lists`);
  let exist = 0;
  let lost = 0;
  forEachObject(kind, (at) => {
    exist++;
    if (!listed.has(at)) lost++;
  });
  must(lost === 0, `${what}: ${lost} of ${exist} are on no free list`);
  must(exist === listed.size, `${what}: ${listed.size} on the free lists, ${exist} exist`);
  must(total === undefined || total === exist, `${what}: ${exist} exist, ${total} were made`);
}

/** What is in use and must not be when nothing keeps values: blobs, of which values are made, and words that hold no buffer. */
export interface Leftovers {
  /** Blobs beside the names that the runtime has interned, what waits for a grace period, and the unused halves of tiny blocks. */
  blobs: number;
  /** Stacks and cells: words beside the buffers of channels and the heaps of timers. */
  words: number;
}

/** Of an arena at rest. */
export function leftovers(): Leftovers {
  let blobs = 0;
  forEachObject(KIND_NOSCAN, () => blobs++);
  blobs -= walk(S_NAMES, N_OLDER).size + netBlobs();
  const owned = new Set<number>();
  forEachObject(KIND_HCHAN, (c) => owned.add(I[c + C_BUF]! << 1));
  for (let id = 0; id <= POLL_P; id++) {
    if (cachesTiny(id)) blobs--;
    blobs -= retained(allp(id));
    owned.add(I[allp(id) + P_TIMERS]!);
  }
  let words = 0;
  forEachObject(KIND_WORDS, (at) => {
    if (!owned.has(at)) words++;
  });
  return { blobs, words };
}
