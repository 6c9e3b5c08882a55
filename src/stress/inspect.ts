/**
 * What an arena looks like when nothing moves any more: Ps, Ms, goroutines. Of the stress test only this file looks inside
 * the runtime, so the build makes it a part of the host's bundle: its views are those of the runtime that the host entered
 * last, and this process has one at a time.
 */
import { arena, F, I } from "../arena/arena.js";
import {
  ALLM,
  C_CLOSED,
  C_DATAQSIZ,
  C_LOCK,
  C_QCOUNT,
  C_RECVQ,
  C_SENDQ,
  G_FN,
  G_GOID,
  G_LASTM,
  G_LOCKEDM,
  G_PINM,
  G_STATUS,
  G_WAITING,
  G_WAITREASON,
  H_EXIT,
  H_STATE,
  KIND_G,
  KIND_HCHAN,
  KIND_OBJ,
  LINE,
  MU_SEMA,
  MU_STATE,
  MUTEX_MU,
  SEMTAB_SIZE,
  SEMTABLE,
  SR_LOCK,
  SR_NWAIT,
  SR_TREAP,
  M_IDLE,
  M_NEXTP,
  M_NLOCKED,
  M_NOTE,
  M_P,
  M_PINQ,
  M_SIZE,
  M_SPINNING,
  M_STATE,
  P_M,
  P_RUNNEXT,
  P_RUNQHEAD,
  P_RUNQTAIL,
  P_SCHEDTICK,
  P_STATUS,
  S_GCWAITING,
  S_INJECT,
  S_LOCK,
  S_MCOUNT,
  S_MNEXT,
  S_NEEDM,
  S_NMIDLE,
  S_NMIDLELOCKED,
  S_NMSPINNING,
  S_NPIDLE,
  S_NPROCS,
  S_NSTARTING,
  S_RUNQLOCK,
  S_RUNQSIZE,
  S_STOPWAIT,
  S_WORLDSEMA,
} from "../arena/layout.js";
import { forEachObject } from "../arena/malloc.js";
import { HANDLE_MUTEX } from "../arena/value.js";
import { gstatusNames } from "../sched/gstatus.js";
import { Gdead } from "../sched/status.js";
import { allp } from "../sched/p.js";
export { atRest, audit, leftovers } from "./audit.js";
export { sockets } from "./netaudit.js";
import { waitReasons } from "../sched/waitreason.js";

/** Lines; at most `max` goroutines are listed. */
export function dump(max = 200): string[] {
  if (arena === undefined) return ["no arena"];
  const out: string[] = [];
  const words = (names: Record<string, number>): string =>
    Object.entries(names)
      .map(([name, at]) => `${name}=${I[at]}`)
      .join(" ");
  out.push(
    `sched: ${words({
      state: H_STATE,
      exit: H_EXIT,
      procs: S_NPROCS,
      npidle: S_NPIDLE,
      nmspinning: S_NMSPINNING,
      nmidle: S_NMIDLE,
      nmidlelocked: S_NMIDLELOCKED,
      mcount: S_MCOUNT,
      nstarting: S_NSTARTING,
      needm: S_NEEDM,
      runq: S_RUNQSIZE,
      inject: S_INJECT,
      lock: S_LOCK,
      runqlock: S_RUNQLOCK,
      gcwaiting: S_GCWAITING,
      stopwait: S_STOPWAIT,
      worldsema: S_WORLDSEMA,
    })}`,
  );
  for (let id = 0; id < I[S_NPROCS]!; id++) {
    const p = allp(id);
    const n = (I[p + P_RUNQTAIL]! - I[p + P_RUNQHEAD]!) | 0;
    out.push(
      `P${id}: ${words({ status: p + P_STATUS, tick: p + P_SCHEDTICK })} m=${mid(I[p + P_M]!)} ring=${n} runnext=${g(I[p + P_RUNNEXT]!)}`,
    );
  }
  for (let id = 0; id < I[S_MNEXT]!; id++) {
    const m = ALLM + id * M_SIZE;
    out.push(
      `M${id}: ${words({ state: m + M_STATE, idle: m + M_IDLE, locked: m + M_NLOCKED, spinning: m + M_SPINNING, note: m + M_NOTE, pinq: m + M_PINQ })} p=${pid(I[m + M_P]!)} nextp=${pid(I[m + M_NEXTP]!)}`,
    );
  }
  let dead = 0;
  let alive = 0;
  forEachObject(KIND_G, (at) => {
    const s = I[at + G_STATUS]!;
    if (s === Gdead) dead++;
    else if (++alive <= max)
      out.push(
        `${g(at)}: ${gstatusNames[s] ?? s}${I[at + G_WAITING] !== 0 ? ` [${waitReasons[I[at + G_WAITREASON]!]}]` : ""} ${words({ fn: at + G_FN, waiting: at + G_WAITING, pinm: at + G_PINM, at: at + G_STATUS })} lockedm=${mid(I[at + G_LOCKEDM]!)} lastm=${mid(I[at + G_LASTM]!)}`,
      );
  });
  out.push(`goroutines: ${alive} alive, ${dead} dead`);
  forEachObject(KIND_HCHAN, (c) => {
    if (I[c + C_LOCK] !== 0) out.push(`channel ${c}: LOCKED ${I[c + C_LOCK]}`);
    const waiting = I[c + C_RECVQ] !== 0 || I[c + C_SENDQ] !== 0;
    const both = I[c + C_RECVQ] !== 0 && I[c + C_SENDQ] !== 0;
    const wrong =
      both ||
      (I[c + C_RECVQ] !== 0 && I[c + C_QCOUNT]! > 0) ||
      (I[c + C_SENDQ] !== 0 && I[c + C_QCOUNT]! < I[c + C_DATAQSIZ]!) ||
      (waiting && I[c + C_CLOSED] !== 0);
    if (wrong)
      out.push(
        `channel ${c}: INCONSISTENT ${words({ qcount: c + C_QCOUNT, size: c + C_DATAQSIZ, closed: c + C_CLOSED, recvq: c + C_RECVQ, sendq: c + C_SENDQ })}`,
      );
  });
  for (let root = SEMTABLE; root < SEMTABLE + SEMTAB_SIZE * LINE; root += LINE)
    if (I[root + SR_LOCK] !== 0 || I[root + SR_NWAIT] !== 0)
      out.push(`semaphores ${root}: ${words({ lock: root + SR_LOCK, top: root + SR_TREAP, nwait: root + SR_NWAIT })}`);
  forEachObject(KIND_OBJ, (a) => {
    if (I[a] === HANDLE_MUTEX && I[a + MUTEX_MU] !== 0)
      out.push(`mutex ${a}: ${words({ state: a + MUTEX_MU + MU_STATE, sema: a + MUTEX_MU + MU_SEMA })}`);
  });
  return out;
}

function mid(m: number): string {
  return m === 0 ? "-" : `M${(m - ALLM) / M_SIZE}`;
}
function pid(p: number): string {
  return p === 0 ? "-" : `P${(p - allp(0)) / (allp(1) - allp(0))}`;
}
function g(at: number): string {
  return at === 0 ? "-" : `g${F[(at + G_GOID) >> 1]}`;
}
