/** The sysmon thread (src/sched/sysmon.ts): a plain worker, because it is no M and must not wait for a place in their pool. */
import { parentPort, workerData } from "node:worker_threads";
import { type Arena, attach } from "../src/arena/arena.js";
import { arm } from "../src/arena/failpoint.js";
import { limitLocks } from "../src/arena/lock.js";
import { fatal } from "../src/sched/panic.js";
import { setPost } from "../src/sched/hostlink.js";
import { sysmon } from "../src/sched/sysmon.js";
import { FatalError } from "../src/stack/fatal.js";

attach(workerData as Arena);
if (FAILPOINTS) arm("sysmon");
limitLocks();
setPost((m) => parentPort!.postMessage(m));
try {
  sysmon();
} catch (e) {
  // Thread exhaustion, when there is no M for a P that it has taken.
  if (!(e instanceof FatalError)) throw e;
  fatal(e.message, e.before);
}
