/**
 * The network poller's thread (src/netpoll/poller.ts). Started by the host when a goroutine first needs it. When the host asks, it
 * sends what was written, closes everything, and ends because nothing is left to do. It is neither terminated nor does it call
 * process.exit before that: Node 20 lets its HTTP parser run on until the end of the turn, and aborts the whole process
 * (`v8::ToLocalChecked Empty MaybeLocal`) when something arrives in it.
 */
import { parentPort, workerData } from "node:worker_threads";
import { type Arena, attach } from "../src/arena/arena.js";
import { arm } from "../src/arena/failpoint.js";
import { POLL_P } from "../src/arena/layout.js";
import { limitLocks } from "../src/arena/lock.js";
import { setMcache } from "../src/arena/malloc.js";
import { setWorkerSide } from "../src/arena/value.js";
import { drain, netpoll } from "../src/netpoll/poller.js";
import "../src/netpoll/files.js";
import { endRequests } from "../src/netpoll/httprequests.js";
import { endServers } from "../src/netpoll/httpserver.js";
import { endSockets, flushed } from "../src/netpoll/sockets.js";
import { setPost } from "../src/sched/hostlink.js";
import { allp } from "../src/sched/p.js";
import { setp } from "../src/stack/current.js";
import "../src/index.js";

/** For what was written before the end of the program, to be sent. */
const FLUSH_MS = 100;

/** For the thread to end by itself. */
const REST_MS = 500;

export default async function main(): Promise<void> {
  setWorkerSide();
  attach(workerData as Arena);
  if (FAILPOINTS) arm("netpoll");
  limitLocks();
  // No P of the scheduler: its own caches for allocation, as the host has.
  setp(allp(POLL_P));
  setMcache(POLL_P);
  const host = parentPort!;
  setPost((m) => host.postMessage(m));
  host.once("message", () => {
    drain();
    void flushed(FLUSH_MS).then(() => {
      endSockets();
      endServers();
      endRequests();
      // Nothing holds the thread any more but what cannot be closed: a connection that is being made, a read of a file.
      host.close();
      setTimeout(() => process.exit(), REST_MS).unref();
    });
  });
  await netpoll();
}
