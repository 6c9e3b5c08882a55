import { fileURLToPath } from "node:url";
import type { Benchmark, Size } from "./catalogue.js";
import { ChildError, measure } from "../src/lab/child.js";
import type { Parked } from "./programs/memory.js";
import type { Lateness } from "./programs/timers.js";
import type { Timed } from "./programs/timed.js";

/** One of those that are compared: it knows how to start a child that runs a program. */
export interface Side {
  name: "ours" | "ours without hooks" | "Go";
  file: string;
  args: readonly string[];
  timeoutMs: number;
}

export function oursSide(timeoutMs: number): Side {
  const entry = fileURLToPath(new URL("run-ours.js", import.meta.url));
  return { name: "ours", file: process.execPath, args: [entry], timeoutMs };
}

/** Made by `node build.mjs --without-hooks`. */
export function withoutHooks(timeoutMs: number): Side {
  const entry = fileURLToPath(new URL("../nohooks/dist/bench/run-ours.js", import.meta.url));
  return { name: "ours without hooks", file: process.execPath, args: [entry], timeoutMs };
}

export function goSide(binary: string, timeoutMs: number): Side {
  return { name: "Go", file: binary, args: [], timeoutMs };
}

/** One fresh process, one warm-up, one timed run. A wrong checksum is an error: there is no time for a wrong answer. */
export async function time(side: Side, benchmark: Benchmark, size: Size, procs: number): Promise<Timed> {
  const label = `${benchmark.name}, procs ${procs}, ${side.name}`;
  const result = await child(side, label, benchmark.name, procs, size);
  const { ns, cpu_ns, checksum } = result as Partial<Timed>;
  if (typeof ns !== "number" || typeof cpu_ns !== "number" || !(ns > 0)) {
    throw new ChildError(`${label}: printed no times but ${JSON.stringify(result)}`);
  }
  verify(label, checksum, benchmark.checksum(size.n, procs));
  return { ns, cpu_ns, checksum };
}

/** One fresh process with n parked goroutines. */
export async function park(side: Side, name: "Daisy" | "Gate", n: number, procs: number): Promise<Parked> {
  const label = `${name}, ${n} goroutines, ${side.name}`;
  const { rss, checksum } = (await child(side, label, name, procs, { n, warm: 0 })) as Partial<Parked>;
  verify(label, checksum, n);
  if (typeof rss !== "number" || !(rss > 0)) throw new ChildError(`${label}: printed no memory size`);
  return { rss, checksum };
}

/** One fresh process with n sleepers. */
export async function lateness(
  side: Side,
  name: "TimersSpread" | "TimersAtOnce",
  n: number,
  procs: number,
): Promise<Lateness> {
  const label = `${name}, ${n} timers, ${side.name}`;
  const result = (await child(side, label, name, procs, { n, warm: 0 })) as Partial<Lateness>;
  verify(label, result.checksum, n);
  if (typeof result.p99 !== "number") throw new ChildError(`${label}: printed no lateness`);
  return result as Lateness;
}

function child(side: Side, label: string, name: string, procs: number, size: Size): Promise<unknown> {
  const options = { bench: name, procs, n: size.n, warm: size.warm };
  const args = Object.entries(options).map(([option, value]) => `--${option}=${value}`);
  return measure({ file: side.file, args: [...side.args, ...args], label, timeoutMs: side.timeoutMs });
}

function verify(label: string, got: number | undefined, want: number): asserts got is number {
  if (got !== want) throw new ChildError(`${label}: wrong checksum ${got}, want ${want}`);
}
