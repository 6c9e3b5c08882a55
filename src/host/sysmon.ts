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

export class SysmonThread {
  private readonly timer: NodeJS.Timeout;
  private worker: Worker | undefined;

  constructor(arena: Arena, onEvent: (m: ToHost) => void, died: (e: Error) => void) {
    this.timer = setTimeout(() => {
      const w = new Worker(SYSMON, { workerData: arena });
      this.worker = w;
      w.unref();
      w.on("message", onEvent).on("error", died);
    }, START_MS).unref();
  }

  /** Whether the thread exists by now. */
  get started(): boolean {
    return this.worker !== undefined;
  }

  /** After the runtime was told to stop. */
  async end(): Promise<void> {
    clearTimeout(this.timer);
    await this.worker?.terminate();
  }
}
