/** Options of `run` and `start`, checked before anything is started. */
import { availableParallelism } from "node:os";
import { MAX_ARENA, MIN_ARENA } from "../arena/arena.js";
import { MAX_M, MAX_PROCS, POLICY_CHECK, POLICY_FALLBACK, POLICY_ON } from "../arena/layout.js";
import { choose, DEFAULT_POLICY } from "../policy/index.js";
import type { Choice } from "../policy/spec.js";
import { parseDebug } from "./debug.js";

export interface Options {
  /** GOMAXPROCS: how many threads run goroutines at the same time, 1..1024. Default: environment variable GOMAXPROCS, else the cores. */
  procs?: number;
  /** Size of the shared arena in bytes, 16 MiB to 4 GiB. Reserved, and committed when used. Default 1 GiB. */
  arena?: number;
  /** Largest goroutine stack in bytes. Default 250,000,000, Go's limit on 32-bit systems. */
  maxStack?: number;
  /**
   * Most threads that run goroutines, those in system calls included, 1..2048. Default 64, or twice `procs` if that is more.
   * A program that needs more dies of `thread exhaustion`, as in Go.
   */
  maxThreads?: number;
  /** Threads kept ready for when others block in system calls, 0..64. Default 1; the first starts with the first system call. */
  spareThreads?: number;
  /**
   * Milliseconds that a goroutine may run on while others wait, 1..10,000. Default 10, as in Go. Then it gives way before the
   * next round of its loop, or at its next call of a goroutine function; plain functions and callbacks are not interrupted.
   */
  slice?: number;
  /**
   * Milliseconds, 10..3,600,000: a goroutine that keeps its P for longer without giving way, because it is in a plain function or in
   * something like `JSON.parse`, is counted (`rt.stats().held`) and reported on stderr, each goroutine once. Default 5000;
   * 0: never. `GOSCHED_DEBUG=hold=MS` sets it from outside.
   */
  holdLimit?: number;
  /** false: run goroutine functions uncompiled, as plain generators pinned to their threads. For debugging. */
  compile?: boolean;
  /**
   * "virtual": time stands still while goroutines run, and jumps to the next timer when all of them wait. For tests: an
   * hour's timeout takes no time, and what happens when does not depend on the machine. Time does not move while a
   * goroutine waits for a promise or for I/O, and a goroutine that computes until a time has come never ends. Default "real".
   */
  clock?: "real" | "virtual";
  /**
   * The scheduling policy: a built-in one (`policies()` lists them), or a module whose default export is one, by its path or URL.
   * Knobs behind a colon: `"priority:aging=50"`, `"./mine.js:cap=3,seed=7"`. Default "gmp", Go's.
   */
  policy?: string;
  /**
   * Account for each goroutine: one that the policy loses, runs twice, or lets wait for longer than `limit` (milliseconds, 100 to
   * 3,600,000; default 2000) while others run is named, and the run fails; or, with `fallback: true`, goes on with the
   * default policy. Costs 2 atomics a switch. Default false.
   */
  policyCheck?: boolean | { limit?: number; fallback?: boolean };
  /** Functions of the host that goroutines may call, by name: see `hostFunctions`. */
  expose?: Record<string, (...args: never[]) => unknown>;
}

export interface Config {
  procs: number;
  arena: number;
  maxStack: number;
  maxThreads: number;
  spareThreads: number;
  slice: number;
  holdLimit: number;
  compile: boolean;
  virtual: boolean;
  debug: number;
  schedtrace: number;
  choice: Choice | undefined;
  /** POLICY_* flags. */
  policy: number;
  policyLimit: number;
  expose: NonNullable<Options["expose"]>;
}

function int(name: string, v: unknown, lo: number, hi: number): number {
  if (typeof v !== "number" || !Number.isInteger(v) || v < lo || v > hi)
    throw new RangeError(`${name}: ${String(v)} is out of range; use an integer from ${lo} to ${hi}`);
  return v;
}

const KNOWN = new Set([
  "procs",
  "arena",
  "maxStack",
  "maxThreads",
  "spareThreads",
  "slice",
  "holdLimit",
  "compile",
  "clock",
  "expose",
  "policy",
  "policyCheck",
]);

/** Far above what a busy machine makes of a slice. */
const HOLD_MS = 5000;

function holdLimit(ms: number | undefined): number {
  return ms === 0 ? 0 : int("holdLimit", ms ?? HOLD_MS, 10, 3_600_000);
}

const DEFAULT_LIMIT_MS = 2000;

function policyConfig(o: Options): Pick<Config, "choice" | "policy" | "policyLimit"> {
  const check = o.policyCheck ?? false;
  if (typeof check !== "boolean" && (typeof check !== "object" || check === null))
    throw new TypeError(`policyCheck: expected true, false or { limit, fallback }, got ${String(check)}`);
  const { limit = DEFAULT_LIMIT_MS, fallback = false, ...rest } = typeof check === "object" ? check : {};
  for (const k of Object.keys(rest)) throw new TypeError(`policyCheck: unknown ${k}; known are limit, fallback`);
  const chosen = choose(o.policy);
  // The default one needs no hooks, unless it is to be checked.
  const plain = check === false && (chosen === undefined || chosen.name === DEFAULT_POLICY);
  return {
    choice: plain ? undefined : (chosen ?? { name: DEFAULT_POLICY, knobs: {} }),
    policy: (plain ? 0 : POLICY_ON) | (check === false ? 0 : POLICY_CHECK) | (fallback ? POLICY_FALLBACK : 0),
    policyLimit: int("policyCheck.limit", limit, 100, 3_600_000),
  };
}

export function checkOptions(o: Options = {}): Config {
  if (typeof o !== "object" || o === null) throw new TypeError("options: expected an object such as { procs: 4 }");
  for (const k of Object.keys(o))
    if (!KNOWN.has(k)) throw new TypeError(`unknown option ${k}; known are ${[...KNOWN].join(", ")}`);
  const env = process.env["GOMAXPROCS"];
  // What is no number stays as it is, for the message.
  const fallback =
    env !== undefined && env !== "" ? (/^-?[\d.]+$/.test(env) ? Number(env) : env) : availableParallelism();
  const procs = int(
    o.procs === undefined && env ? "GOMAXPROCS" : "procs",
    o.procs === undefined ? fallback : o.procs,
    1,
    MAX_PROCS,
  );
  if (o.compile !== undefined && typeof o.compile !== "boolean")
    throw new TypeError(`compile: expected true or false, got ${String(o.compile)}`);
  if (o.clock !== undefined && o.clock !== "real" && o.clock !== "virtual")
    throw new TypeError(`clock: expected "real" or "virtual", got ${String(o.clock)}`);
  const debug = parseDebug(process.env["GOSCHED_DEBUG"]);
  return {
    procs,
    arena: int("arena", o.arena === undefined ? 2 ** 30 : o.arena, MIN_ARENA, MAX_ARENA),
    maxStack: int("maxStack", o.maxStack ?? 250_000_000, 4096, 2 ** 31 - 1),
    maxThreads: int("maxThreads", o.maxThreads ?? Math.min(MAX_M, Math.max(64, 2 * procs)), 1, MAX_M),
    spareThreads: int("spareThreads", o.spareThreads ?? 1, 0, 64),
    slice: int("slice", o.slice ?? 10, 1, 10_000),
    holdLimit: holdLimit(o.holdLimit ?? debug.hold),
    compile: o.compile ?? process.env["GOSCHED_COMPILE"] !== "0",
    virtual: o.clock === "virtual",
    ...policyConfig(o),
    debug: debug.debug,
    schedtrace: debug.schedtrace,
    expose: o.expose ?? {},
  };
}
