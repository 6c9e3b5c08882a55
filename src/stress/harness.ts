/** Runs programs on real threads and watches over them. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Options, type Runtime, run, start } from "gosched";
import type { Program } from "./generate.js";
import { atRest, audit, leftovers, sockets } from "./inspect.js";
import { keeps } from "./scenarios/index.js";
import { conduct, leave, main, ready } from "./program.js";

/** Even a machine that is very busy starts a thread within that. */
const START_SECONDS = 60;

/** How often what looks wrong at rest is looked at again. */
const LOOKS = 20;

/** Something hangs. */
export class Hang extends Error {
  override readonly name = "Hang";
}

/** `p`, or a Hang after so many seconds. */
async function watched<T>(p: Promise<T>, seconds: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const dog = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Hang(`${what} is not done after ${seconds} s`)), seconds * 1000);
  });
  try {
    return await Promise.race([p, dog]);
  } finally {
    clearTimeout(timer);
  }
}

export interface Mode {
  procs: number;
  compile: boolean;
  policy: string | undefined;
  /** Seconds until a program counts as hanging. */
  patience: number;
}

function options({ procs, compile, policy }: Mode): Options {
  return { procs, compile, ...(policy === undefined ? {} : { policy }) };
}

/** A runtime that runs many programs one after the other, as a library inside of a server would. */
export class Library {
  /** A program has left values in objects that live as long as the runtime. */
  private kept = false;

  private constructor(
    private readonly rt: Runtime,
    private readonly mode: Mode,
    /** Sockets of the process before the first program. */
    private readonly sockets: number,
  ) {}

  static async open(mode: Mode): Promise<Library> {
    const rt = await start(options(mode));
    // What a cold start takes is not part of the first program's time.
    await watched(rt.go(ready), START_SECONDS, "starting the threads");
    return new Library(rt, mode, sockets());
  }

  async run(p: Program): Promise<void> {
    await watched(this.rt.go(conduct, JSON.stringify(p)), this.mode.patience, "the program");
    if (p.scenes.some((s) => keeps(s.kind))) this.kept = true;
    await this.look();
  }

  /** Waits until all threads sleep, and looks whether all is as it must be then. */
  private async look(): Promise<void> {
    const end = performance.now() + this.mode.patience * 1000;
    // Enters the runtime: what follows reads its arena.
    for (this.rt.stats(); !atRest(); this.rt.stats()) {
      if (performance.now() > end) throw new Hang(`the threads do not come to rest within ${this.mode.patience} s`);
      await sleep(1);
    }
    // sysmon alone may be at work, and hold a lock for a moment: what is really wrong stays so.
    let wrong = audit();
    for (let i = 0; wrong.length > 0 && i < LOOKS; i++) {
      await sleep(2);
      this.rt.stats();
      wrong = audit();
    }
    if (wrong.length > 0) throw new Error(`stress: at rest: ${wrong.join("; ")}`);
    // A client's idle connection is closed when it has heard that its server's end is.
    for (; sockets() > this.sockets; await sleep(5))
      if (performance.now() > end) throw new Error(`stress: ${sockets() - this.sockets} sockets are left`);
    if (this.kept) return;
    const { blobs, words } = leftovers();
    if (blobs !== 0 || words !== 0)
      throw new Error(`stress: memory does not return: ${blobs} blobs and ${words} stacks or cells are left`);
  }

  /** What the runtime has done: goroutines resumed, resumed on another thread than before, threads. */
  totals(): { runs: number; migrated: number; threads: number } {
    const s = this.rt.stats();
    let runs = 0;
    let migrated = 0;
    for (const p of s.perP) {
      runs += p.run;
      migrated += p.migrated;
    }
    return { runs, migrated, threads: s.threads };
  }

  close(): Promise<void> {
    return watched(this.rt.close(), this.mode.patience, "closing the runtime");
  }
}

/** A program on its own: `run` starts the threads, and a deadlock is an error. */
export async function runAlone(p: Program, mode: Mode): Promise<void> {
  process.env["GOSCHED_STRESS"] = JSON.stringify(p);
  await watched(run(main, options(mode)), mode.patience, "the program");
}

/** A main goroutine that returns while others are at work. */
export async function runLeaver(n: number, mode: Mode): Promise<void> {
  process.env["GOSCHED_STRESS"] = String(n);
  await watched(run(leave, options(mode)), mode.patience, "the end of a busy program");
}
