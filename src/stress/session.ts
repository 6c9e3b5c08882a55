/**
 * A session of the stress test: random goroutine programs whose results are known, at several GOMAXPROCS in turn, one after
 * the other until the time is up or one of them fails.
 */
import { generate, type Program, sabotage, type Sabotage } from "./generate.js";
import { Hang, Library, type Mode, runAlone, runLeaver } from "./harness.js";
import { dump } from "./inspect.js";
import { seedOf } from "./random.js";
import { scenarios } from "./scenarios/index.js";

export { again, doomed, parseFaults } from "./faults.js";
export { type Sabotage, sabotages } from "./generate.js";
export { scenarioOf } from "./scenarios/index.js";

export interface StressOptions {
  /** Stop after so many seconds, or programs. */
  seconds: number;
  programs: number;
  /** Of the session and of its first program. */
  seed: number;
  /** GOMAXPROCS, in turn. */
  procs: readonly number[];
  /** Scenarios to choose from; none: all. */
  only: readonly string[];
  /** How often each program runs. */
  repeat: number;
  /** Seconds until a program counts as hanging. */
  patience: number;
  compile: boolean;
  /** Each program in a runtime of its own. */
  alone: boolean;
  /** The scheduling policy; undefined: Go's. */
  policy: string | undefined;
  sabotage: Sabotage | undefined;
  /** What this build makes go wrong, as it was asked for; undefined: nothing. */
  faults: string | undefined;
}

/** So many programs share a runtime before it is closed and another one is started. */
const REUSE = 40;

/** A program in one line, in words that generate() turns into it again. */
function describe(p: Program): string {
  const scenes = p.scenes.map((s) => `${s.kind}(n=${s.n} a=${s.a} b=${s.b})`).join(p.parallel ? " | " : " ; ");
  return `${scenes}, ${p.total} goroutines, ledger ${p.ledger}, ${p.resizes} resizes`;
}

function report(e: unknown, p: Program | undefined, mode: Mode, o: StressOptions): void {
  const lines = ["", `FAILED: ${e instanceof Error ? (e.stack ?? e.message) : String(e)}`];
  if (p !== undefined) {
    lines.push(`seed ${p.seed} procs ${mode.procs}: ${describe(p)}`);
    const names = o.only.map((name) => ` ${name}`).join("");
    const flags = [
      mode.compile ? "" : " --no-compile",
      o.policy === undefined ? "" : ` --policy ${o.policy}`,
      o.faults === undefined ? "" : ` --faults ${o.faults}`,
    ].join("");
    lines.push(
      `again: gosched stress${names} --seed ${p.seed} --procs ${mode.procs}${flags} --programs 1 --repeat 1000`,
    );
  }
  if (e instanceof Hang) lines.push(...dump());
  console.error(lines.join("\n"));
}

/**
 * Runs programs and counts every goroutine and every value. False if something was wrong: then the seed and the program are
 * printed, and after a hang the state of the runtime. The seed replays the program, not the interleaving: it is to be repeated.
 */
export async function session(o: StressOptions): Promise<boolean> {
  console.log(`stress: seed ${o.seed}`);
  // A catch clause of an uncompiled function sees Goexit.
  const only =
    o.compile || o.only.length > 0 ? o.only : scenarios.map((s) => s.kind).filter((kind) => kind !== "exits");
  const end = performance.now() + o.seconds * 1000;
  let k = 0;
  let runs = 0;
  let goroutines = 0;
  let resumed = 0;
  let migrated = 0;
  for (let round = 0; k < o.programs && performance.now() < end; round++) {
    const mode: Mode = {
      procs: o.procs[round % o.procs.length]!,
      compile: o.compile,
      policy: o.policy,
      patience: o.patience,
    };
    let p: Program | undefined;
    try {
      const alone = o.alone || round % 8 >= 4;
      const library = alone ? undefined : await Library.open(mode);
      for (let i = 0; i < (alone ? 3 : REUSE) && k < o.programs && performance.now() < end; i++) {
        p = generate(seedOf(o.seed, k++), only);
        if (o.sabotage !== undefined) p = sabotage(p, o.sabotage);
        for (let r = 0; r < o.repeat && performance.now() < end; r++) {
          if (library === undefined) await runAlone(p, mode);
          else await library.run(p);
          runs++;
          goroutines += p.total;
        }
      }
      if (library !== undefined) {
        const t = library.totals();
        resumed += t.runs;
        migrated += t.migrated;
        p = undefined;
        await library.close();
      } else if (o.sabotage === undefined && o.compile) {
        p = undefined;
        await runLeaver(4 + (round % 13), mode);
      }
    } catch (e) {
      report(e, p, mode, o);
      return false;
    }
  }
  console.log(
    `ok: ${runs} programs, ${goroutines} goroutines counted once each, ${resumed} times resumed, ${migrated} times on another thread`,
  );
  return true;
}
