/** The host's side of the sysmon thread: starting it late, and ending it. */
import { Worker } from "node:worker_threads";
import type { Arena } from "../arena/arena.js";
import { SYSMON } from "../paths.js";
import type { ToHost } from "../sched/hostlink.js";

/**
 * How long after the first M is up sysmon is started. A thread takes 40 ms of a core to start, which would be missing to the
 * program's first goroutines; and a program that is over by then needs none.
 */
const START_MS = 20;
const STUCK_MS = 5000;

export class SysmonThread {
  private readonly timer: NodeJS.Timeout;
  private worker: Worker | undefined;
  private exited: Promise<void> = Promise.resolve();

  constructor(arena: Arena, onEvent: (m: ToHost) => void, died: (e: Error) => void, gone: (code: number) => void) {
    this.timer = setTimeout(() => {
      const w = new Worker(SYSMON, { workerData: arena, name: "sysmon" });
      this.worker = w;
      this.exited = new Promise((resolve) => w.once("exit", () => resolve()));
      w.once("exit", gone);
      w.on("message", onEvent).on("error", died);
      // Last: a listener for messages would keep the process alive again.
      w.unref();
    }, START_MS).unref();
  }

  /**
   * After the runtime was told to stop, which sysmon sees by itself, also while it starts: ending a thread that loads modules
   * aborts the process on Node 20. Resolves when it has gone.
   */
  async end(): Promise<void> {
    clearTimeout(this.timer);
    const w = this.worker;
    if (w === undefined) return;
    w.ref();
    // It waits for no lock for long, unless the thread that held it was killed.
    const stuck = setTimeout(() => void w.terminate(), STUCK_MS);
    await this.exited;
    clearTimeout(stuck);
  }
}
