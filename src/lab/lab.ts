/** The lab: reads what is to be compared, measures it, and reports. */
import { readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SingleBar } from "cli-progress";
import pc from "picocolors";
import { isModule, splitSpec } from "../policy/spec.js";
import { calibrate } from "./calibrate.js";
import { type Loaded, loadWorkload } from "./catalogue.js";
import { LabError } from "./fail.js";
import { goBenchText } from "./gobench.js";
import { toJson } from "./json.js";
import { machine } from "./machine.js";
import type { Options } from "./options.js";
import { pageHtml } from "./page.js";
import { cellsOf, fingerprint, type Plan, sidesOf } from "./plan.js";
import { errorsOf, resultsOf } from "./results.js";
import { State } from "./state.js";
import { type OnTrial, sweep } from "./sweep.js";
import { type About, tableText } from "./table.js";
import { RUNNABLE, RUNNABLE_SAMPLES } from "./workload.js";

/** `command`: how to ask for the same again. `explicitSeed`: the seed was asked for. Returns the exit code. */
export async function lab(options: Options, command: string, explicitSeed: boolean): Promise<number> {
  const workloads: Loaded[] = [];
  for (const name of options.workloads) {
    const workload = withSet(await loadWorkload(name), options.set);
    workloads.push(options.checked ? withRunnable(workload) : workload);
  }
  for (const name of Object.keys(options.set))
    if (!workloads.some(({ params }) => name in params))
      throw new LabError(`--set: none of the workloads has "${name}"`);
  const plan: Plan = {
    cells: cellsOf(workloads, options.procs, options.loads, options.metrics),
    sides: sidesOf(options.policies),
    runs: options.runs,
    budgetMs: options.budgetMs,
    timeoutMs: options.timeoutMs,
    checked: options.checked,
    slice: options.slice,
  };
  const here = machine();
  const { cpu, cores, node } = here;
  const sources = options.policies.map((policy) => sourceOf(policy));
  const id = fingerprint(plan, { cpu, cores, node, sources, seed: explicitSeed ? options.seed : "any" });
  const head = { plan: id, seed: options.seed, unitsPerUs: calibrate(), begun: here.date };
  const file = options.state ?? join(tmpdir(), `gosched-lab-${id}.jsonl`);
  const state = State.open(file, head, plan.sides.length, options.fresh);
  if (state.resumed > 0)
    say(`going on with the sweep that was interrupted: ${state.resumed} trials are done (--fresh begins anew)`);

  const about: About & { command: string } = {
    machine: here,
    seed: state.head.seed,
    budget: options.budgetMs !== undefined,
    command,
  };
  const report = (): number => {
    const results = resultsOf(plan, state);
    process.stdout.write(`${tableText(results, about)}\n`);
    const write = (to: string | undefined, text: () => string): void => {
      if (to === undefined) return;
      writeFileSync(to, text());
      say(`written: ${to}`);
    };
    write(options.json, () => `${JSON.stringify(toJson(results, about, state.head), undefined, 1)}\n`);
    write(options.html, () => pageHtml(results, about));
    write(options.bench, () => goBenchText(results, here));
    return errorsOf(results).length > 0 ? 1 : 0;
  };

  const bar = progressBar();
  // Before the handler of child.ts, which ends this process.
  const interrupted = (): void => {
    bar.stop();
    report();
    say(`interrupted; the same command goes on from here (${file})`);
  };
  process.prependListener("SIGINT", interrupted);
  try {
    await sweep(plan, state, bar.show);
  } finally {
    bar.stop();
    process.removeListener("SIGINT", interrupted);
  }
  const code = report();
  if (options.state === undefined) state.remove();
  return code;
}

function withSet(workload: Loaded, set: Options["set"]): Loaded {
  const changed = Object.entries(set).filter(([name]) => name in workload.params);
  for (const [name, value] of changed)
    if (typeof value !== typeof workload.params[name])
      throw new LabError(`--set: ${name} of ${workload.name} is a ${typeof workload.params[name]}, not "${value}"`);
  const overridden = new Set(changed.map(([name]) => name));
  const warm = Object.entries(workload.warm).filter(([name]) => !overridden.has(name));
  return {
    ...workload,
    params: { ...workload.params, ...Object.fromEntries(changed) },
    warm: Object.fromEntries(warm),
  };
}

function withRunnable(workload: Loaded): Loaded {
  const { series, metrics, samples } = workload;
  return {
    ...workload,
    series: [...series, RUNNABLE],
    metrics: [...metrics, `p99:${RUNNABLE}`],
    samples: samples + RUNNABLE_SAMPLES,
  };
}

/** A user's policy is another one when its text has changed. */
function sourceOf(policy: string): string {
  const { name } = splitSpec(policy);
  return isModule(name) ? readFileSync(name.startsWith("file:") ? new URL(name) : name, "utf8") : policy;
}

/** On a terminal a bar; elsewhere a line every tenth of the way. */
function progressBar(): { show: OnTrial; stop: () => void } {
  const { stderr } = process;
  if (!stderr.isTTY) {
    let said = 0;
    return {
      show: (done, all, what) => {
        const tenth = Math.floor((10 * done) / all);
        if (tenth > said) say(`${done} of ${all} trials: ${what}`);
        said = tenth;
      },
      stop: () => {},
    };
  }
  const bar = new SingleBar({
    format: "{bar} {value}/{total} {eta_formatted} {what}",
    hideCursor: true,
    stream: stderr,
  });
  return {
    show: (done, all, what) => {
      if (done === 0) bar.start(all, 0, { what });
      else bar.update(done, { what });
    },
    stop: () => bar.stop(),
  };
}

function say(line: string): void {
  process.stderr.write(`${pc.dim(line)}\n`);
}
