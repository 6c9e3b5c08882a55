/**
 * The child that measures a start: from the process (its parent passes the time when it made it) and from the call of
 * `start` to the first line of the first goroutine.
 */
import { parseArgs } from "node:util";
import { start } from "gosched";
import { clock } from "./programs/clock.js";
import { first } from "./programs/first.js";

const { values } = parseArgs({
  options: { spawned: { type: "string", default: "0" }, procs: { type: "string", default: "2" } },
});

const called = clock();
const rt = await start({ procs: Number(values.procs) });
const running = await rt.go(first);
process.stdout.write(
  `${JSON.stringify({ process_ns: running - Number(values.spawned), start_ns: running - called })}\n`,
);
await rt.close();
