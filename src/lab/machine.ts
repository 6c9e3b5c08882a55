import { availableParallelism, cpus, loadavg, platform, release, totalmem } from "node:os";

/** Where the numbers come from. */
export interface Machine {
  cpu: string;
  cores: number;
  memory_gb: number;
  os: string;
  node: string;
  v8: string;
  /** Version of Go, if something is compared with it. */
  go?: string;
  date: string;
  /** Threads that wanted to run in the last minute, before anything was measured. */
  load: number;
}

export function machine(go?: string): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memory_gb: Math.round(totalmem() / 2 ** 30),
    os: `${platform()} ${release()}`,
    node: process.version,
    v8: process.versions.v8,
    ...(go === undefined ? {} : { go }),
    date: new Date().toISOString(),
    load: Number((loadavg()[0] ?? 0).toFixed(2)),
  };
}

export function machineLine(machine: Machine): string {
  const { cpu, cores, memory_gb, os, node, go } = machine;
  const parts = [cpu, `${cores} core${cores === 1 ? "" : "s"}`, `${memory_gb} GB`, os, `Node ${node}`];
  return [...parts, ...(go === undefined ? [] : [go])].join(", ");
}
