/** System calls: the P of an M that is away (sched/syscall.ts, sysmon.ts), and stopping the world meanwhile. */
import type { Core } from "../load.js";
import type { Body } from "../machine.js";
import type { Act, World } from "../world.js";
import { assert, coreModel, type CoreModel } from "./common.js";
import { nothing } from "./park.js";

/** A goroutine's system call, which takes no time. */
const syscall: Act[] = [(c, g) => c["entersyscall"](g), (c, g) => c["exitsyscall"](g)];
const blocking: Act[] = [(c, g) => c["entersyscallblock"](g), (c, g) => c["exitsyscall"](g)];

/** sysmon looks `n` times, 20 ms apart: more than it leaves alone the P of a call. */
function* looks(c: Core, n: number): Body<void> {
  for (let i = 0; i < n; i++) yield* c["retake"](20 * i) as Body;
}

/** sysmon is no M: its thread has no P. */
function sysmon(w: World): Core {
  const c = w.outsider(0);
  c["setp"](0);
  return c;
}

/** Each P is held by who it says, or by nobody and then on the list; and nobody counts who is not there. */
export function owned(w: World): void {
  const { words } = w.memory;
  const { S_NPROCS, S_NPIDLE, P_STATUS, P_M, M_P, Pidle, S_NINSYSCALL, S_NRETAKING, S_NMSPINNING } = w.host as Record<
    string,
    number
  >;
  let idle = 0;
  for (let i = 0; i < words[S_NPROCS!]!; i++) {
    const p = w.p(i);
    if (words[p + P_STATUS!] === Pidle) idle++;
    else assert(words[words[p + P_M!]! + M_P!] === p, `P${i} is in state ${words[p + P_STATUS!]}, and nobody holds it`);
  }
  assert(idle === words[S_NPIDLE!], `${idle} Ps are idle, and ${words[S_NPIDLE!]} are counted`);
  for (const [name, at] of Object.entries({ S_NINSYSCALL, S_NRETAKING, S_NMSPINNING }))
    assert(words[at!] === 0, `${name} is ${words[at!]}, and nobody runs`);
}

export const ran = (w: World, name: string, acts: readonly Act[]): void =>
  assert(w.results[name]?.length === acts.length, `${name} has done ${w.results[name]?.length ?? 0} of ${acts.length}`);

/** One P: the call is over while sysmon takes it away, and gives it to M1, for there is other work. */
const retaken = (name: string, acts: Act[], n: number): CoreModel =>
  coreModel(
    `${name}, one P, other work and an M to do it`,
    { procs: 1, ms: 2, outsiders: 1, open: true, goroutines: { call: acts, other: [nothing] } },
    (w) => {
      w.idle(1);
      w.queued(0, "call");
      w.queued(0, "other");
    },
    (_s, w) => ({ M0: w.schedules(0), M1: w.schedules(1, true), sysmon: looks(sysmon(w), n) }),
    (_s, w) => {
      ran(w, "call", acts);
      ran(w, "other", [nothing]);
      owned(w);
    },
    { mayBlock: true, search: { preemptions: 2 }, full: 3 },
  );

/** The ABA of sysmon.ts: M0's P is taken, M1 has it, and is in a system call with it when M0 comes back. */
const aba: CoreModel = coreModel(
  "exitsyscall takes a P that was taken from it, and that another M has in a system call by now",
  { procs: 1, ms: 2, outsiders: 1, open: true, goroutines: { a: syscall, b: syscall } },
  (w) => {
    w.idle(1);
    w.queued(0, "a");
    w.queued(0, "b");
  },
  (_s, w) => ({ M0: w.schedules(0), M1: w.schedules(1, true), sysmon: looks(sysmon(w), 3) }),
  (_s, w) => {
    ran(w, "a", syscall);
    ran(w, "b", syscall);
    owned(w);
  },
  { mayBlock: true, search: { preemptions: 2 }, full: 3 },
);

/** Two Ps, one of them idle: who comes back takes that one. */
const idleP: CoreModel = coreModel(
  "exitsyscall against retake, another P is idle",
  { procs: 2, ms: 3, outsiders: 1, open: true, goroutines: { call: syscall } },
  (w) => {
    for (const i of [1, 2]) w.idle(i);
    w.queued(0, "call");
  },
  (_s, w) => ({ M0: w.schedules(0), M1: w.schedules(1, true), M2: w.schedules(2, true), sysmon: looks(sysmon(w), 2) }),
  (_s, w) => {
    ran(w, "call", syscall);
    owned(w);
  },
  { mayBlock: true, search: { preemptions: 3 } },
);

/** A goroutine stops the world and changes the number of Ps, and goes on. */
export const resize = (n: number): Act[] => [(c, g) => c["gomaxprocsBody"](g, n), nothing];

/**
 * An M that has given up its P looks at all rings once more, by atomic loads (anyWork); if there is only one P by then, its holder
 * writes them plainly. That is the one exception to the rule of family 2 (arena/atomics.ts), and harmless: what the M sees
 * there does not matter, for it finds no idle P. So with one P in the end races are not looked for.
 */
const racesFor = (n: number): { races: boolean } => ({ races: n > 1 });

const world = (name: string, procs: number, n: number, acts: Record<string, readonly Act[]>): CoreModel =>
  coreModel(
    `stopTheWorld against ${name}, ${procs} to ${n} Ps`,
    { procs, ms: procs + 1, open: true, goroutines: { resizer: resize(n), ...acts } },
    (w) => {
      w.idle(procs);
      w.queued(0, "resizer");
      for (const name of Object.keys(acts)) w.queued(1, name);
    },
    (_s, w) => ({ M0: w.schedules(0), M1: w.schedules(1), spare: w.schedules(procs, true) }),
    (_s, w) => {
      for (const [name, list] of Object.entries(acts)) ran(w, name, list);
      assert(w.memory.words[w.host["S_NPROCS"]] === n, `${w.memory.words[w.host["S_NPROCS"]]} Ps`);
      assert(w.memory.words[w.host["S_STOPWAIT"]] === 0, "somebody is waited for");
      owned(w);
    },
    { mayBlock: true, ...racesFor(n), search: { preemptions: 2 }, ...(n === 1 ? { full: 3 } : {}) },
  );

/**
 * Who comes second asks again and again until the first has finished, so a search that lets it ask for ever finds no end: a random
 * walk lets both go on. Nor do old values: it would not see for ever that the world is to stop.
 */
const twoStoppers: CoreModel = coreModel(
  "stopTheWorld by two at once",
  { procs: 2, ms: 3, open: true, goroutines: { a: resize(3), b: resize(1) } },
  (w) => {
    w.idle(2);
    w.queued(0, "a");
    w.queued(1, "b");
  },
  (_s, w) => ({ M0: w.schedules(0), M1: w.schedules(1), spare: w.schedules(2, true) }),
  (_s, w) => {
    for (const name of ["a", "b"]) ran(w, name, resize(1));
    const n = w.memory.words[w.host["S_NPROCS"]]!;
    assert(n === 3 || n === 1, `${n} Ps`);
    owned(w);
  },
  { mayBlock: true, ...racesFor(1), search: { strategy: "random", seed: 1, executions: 4000, stale: false } },
);

export const models: readonly CoreModel[] = [
  retaken("retake against exitsyscall", syscall, 2),
  retaken("entersyscallblock hands its P off", blocking, 0),
  aba,
  idleP,
  world("an M that parks", 2, 3, {}),
  world("an M that parks", 2, 1, {}),
  world("entersyscall", 2, 3, { call: syscall }),
  world("entersyscall", 2, 1, { call: syscall }),
  twoStoppers,
];
