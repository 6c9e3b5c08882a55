/** The child of the part "sysmon": one of its measurements, one line of JSON with the raw samples. */
import { parseArgs } from "node:util";
import { start } from "gosched";
import { emptySyscalls, syscallTrials, ticks } from "./programs/blocking.js";
import { clock } from "./programs/clock.js";
import { compareLoops } from "./programs/loops.js";

const { values } = parseArgs({
  options: {
    what: { type: "string", default: "" },
    n: { type: "string", default: "0" },
    rounds: { type: "string", default: "1" },
    loop: { type: "string", default: "" },
  },
});
const n = Number(values.n);
const rounds = Number(values.rounds);

const rt = await start({ procs: 1 });
try {
  process.stdout.write(`${JSON.stringify(await measure(values.what as string))}\n`);
} finally {
  await rt.close();
}

async function measure(what: string): Promise<unknown> {
  switch (what) {
    case "syscall":
      // The first trials: until sysmon and a spare thread are there.
      await rt.go(syscallTrials, 3, 300);
      return rt.go(syscallTrials, n, 200);
    case "preempt":
      await rt.go(emptySyscalls, 1);
      return rt.go(ticks, n);
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
      await rt.go(emptySyscalls, 1000);
      await new Promise((resolve) => setTimeout(resolve, 500));
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
