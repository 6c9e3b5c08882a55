import { setTimeout as later } from "node:timers/promises";
import { goroutine, hostFunctions, println, run } from "gosched";

const functions = { slow: (v) => later(300, v) };
const host = hostFunctions();
const main = goroutine(function* main() {
  println("slow", yield* host.slow(7));
});
await run(main, { procs: 2, expose: functions });
println("over");
