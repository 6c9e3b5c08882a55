/**
 * One trial: a process of its own that runs one program twice, to warm up and to measure, and prints one line of JSON
 * (Trial). Its only argument is a Spec, as JSON. `child.ts` starts it and ends it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { setEnvironmentData } from "node:worker_threads";
import { load } from "../arena/atomics.js";
import { S_NSTARTING, S_SYSMONUP } from "../arena/layout.js";
import { hostObject } from "../host/goroutine.js";
import { MAIN_KEY } from "../host/hostchan.js";
import { checkOptions } from "../host/options.js";
import { boot, type Runtime } from "../host/runtime.js";
import type { PStats, Stats } from "../host/stats.js";
import { Samples } from "./samples.js";
import type { Spec, Trial } from "./spec.js";
import { Looks } from "./timeline.js";
import { TRIAL_DATA, type TrialData } from "./trialdata.js";
import { type Outcome, RUNNABLE } from "./workload.js";

async function trial(spec: Spec): Promise<Trial> {
  const samples = new Samples(spec.samples);
  const data: TrialData = {
    samples: samples.buffer,
    unitsPerUs: spec.unitsPerUs,
    runSeries: spec.checked ? spec.series.indexOf(RUNNABLE) : -1,
  };
  // Before the first thread: each gets a copy when it is made.
  setEnvironmentData(TRIAL_DATA, data as never);
  const rt = boot(
    checkOptions({ procs: spec.procs, policy: spec.policy, policyCheck: spec.checked, slice: spec.slice }),
    true,
    spec.program,
  );
  try {
    rt.startThreads();
    await allUp(rt, spec.procs);
    const main = hostObject(MAIN_KEY, "", "main", 1) as never as (params: object) => Generator<unknown, Outcome>;
    await rt.go(main, { ...spec.params, ...spec.warm });
    samples.clear();

    const before = rt.stats();
    const looks = new Looks(rt);
    const cpu = process.cpuUsage();
    const begin = performance.now();
    const outcome = checkOutcome(await rt.go(main, spec.params));
    const ns = (performance.now() - begin) * 1e6;
    const { user, system } = process.cpuUsage(cpu);
    const { queued, timeline } = looks.end();
    const after = rt.stats();
    if (after.policy.failure !== undefined) throw new Error(`the policy was given up: ${after.policy.failure}`);
    return {
      ...outcome,
      ns,
      cpu_ns: (user + system) * 1e3,
      rss: process.resourceUsage().maxRSS * 1024,
      threads: after.threads,
      counters: difference(before, after),
      policyCounters: after.policy.counters,
      queued,
      series: samples.series(spec.series),
      lost: samples.lost(),
      ...(spec.timeline ? { timeline } : {}),
    };
  } finally {
    await rt.close();
  }
}

/** The runtime starts no more threads than this ahead of need. */
const MOST_AHEAD = 16;

/**
 * Waits until there is a thread for each P, and sysmon. One takes 50 ms to start, on a busy machine a second: a run that began
 * earlier would show how the threads came up, the code of the last one would not be warm, and nobody would be preempted.
 */
async function allUp(rt: Runtime, procs: number): Promise<void> {
  const most = Math.min(procs, MOST_AHEAD);
  while (rt.stats().threads < most || load(S_NSTARTING) > 0 || load(S_SYSMONUP) === 0) {
    await sleep(2);
    // A policy whose module throws ends all threads: there will never be enough.
    rt.alive("lab");
  }
}

/** All counters of all Ps, by their names: what a later version counts as well comes along. */
function difference(before: Stats, after: Stats): Record<string, number> {
  const sum: Record<string, number> = { retaken: after.retaken - before.retaken };
  for (const [i, p] of after.perP.entries()) {
    for (const [name, n] of Object.entries(p) as Array<[keyof PStats, number]>) {
      if (name === "id" || name === "queued") continue;
      sum[name] = (sum[name] ?? 0) + n - (before.perP[i]?.[name] ?? 0);
    }
  }
  return sum;
}

function checkOutcome(outcome: Outcome): Outcome {
  if (typeof outcome?.ops !== "number" || !(outcome.ops > 0))
    throw new TypeError(
      `main must return { ops: units of work done, above 0 }; it returned ${JSON.stringify(outcome)}`,
    );
  return outcome;
}

trial(JSON.parse(process.argv[2] ?? "{}") as Spec).then(
  (result) => process.stdout.write(`${JSON.stringify(result)}\n`),
  (error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  },
);
