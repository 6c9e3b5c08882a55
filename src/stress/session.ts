/**
 * A session of the stress test: random goroutine programs whose results are known, at several GOMAXPROCS in turn, one after
 * the other until the time is up or one of them fails.
 */
import { generate, narrow, type Program, sabotage, type Sabotage } from "./generate.js";
import { Hang, Library, type Mode, runAlone, runLeaver } from "./harness.js";
import { dump } from "./inspect.js";
import { seedOf } from "./random.js";
import { scenarios } from "./scenarios/index.js";

export { doomed, parseFaults, withFaults } from "./faults.js";
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
  /** Numbers of the scenes to leave in a program; none: all. */
  scenes: readonly number[];
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

/** The command that runs the program again. */
function again(p: Program, scenes: readonly number[], mode: Mode, o: StressOptions): string {
  const words = [
    ...o.only,
    `--seed ${p.seed} --procs ${mode.procs}`,
    ...(mode.compile ? [] : ["--no-compile"]),
    ...(o.policy === undefined ? [] : [`--policy ${o.policy}`]),
    ...(o.faults === undefined ? [] : [`--faults ${o.faults}`]),
    ...(o.sabotage === undefined ? [] : [`--sabotage ${o.sabotage}`]),
    ...(scenes.length === 0 ? [] : [`--scenes ${scenes.join(",")}`]),
  ];
  return `gosched stress ${words.join(" ")} --programs 1 --repeat 1000`;
}

function report(e: unknown, p: Program | undefined, mode: Mode, o: StressOptions): void {
  const lines = ["", `FAILED: ${e instanceof Error ? (e.stack ?? e.message) : String(e)}`];
  if (p !== undefined)
    lines.push(`seed ${p.seed} procs ${mode.procs}: ${describe(p)}`, `again: ${again(p, o.scenes, mode, o)}`);
  if (e instanceof Hang) lines.push(...dump());
  console.error(lines.join("\n"));
}

/** How often a smaller program may run before its scenes count as harmless, and how long all of that may take. */
const SHRINK_TRIES = 8;
const SHRINK_MS = 20_000;

/** Leaves out one scene after the other, as long as it still fails; says what is left if that is less. */
async function shrink(p: Program, mode: Mode, o: StressOptions): Promise<void> {
  const end = performance.now() + SHRINK_MS;
  const fails = async (scenes: readonly number[]): Promise<boolean> => {
    const library = await Library.open(mode);
    try {
      for (let i = 0; i < SHRINK_TRIES; i++) await library.run(narrow(p, scenes));
      return false;
    } catch {
      return true;
    } finally {
      await library.close();
    }
  };
  let keep = p.scenes.map((_, i) => i);
  for (const i of [...keep]) {
    const rest = keep.filter((k) => k !== i);
    if (rest.length === 0 || performance.now() > end) break;
    if (await fails(rest)) keep = rest;
  }
  if (keep.length < p.scenes.length) console.error(`smaller: ${again(p, keep, mode, o)}`);
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
        if (o.scenes.length > 0) p = narrow(p, o.scenes);
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
      // After a hang each try would take as long.
      if (p !== undefined && o.scenes.length === 0 && !(e instanceof Hang)) await shrink(p, mode, o).catch(() => {});
      return false;
    }
  }
  console.log(
    `ok: ${runs} programs, ${goroutines} goroutines counted once each, ${resumed} times resumed, ${migrated} times on another thread`,
  );
  return true;
}
