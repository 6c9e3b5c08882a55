/** What sysmon, system calls and preemption have promised: medians and percentiles over the samples of fresh processes. */
import { fileURLToPath } from "node:url";
import { ChildError, measure } from "../src/lab/child.js";
import { loopNames } from "./programs/loops.js";
import { goSide } from "./sides.js";
import { median } from "../src/lab/stats.js";

export interface Sysmon {
  /** One P, a call of 200 ms: until another goroutine of that P runs again, median of 50. */
  syscall_ms: number;
  /** One P, a hog: 99th percentile of a ticker's delays. */
  preempt_ms: number;
  /** What the checks cost a loop, in per cent; each kind, medians of ratios of alternating runs. */
  backedge: { name: string; percent: number }[];
  /** A system call that does nothing, all of it; and what entersyscall and exitsyscall add in Go (Syscall less RawSyscall). */
  entersyscall_ns: number;
  go_ns: number | undefined;
  /** Per cent of a core that a runtime takes in which nothing happens. */
  idle_percent: number;
}

const TRIALS = 50;
const TICKS = 400;
/** Rounds of a loop in one run: some tenths of a second. */
const LOOP = 200_000_000;
/** In a process: so many pairs of runs. */
const ROUNDS = 3;
const CALLS = 2_000_000;
const IDLE_MS = 3000;

export async function sysmon(
  goBinary: string | undefined,
  runs: number,
  timeoutMs: number,
  onProgress: (round: number, cell: string) => void,
): Promise<Sysmon> {
  const entry = fileURLToPath(new URL("run-sysmon.js", import.meta.url));
  const child = (what: string, more: string[] = []): Promise<unknown> => {
    onProgress(0, what);
    return measure({ file: process.execPath, args: [entry, `--what=${what}`, ...more], label: what, timeoutMs });
  };
  const samples = async (what: string, more: string[]): Promise<number[]> => {
    const result = await child(what, more);
    if (!Array.isArray(result) || result.length === 0)
      throw new ChildError(`${what}: printed ${JSON.stringify(result)}`);
    return result as number[];
  };
  const delays = await samples("syscall", [`--n=${TRIALS}`]);
  // Of all processes together: of 400 ticks the 99th percentile is the fourth, which a bad moment of the machine decides.
  const ticks: number[] = [];
  for (let i = 0; i < runs; i++) ticks.push(...(await samples("preempt", [`--n=${TICKS}`])));
  ticks.sort((a, b) => a - b);
  const backedge: Sysmon["backedge"] = [];
  for (const name of loopNames) {
    // One for each process: what V8 made of the loop there is the same in all of its rounds.
    const ratios: number[] = [];
    for (let i = 0; i < runs; i++) {
      const args = [`--loop=${name}`, `--n=${LOOP}`, `--rounds=${ROUNDS}`];
      const pairs = (await samples("backedge", args)) as never as [number, number][];
      ratios.push(median(pairs.map(([plain, checked]) => checked / plain)));
    }
    backedge.push({ name, percent: 100 * (median(ratios) - 1) });
  }
  const calls = await samples("entersyscall", [`--n=${CALLS}`, `--rounds=${runs}`]);
  return {
    syscall_ms: median(delays) / 1e6,
    preempt_ms: ticks[Math.ceil(ticks.length * 0.99) - 1]! / 1e6,
    backedge,
    entersyscall_ns: median(calls),
    go_ns: goBinary === undefined ? undefined : await goCost(goBinary, runs, timeoutMs),
    idle_percent: 100 * Number(await child("idle", [`--n=${IDLE_MS}`])),
  };
}

async function goCost(binary: string, runs: number, timeoutMs: number): Promise<number> {
  const side = goSide(binary, timeoutMs);
  const ns = async (name: string): Promise<number> => {
    const args = [...side.args, `--bench=${name}`, "--procs=1", `--n=${CALLS}`, `--warm=${CALLS}`];
    const { ns: all } = (await measure({ file: side.file, args, label: `${name}, Go`, timeoutMs })) as { ns: number };
    return all / CALLS;
  };
  const costs: number[] = [];
  for (let i = 0; i < runs; i++) costs.push((await ns("Syscall")) - (await ns("RawSyscall")));
  return median(costs);
}
