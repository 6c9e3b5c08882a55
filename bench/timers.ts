import { ChildError } from "../src/lab/child.js";
import type { Lateness } from "./programs/timers.js";
import { lateness, type Side } from "./sides.js";
import { median } from "../src/lab/stats.js";

export const TIMERS = 10_000;

/** The 99th percentile of how late 10,000 sleepers woke up, in milliseconds; the median over runs. */
export interface TimerLateness {
  side: Side["name"];
  /** Due one after the other within a second. */
  spread_ms: number;
  /** All due at the same moment. */
  atOnce_ms: number;
}

export async function timerLateness(
  sides: readonly Side[],
  runs: number,
  onProgress: (round: number, cell: string) => void,
): Promise<TimerLateness[]> {
  const all: TimerLateness[] = [];
  for (const side of sides) {
    const p99 = async (name: "TimersSpread" | "TimersAtOnce"): Promise<number> => {
      const found: number[] = [];
      for (let run = 0; run < runs; run++) {
        onProgress(run, `timers, ${name}, ${side.name}`);
        const { p99 } = (await lateness(side, name, TIMERS, 2)) satisfies Lateness;
        if (!(p99 >= 0)) throw new ChildError(`${name}: a timer fired ${-p99} ms too early`);
        found.push(p99);
      }
      return median(found);
    };
    all.push({ side: side.name, spread_ms: await p99("TimersSpread"), atOnce_ms: await p99("TimersAtOnce") });
  }
  return all;
}
