/** The child of the part "sysmon": one of its measurements, one line of JSON with the raw samples. */
import { parseArgs } from "node:util";
import { start } from "gosched";
import { emptySyscalls, hog, syscallTrial, ticks } from "./programs/blocking.js";
import { clock } from "./programs/clock.js";
import { compareLoops } from "./programs/loops.js";

const { values } = parseArgs({
  options: {
    what: { type: "string", default: "" },
    n: { type: "string", default: "0" },
    rounds: { type: "string", default: "1" },
    loop: { type: "string", default: "" },
    slice: { type: "string", default: "10" },
  },
});
const n = Number(values.n);
const rounds = Number(values.rounds);

/** Ticks in a row. */
const TICKS = 25;

const rt = await start({ procs: 1, slice: Number(values.slice) });
try {
  process.stdout.write(`${JSON.stringify(await measure(values.what as string))}\n`);
} finally {
  await rt.close();
}

async function repeat<T>(n: number, f: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let i = 0; i < n; i++) results.push(await f());
  return results;
}

/** After a first system call sysmon and a spare thread come up: what a program has that has run for a second. */
async function ready(): Promise<void> {
  await rt.go(emptySyscalls, 1000);
  await new Promise((resolve) => setTimeout(resolve, 1000));
}

async function measure(what: string): Promise<unknown> {
  switch (what) {
    case "syscall":
      await ready();
      return repeat(n, () => rt.go(syscallTrial, 200));
    case "preempt":
      await ready();
      // Never ends: closing the runtime ends it.
      rt.go(hog).catch(() => {});
      return (await repeat(n / TICKS, () => rt.go(ticks, TICKS))).flat();
    case "backedge":
      return rt.go(compareLoops, values.loop as string, n, rounds);
    case "entersyscall": {
      const samples: number[] = [];
      for (let i = -2; i < rounds; i++) {
        const ns = await rt.go(emptySyscalls, n);
        if (i >= 0) samples.push(ns / n);
      }
      return samples;
    }
    case "idle": {
      await ready();
      const began = clock();
      const before = process.cpuUsage();
      await new Promise((resolve) => setTimeout(resolve, n));
      const { user, system } = process.cpuUsage(before);
      return ((user + system) * 1000) / (clock() - began);
    }
    default:
      throw new Error(`no measurement "${what}"`);
  }
}
