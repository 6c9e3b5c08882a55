import { fileURLToPath } from "node:url";
import { ChildError, measure } from "../src/lab/child.js";
import { clock } from "./programs/clock.js";
import { median } from "../src/lab/stats.js";

/** Milliseconds to the first line of the first goroutine, at 2 procs, medians over fresh processes. */
export interface Startup {
  /** From the creation of the process: Node's own start and the loading of gosched are in it. */
  process_ms: number;
  /** From the call of `start`. */
  start_ms: number;
}

export async function startup(
  runs: number,
  timeoutMs: number,
  onProgress: (round: number, cell: string) => void,
): Promise<Startup> {
  const entry = fileURLToPath(new URL("run-startup.js", import.meta.url));
  const samples: Startup[] = [];
  // The first process only fills the compiler's cache.
  for (let run = -1; run < runs; run++) {
    onProgress(Math.max(run, 0), "startup");
    const label = "startup, procs 2, ours";
    const args = [entry, "--procs=2", `--spawned=${clock()}`];
    const result = await measure({ file: process.execPath, args, label, timeoutMs });
    const { process_ns, start_ns } = result as { process_ns?: number; start_ns?: number };
    if (!(Number(start_ns) > 0) || !(Number(process_ns) > Number(start_ns))) {
      throw new ChildError(`${label}: printed no times but ${JSON.stringify(result)}`);
    }
    if (run >= 0) samples.push({ process_ms: Number(process_ns) / 1e6, start_ms: Number(start_ns) / 1e6 });
  }
  const middle = (of: keyof Startup): number => median(samples.map((sample) => sample[of]));
  return { process_ms: middle("process_ms"), start_ms: middle("start_ms") };
}
