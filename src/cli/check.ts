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
  const wanted = (name: string): boolean => o.names.length === 0 || o.names.some((n) => name.includes(n));
  const out = (line: string): void => void process.stdout.write(`${line}\n`);
  const report = { models: [] as unknown[], mutants: [] as unknown[] };
  if (o.list) {
    for (const m of models.filter((m) => wanted(m.name))) {
      const more = m.full === m.search ? "" : `; with --full ${m.full.preemptions}`;
      out(`${m.name}: ${bound(m.search)}${more}`);
    }
    for (const m of mutants.filter((m) => wanted(m.name))) out(`seeded bug: ${m.name}`);
    return 0;
  }
  const source = new Source();
  let bad = 0;
  if (!o.mutants) {
    const list = models.filter((m) => wanted(m.name));
    if (list.length === 0)
      throw new Error(`no model is called ${o.names.join(", ")}; there are: ${models.map((m) => m.name).join("; ")}`);
    for (const m of list) {
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
    out(`${list.length} models, ${bad} with a violation`);
  } else {
    const list = mutants.filter((m) => wanted(m.name));
    for (const m of list) {
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
    out(`${list.length} seeded bugs, ${bad} that survive without an explanation, or are found in spite of one`);
  }
  if (o.json !== undefined) writeFileSync(o.json, `${JSON.stringify(report, undefined, 2)}\n`);
  return bad > 0 ? 1 : 0;
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
