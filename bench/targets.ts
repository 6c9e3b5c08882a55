import { type Benchmark, core, library } from "./catalogue.js";
import type { Echo } from "./echo.js";
import type { MemoryUse } from "./memory.js";
import type { Speedup } from "./nqueens.js";
import type { Startup } from "./startup.js";
import type { Sysmon } from "./sysmon.js";
import { plainTable, right } from "./report.js";
import { geomean } from "../src/lab/stats.js";
import type { TimerLateness } from "./timers.js";
import type { Outcome } from "./versus-go.js";

/** What `npm run bench` has measured; a part that was not asked for, or not possible, is missing. */
export interface Measured {
  versus?: Outcome;
  speedups?: Speedup[];
  memory?: MemoryUse[];
  startup?: Startup;
  timers?: TimerLateness[];
  echo?: Echo;
  sysmon?: Sysmon;
}

export interface Target {
  what: string;
  target: string;
  measured: string;
  /** Beside it, Go's number where there is one. */
  go: string;
  met: boolean | undefined;
}

/** The numbers that this project has promised to reach, and those that it got. */
export function targets({ versus, speedups, memory, startup, timers, echo, sysmon }: Measured): Target[] {
  const list: Target[] = [];
  const atMost = (what: string, limit: number, unit: string, value: number | undefined, go = ""): void => {
    list.push({ what, target: `<= ${limit}${unit}`, ...shown(value, unit), go, met: meets(value, (v) => v <= limit) });
  };
  // The worst of some is not the worst of all.
  const ratios = (group: readonly Benchmark[], procs: number): number[] | undefined => {
    const found = (versus?.rows ?? []).filter((r) => r.procs === procs && group.some(({ name }) => name === r.name));
    return found.length === group.length ? found.map(({ ratio }) => ratio) : undefined;
  };
  const mean = (of: number[] | undefined): number | undefined => of && geomean(of);
  const worst = (of: number[] | undefined): number | undefined => of && Math.max(...of);
  atMost("geometric mean of ratios to Go, procs 1", 1.3, "", mean(ratios(core, 1)));
  atMost("worst single ratio, procs 1", 2, "", worst(ratios(core, 1)));
  atMost("worst single ratio, procs 2", 4, "", worst(ratios(core, 2)));
  atMost("library: geometric mean, procs 1", 1.5, "", mean(ratios(library, 1)));
  atMost("library: worst single ratio, procs 1", 4, "", worst(ratios(library, 1)));
  atMost("library: worst single ratio, procs 2", 4, "", worst(ratios(library, 2)));

  const ourSpeedup = speedups?.find(({ side }) => side === "ours")?.median;
  list.push({
    what: "n-queens by fork-join, procs 2 against procs 1",
    target: ">= 1.8",
    ...shown(ourSpeedup, ""),
    go: shown(speedups?.find(({ side }) => side === "Go")?.median, "", "").measured,
    met: meets(ourSpeedup, (v) => v >= 1.8),
  });

  const ours = memory?.find(({ side }) => side === "ours");
  const go = memory?.find(({ side }) => side === "Go");
  const megabytes = (value: number | undefined): string => shown(value, " MB", "").measured;
  const million = "1,000,000 goroutines parked";
  atMost(`${million}, each on its own channel`, 700, " MB", ours?.daisy_mb, megabytes(go?.daisy_mb));
  atMost(`${million} on one channel`, 700, " MB", ours?.gate_mb, megabytes(go?.gate_mb));
  atMost("process start to first goroutine, 2 procs, warm cache", 300, " ms", startup?.process_ms);
  atMost("of which from the call of start()", 300, " ms", startup?.start_ms);
  const late = (side: "ours" | "Go"): TimerLateness | undefined => timers?.find((t) => t.side === side);
  const ms = (value: number | undefined): string => (value === undefined ? "" : `${value.toFixed(1)} ms`);
  const timer = "10,000 timers, procs 2, lateness p99";
  for (const [how, key] of [
    ["spread over a second", "spread_ms"],
    ["all at one moment", "atOnce_ms"],
  ] as const) {
    const value = late("ours")?.[key];
    list.push({
      what: `${timer}, ${how}`,
      target: "<= 5.0 ms",
      measured: value === undefined ? "not measured" : ms(value),
      go: ms(late("Go")?.[key]),
      met: meets(value, (v) => v <= 5),
    });
  }
  const atLeast = (what: string, limit: number, value: number | undefined): void => {
    list.push({ what, target: `>= ${limit}`, ...shown(value, ""), go: "", met: meets(value, (v) => v >= limit) });
  };
  atLeast("TCP echo against plain Node, 64 connections, 128 bytes, procs 1", 0.5, echo?.plain.ratio);
  atLeast("the same with 20 us of computing a message, procs 2", 1.5, echo?.busy.ratio);
  atMost("one P, blocked for 200 ms: others run again, median of 50", 15, " ms", sysmon?.syscall_ms);
  atMost("one P, a hog: p99 delay of a ticker", 25, " ms", sysmon?.preempt_ms);
  for (const { name, percent } of sysmon?.backedge ?? [{ name: "numeric", percent: undefined }])
    atMost(`check at a loop's back-edge: ${name}`, 5, " %", percent);
  const go3 = sysmon?.go_ns;
  list.push({
    what: "entersyscall + exitsyscall, times Go's",
    target: "<= 3",
    ...shown(go3 === undefined ? undefined : sysmon!.entersyscall_ns / go3, ""),
    go: shown(go3, " ns", "").measured,
    met: meets(go3, (v) => sysmon!.entersyscall_ns <= 3 * v),
  });
  atMost("idle runtime, per cent of a core", 1, " %", sysmon?.idle_percent);
  return list;
}

export function targetsText(list: readonly Target[]): string {
  const table = plainTable(["what", "target", "measured", "Go", ""]);
  for (const { what, target, measured, go, met } of list) {
    table.push([what, right(target), right(measured), right(go), met === undefined ? "" : met ? "reached" : "MISSED"]);
  }
  return table.toString();
}

function shown(value: number | undefined, unit: string, missing = "not measured"): { measured: string } {
  if (value === undefined) return { measured: missing };
  const digits = unit === "" ? 2 : Math.abs(value) < 10 ? 1 : 0;
  return { measured: `${value.toFixed(digits)}${unit}` };
}

function meets(value: number | undefined, test: (value: number) => boolean): boolean | undefined {
  return value === undefined ? undefined : test(value);
}
