/**
 * A process of the build with failpoints, in which runs end badly, one after the other: a thread dies, or memory runs out.
 * Reads from its command line what is to happen in each run (faults.ts), and prints a line when one has ended.
 */
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { run, start } from "gosched";
import type { Doom } from "./faults.js";
import { endless, ready } from "./program.js";

/** Small: the arena of a run stays until it is collected. */
const ARENA = 2 ** 26;

/** A program without end, as `run` runs it. */
function program(procs: number): Promise<unknown> {
  return run(endless, { procs, arena: ARENA });
}

/** The same in a library whose host has work for it: now and then, or, if it is `busy`, all the time. */
async function library(procs: number, busy: boolean): Promise<void> {
  const rt = await start({ procs, arena: ARENA });
  let failure: unknown;
  rt.go(endless).catch((e: unknown) => (failure ??= e));
  try {
    while (failure === undefined)
      if (busy) {
        rt.go(ready).catch((e: unknown) => (failure ??= e));
        await turn();
      } else {
        await rt.go(ready);
        await sleep(2);
      }
  } catch (e) {
    failure ??= e;
  }
  await rt.close();
  throw failure;
}

// Each run adds a listener, for the exit code.
process.setMaxListeners(0);
for (const [n, { seed, procs, faults, open }] of (JSON.parse(process.argv[2]!) as Doom[]).entries()) {
  process.env["GOSCHED_FAULTS"] = faults;
  process.env["GOSCHED_STRESS"] = String(seed);
  const how = await (open ? library(procs, seed % 2 === 0) : program(procs)).then(
    () => "nothing",
    (e: Error) => e.message,
  );
  process.stderr.write(`ended ${n}: ${how.split("\n")[0]}\n`);
}
process.exit(0);
