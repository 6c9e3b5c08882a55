/** `gosched check`: the models of the runtime's own code, and the seeded bugs. */
import { writeFileSync } from "node:fs";
import { Source } from "../check/load.js";
import { check, type Result, type Search } from "../check/model.js";
import { models } from "../check/models/index.js";
import { kill, mutants } from "../check/mutants/index.js";

export interface CheckOptions {
  /** Parts of names; none: all. */
  names: readonly string[];
  mutants: boolean;
  /** Say what there is, and run nothing. */
  list: boolean;
  json: string | undefined;
  /** Higher bounds, where a minute is enough for them. */
  full: boolean;
  /** For each model. */
  seconds: number;
  replay: string | undefined;
  /** Racing plain reads see old values. */
  stale: boolean;
}

/** Runs what is asked for and prints a line for each. Returns the exit code: 1 if something was found, or survived. */
export function runCheck(o: CheckOptions): number {
  const out = (line: string): void => void process.stdout.write(`${line}\n`);
  const report = { models: [] as unknown[], mutants: [] as unknown[] };
  const wantedModels = chosen(models, o.names);
  const wantedMutants = chosen(mutants, o.names);
  if (o.list) {
    if (wantedModels.length + wantedMutants.length === 0) throw none("model or seeded bug", o.names, models);
    for (const m of wantedModels) {
      const more = m.full === m.search ? "" : `; with --full ${m.full.preemptions}`;
      out(`${m.name}: ${bound(m.search)}${more}`);
    }
    for (const m of wantedMutants) out(`seeded bug: ${m.name}`);
    return 0;
  }
  const source = new Source();
  let bad = 0;
  if (!o.mutants) {
    if (wantedModels.length === 0) throw none("model", o.names, models);
    if (o.replay !== undefined && wantedModels.length > 1)
      throw new Error(
        `--replay: a schedule is of one model, and ${wantedModels.length} are asked for; give its whole name`,
      );
    for (const m of wantedModels) {
      const replay = o.replay === undefined ? {} : { replay: o.replay };
      const r = check(m.build(source), {
        seconds: o.seconds,
        stale: o.stale,
        ...(o.full ? m.full : m.search),
        ...replay,
      });
      report.models.push({
        name: r.name,
        executions: r.executions,
        states: r.states,
        complete: r.complete,
        limit: r.limit ?? null,
        violation:
          r.violation === undefined
            ? null
            : { kind: r.violation.kind, message: r.violation.message, replay: r.violation.replay },
      });
      out(line(r));
      if (r.violation === undefined) continue;
      bad++;
      explain(r, o.stale, out);
    }
    out(`${wantedModels.length} models, ${bad} with a violation`);
  } else {
    if (wantedMutants.length === 0) throw none("seeded bug", o.names, mutants);
    for (const m of wantedMutants) {
      const by = kill(m, models, o.seconds);
      report.mutants.push({ name: m.name, killedBy: by?.model ?? null });
      // Found, although it is said why it cannot be: then that is wrong.
      if ((by === undefined) === (m.survives === undefined)) bad++;
      const museum = m.museum === undefined ? "" : ` (${m.museum})`;
      out(
        by !== undefined
          ? `killed    ${m.name}${museum}: ${by.kind} in ${by.model}${m.survives === undefined ? "" : ", WHICH WAS NOT EXPECTED"}`
          : `survives  ${m.name}${museum}: ${m.survives ?? "NOT EXPLAINED"}`,
      );
    }
    out(
      `${wantedMutants.length} seeded bugs, ${bad} that survive without an explanation, or are found in spite of one`,
    );
  }
  if (o.json !== undefined) writeFileSync(o.json, `${JSON.stringify(report, undefined, 2)}\n`);
  return bad > 0 ? 1 : 0;
}

interface Named {
  readonly name: string;
}

/** Those with one of the names, else those whose name has one of these parts: the whole name of one may be a part of another's. */
function chosen<T extends Named>(all: readonly T[], names: readonly string[]): T[] {
  return all.filter(
    ({ name }) =>
      names.length === 0 || names.some((n) => (all.some((other) => other.name === n) ? name === n : name.includes(n))),
  );
}

function none(what: string, names: readonly string[], all: readonly Named[]): Error {
  return new Error(`no ${what} is called ${names.join(", ")}; there are: ${all.map(({ name }) => name).join("; ")}`);
}

/** What a search leaves out, whatever time it is given. */
function bound(s: Search): string {
  if (s.strategy === "random") return `${s.executions} random executions from seed ${s.seed}`;
  return s.preemptions === undefined ? "all executions that differ" : `those with at most ${s.preemptions} preemptions`;
}

function line(r: Result): string {
  const verdict = r.violation !== undefined ? "FAILS   " : r.complete ? "complete" : "bounded ";
  return `${verdict}  ${r.name}: ${r.executions} executions, ${r.states} states${r.limit === undefined ? "" : `, up to ${r.limit}`}`;
}

function explain(r: Result, stale: boolean, out: (line: string) => void): void {
  const v = r.violation!;
  out(`  ${v.kind}: ${v.message}`);
  for (const s of v.steps) out(`    ${s.thread.padEnd(10)} ${s.op.padEnd(34)} ${s.place}  ${s.source}`);
  out(`  to see it again: gosched check "${r.name}"${stale ? " --stale" : ""} --replay ${v.replay}`);
}
