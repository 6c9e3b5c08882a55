/**
 * Failpoints: named places in the runtime where a test makes something go wrong that could go wrong there (after FreeBSD's
 * fail(9)): the thread stops for a while, a CAS that may fail does, a wake-up comes late, memory runs out, the thread dies.
 *
 * They are not in the runtime that users get: the build defines FAILPOINTS as false there, so that each place,
 * `if (FAILPOINTS) failpoint("...")`, and this module with it vanish. A second build, in dist/faults, has them.
 *
 * What happens is decided by a generator of this thread alone, from the seed and the thread's name. So a seed says what each
 * thread does at its n-th failpoint; in what order the threads come there is up to the machine.
 *
 * All functions: any thread, about itself. Those of a thread that was not armed (the host) do nothing.
 */
import { writeSync } from "node:fs";

declare global {
  /** A constant that each build defines; vitest.config.ts does for tests that run the sources. */
  const FAILPOINTS: boolean;
}

/** Probabilities, and the one thread that dies. Environment variable GOSCHED_FAULTS: `seed=7,delay=0.01,kill=M1@5000`, or `kill=M1@5@lock: held`. */
interface Faults {
  /** Stop for a moment, or now and then for longer. */
  delay: number;
  /** A CAS fails although nobody was in the way. */
  cas: number;
  /** A notify does not reach its sleeper, which looks by itself after REPAIR_MS. */
  wake: number;
  /** There is no memory. */
  alloc: number;
  /** This thread dies at its n-th failpoint of that name, "" any; 0: not. */
  kill: number;
  where: string;
}
let faults: Faults | undefined;
let state = 0;
let hits = 0;
let self = "";

/** How late a wake-up is that was dropped. */
const REPAIR_MS = 5;
/** One delay in 16 is a sleep, long enough for everything else to happen meanwhile; the others are a few microseconds. */
const LONG_ONE_IN = 16;
const LONG_MS = 2;
const SHORT_SPINS = 3000;

/** This thread has faults from now on, if the environment asks for them. `name`: `M3`, `sysmon`, `netpoll`. */
export function arm(name: string): void {
  const text = process.env["GOSCHED_FAULTS"] ?? "";
  if (text === "") return;
  const given = new Map(text.split(",").map((item) => item.split("=", 2) as [string, string]));
  const p = (what: string): number => Number(given.get(what) ?? 0);
  const [who, at, where = ""] = (given.get("kill") ?? "").split("@");
  const kill = who === name ? Number(at) : 0;
  faults = { delay: p("delay"), cas: p("cas"), wake: p("wake"), alloc: p("alloc"), kill, where };
  self = name;
  state = p("seed") | 1;
  for (const c of name) state = Math.imul(state ^ c.charCodeAt(0), 0x01000193);
}

/** 0 to 1: xorshift32, as fastrand. */
function chance(): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) / 2 ** 32;
}

/** A place where the thread may stop for a while, or for ever. */
export function failpoint(name: string): void {
  const f = faults;
  if (f === undefined) return;
  if ((f.where === "" || f.where === name) && ++hits === f.kill) die(name);
  if (f.delay !== 0 && chance() < f.delay) stall();
}

/** A CAS whose caller tries again anyway, or takes another way: true, it is to fail. */
export function refuse(name: string): boolean {
  const f = faults;
  if (f === undefined) return false;
  failpoint(name);
  return f.cas !== 0 && chance() < f.cas;
}

/** A notify that does not come; the sleeper finds out by `patience`. */
export function dropped(): boolean {
  return faults !== undefined && faults.wake !== 0 && chance() < faults.wake;
}

/** How long a sleep may last before the sleeper looks whether a wake-up was dropped. */
export function patience(ms: number): number {
  return faults === undefined || faults.wake === 0 ? ms : Math.min(ms, REPAIR_MS);
}

/** An allocation that finds no memory. */
export function exhausted(): boolean {
  return faults !== undefined && faults.alloc !== 0 && chance() < faults.alloc;
}

function stall(): void {
  if (chance() * LONG_ONE_IN < 1) Atomics.wait(SLEEP, 0, 0, LONG_MS);
  else for (let i = chance() * SHORT_SPINS; i > 0; i--) sink = (sink + i) | 0;
}
const SLEEP = /* @__PURE__ */ new Int32Array(/* @__PURE__ */ new SharedArrayBuffer(4));
/** Keeps the loop. */
let sink = 0;

/** Ends this thread where it stands, with the locks that it holds. */
function die(name: string): never {
  writeSync(2, `failpoint: ${self} dies at ${name}\n`);
  process.exit(sink === 0.5 ? 0 : 1);
}
