/** `gosched stress`: its options, checked before anything is started. */
import { STRESS } from "../paths.js";
import { choose } from "../policy/index.js";

/** Loaded by its file: the stress test is built as a user's program, not as a part of the command. */
async function load(): Promise<typeof import("../stress/session.js")> {
  return (await import(STRESS.href)) as typeof import("../stress/session.js");
}

const PROCS = "1,2,4,8";

/** @returns the exit code: 1 if a program went wrong */
export async function runStress(names: readonly string[], flags: Record<string, unknown>): Promise<number> {
  const { doomed, parseFaults, session, scenarioOf, sabotages, withFaults } = await load();
  const number = (name: string, fallback: number, lo: number, hi: number): number =>
    flags[name] === undefined ? fallback : integer(name, flags[name], lo, hi);
  const list = (name: string, lo: number, hi: number, fallback = ""): number[] => {
    const text = String(flags[name] ?? fallback);
    return text === "" ? [] : text.split(",").map((n) => integer(name, n, lo, hi));
  };
  names.forEach(scenarioOf);
  const how = sabotages.find((s) => s === flags["sabotage"]);
  if (flags["sabotage"] !== undefined && how === undefined)
    throw new Error(`--sabotage ${String(flags["sabotage"])}: use one of ${sabotages.join(", ")}`);
  const programs = flags["programs"] !== undefined;
  const common = {
    seconds: number("seconds", programs ? 1e6 : 30, 1, 1e6),
    seed: number("seed", Math.floor(Math.random() * 2 ** 32), 0, 2 ** 32 - 1),
    procs: list("procs", 1, 1024, PROCS),
  };
  const count = number("programs", 1e9, 1, 1e9);
  const policy = flags["policy"] === undefined ? undefined : String(flags["policy"]);
  choose(policy); // a name that does not exist is refused before anything runs
  const faults = flags["faults"] === undefined ? undefined : String(flags["faults"]);
  if (faults !== undefined) {
    const { harmless, deadly } = parseFaults(faults, common.seed);
    if (deadly !== undefined) return (await doomed(deadly, { ...common, runs: count })) ? 0 : 1;
    if (!FAILPOINTS) return withFaults(harmless);
  }
  const ok = await session({
    ...common,
    only: names,
    programs: count,
    scenes: list("scenes", 0, 100),
    repeat: number("repeat", 1, 1, 1e9),
    patience: number("patience", 60, 1, 1e6),
    compile: flags["compile"] !== false,
    alone: flags["alone"] === true,
    policy,
    sabotage: how,
    faults,
  });
  // A runtime that hangs would keep the process alive.
  if (!ok) process.exit(1);
  return 0;
}

function integer(name: string, v: unknown, lo: number, hi: number): number {
  const n = v === "" ? NaN : Number(v);
  if (!Number.isInteger(n) || n < lo || n > hi)
    throw new Error(`--${name} ${String(v)}: use an integer from ${lo} to ${hi}`);
  return n;
}
