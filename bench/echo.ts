import { fileURLToPath } from "node:url";
import { ChildError, measure } from "../src/lab/child.js";
import { roundsFor } from "./echo/compute.js";
import { median } from "../src/lab/stats.js";

/** Ratios of our echo server's messages a second to those of a plain Node server, and both rates; medians over pairs. */
export interface Echo {
  /** Only echoing, procs 1. */
  plain: EchoRatio;
  /** With 20 us of computing for each message, procs 2. */
  busy: EchoRatio;
}
export interface EchoRatio {
  ratio: number;
  ours: number;
  node: number;
}

const COMPUTE_US = 20;
/** Of each measurement, after a second to warm up. */
const SECONDS = 3;

export async function echo(
  runs: number,
  timeoutMs: number,
  onProgress: (round: number, cell: string) => void,
): Promise<Echo> {
  const entry = fileURLToPath(new URL("run-echo.js", import.meta.url));
  const rate = async (server: "ours" | "node", procs: number, rounds: number): Promise<number> => {
    const label = `echo, procs ${procs}, ${rounds} rounds, ${server}`;
    const args = [entry, `--server=${server}`, `--procs=${procs}`, `--rounds=${rounds}`, `--seconds=${SECONDS}`];
    const result = (await measure({ file: process.execPath, args, label, timeoutMs })) as { rate?: number };
    if (!(Number(result.rate) > 0)) throw new ChildError(`${label}: printed no rate but ${JSON.stringify(result)}`);
    return Number(result.rate);
  };
  const pairs = async (cell: string, procs: number, rounds: number): Promise<EchoRatio> => {
    const found: EchoRatio[] = [];
    for (let run = 0; run < runs; run++) {
      onProgress(run, cell);
      const node = await rate("node", 1, rounds);
      const ours = await rate("ours", procs, rounds);
      found.push({ ratio: ours / node, ours, node });
    }
    const middle = (of: keyof EchoRatio): number => median(found.map((pair) => pair[of]));
    return { ratio: middle("ratio"), ours: middle("ours"), node: middle("node") };
  };
  return {
    plain: await pairs("echo", 1, 0),
    busy: await pairs("echo, 20 us each", 2, roundsFor(COMPUTE_US)),
  };
}
