/** Searches that sample: a random walk, and probabilistic concurrency testing; and the replay of a known schedule. */
import type { Chooser } from "./execution.js";
import type { Machine } from "./machine.js";

/** xorshift32 (Marsaglia 2003); a seed of 0 would stay 0. */
export class Random {
  private s: number;
  constructor(seed: number) {
    this.s = seed | 0 || 1;
  }
  /** 0 <= result < n. */
  below(n: number): number {
    this.s ^= this.s << 13;
    this.s ^= this.s >>> 17;
    this.s ^= this.s << 5;
    return (this.s >>> 0) % n;
  }
}

function members(set: number): number[] {
  const r: number[] = [];
  for (let i = 0; set >>> i !== 0; i++) if ((set >>> i) & 1) r.push(i);
  return r;
}

/** Each step any thread that can run, with equal chances. */
export class RandomWalk implements Chooser {
  constructor(private readonly random: Random) {}
  choose(_machine: Machine, runnable: number): number {
    const set = members(runnable);
    return set[this.random.below(set.length)]!;
  }
}

/**
 * PCT (Burckhardt et al., ASPLOS 2010): threads have random priorities, the highest that can run runs; at `depth` - 1 random
 * steps the running thread falls to the lowest. A bug that needs `depth` orderings is found with a probability of at
 * least 1 / (n k^(depth-1)) for n threads and k steps.
 */
export class Pct implements Chooser {
  private readonly priority: number[];
  private readonly changes: Set<number>;
  private step = 0;
  private low = 0;
  constructor(random: Random, threads: number, steps: number, depth: number) {
    this.priority = Array.from({ length: threads }, (_, i) => i + 1);
    for (let i = threads - 1; i > 0; i--) {
      const j = random.below(i + 1);
      [this.priority[i], this.priority[j]] = [this.priority[j]!, this.priority[i]!];
    }
    this.changes = new Set(Array.from({ length: depth - 1 }, () => random.below(Math.max(1, steps))));
  }
  choose(_machine: Machine, runnable: number): number {
    const set = members(runnable);
    const best = (): number => set.reduce((a, b) => (this.priority[b]! > this.priority[a]! ? b : a));
    if (this.changes.has(this.step++)) this.priority[best()] = --this.low;
    return best();
  }
}

/** The threads in this order; where the order says nothing possible, the thread of the last step, or the first that can run. */
export class Replay implements Chooser {
  private i = 0;
  private last = -1;
  /** Whether each step was possible as it was given. */
  exact = true;
  constructor(private readonly schedule: readonly number[]) {}
  choose(_machine: Machine, runnable: number): number {
    const can = (t: number): boolean => t >= 0 && ((runnable >>> t) & 1) === 1;
    const t = this.schedule[this.i++] ?? -1;
    if (!can(t)) this.exact = false;
    return (this.last = can(t) ? t : can(this.last) ? this.last : members(runnable)[0]!);
  }
}

/** A schedule as text: runs of a thread, `0x12,1x3,...`. */
export function encodeSchedule(schedule: readonly number[]): string {
  const runs: string[] = [];
  for (let i = 0; i < schedule.length;) {
    let j = i;
    while (schedule[j] === schedule[i]) j++;
    runs.push(j - i === 1 ? `${schedule[i]}` : `${schedule[i]}x${j - i}`);
    i = j;
  }
  return runs.join(",");
}

/** @throws Error for text that is no schedule */
export function decodeSchedule(text: string): number[] {
  return text.split(",").flatMap((run) => {
    const m = /^(\d+)(?:x(\d+))?$/.exec(run.trim());
    if (m === null)
      throw new Error(`replay: ${run} is not a step; expected THREAD or THREADxCOUNT, as a report prints it`);
    return new Array<number>(Number(m[2] ?? 1)).fill(Number(m[1]));
  });
}
