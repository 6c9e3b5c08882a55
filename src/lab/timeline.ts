/**
 * Looks at the scheduler's counters every few milliseconds while a program runs, from the host's thread: how long the queues
 * are, and what each P does when. It reads what others are writing; nothing waits for it. A look takes some microseconds,
 * and when all cores are busy it comes when it comes.
 */
import type { Runtime } from "../host/runtime.js";
import type { Stats } from "../host/stats.js";
import type { Timeline, Trial } from "./spec.js";

export const LOOK_MS = 2;
/** Enough for a picture; a trial that takes longer is looked at as often, but these are kept. */
const MOST_POINTS = 400;

export class Looks {
  private readonly timer: NodeJS.Timeout;
  private readonly begin = performance.now();
  private last: Stats;
  private looks = 0;
  private sum = 0;
  private max = 0;
  private readonly line: Timeline;

  constructor(rt: Runtime) {
    this.last = rt.stats();
    this.line = { at: [], perP: this.last.perP.map(() => ({ run: [], queued: [] })), global: [] };
    this.timer = setInterval(() => this.look(rt.stats()), LOOK_MS);
  }

  private look(stats: Stats): void {
    const shared = stats.runqueue + stats.policy.queued;
    const queued = stats.perP.reduce((n, p) => n + p.queued, shared);
    this.looks++;
    this.sum += queued;
    this.max = Math.max(this.max, queued);
    if (this.line.at.length < MOST_POINTS) {
      this.line.at.push(Math.round((performance.now() - this.begin) * 100) / 100);
      this.line.global.push(shared);
      for (const [i, { run, queued }] of this.line.perP.entries()) {
        const p = stats.perP[i];
        run.push((p?.run ?? 0) - (this.last.perP[i]?.run ?? 0));
        queued.push(p?.queued ?? 0);
      }
    }
    this.last = stats;
  }

  end(): { queued: Trial["queued"]; timeline: Timeline } {
    clearInterval(this.timer);
    return { queued: { mean: this.looks === 0 ? 0 : this.sum / this.looks, max: this.max }, timeline: this.line };
  }
}
