/**
 * npm run stress [-- OPTIONS]
 *
 * Runs random goroutine programs whose results are known, at GOMAXPROCS 1, 2, 4 and 8 in turn, and counts every goroutine
 * and every value. Exit code 0; 1 when something was wrong: then the seed and the program are printed, and after a hang
 * the state of the runtime. The seed replays the program, not the interleaving: repeat it (--repeat).
 */
import { parseArgs } from "node:util";
import { generate, type Program, sabotage, type Sabotage, sabotages } from "./generate.js";
import { dumpNewest, Hang, Library, type Mode, runAlone, runLeaver } from "./harness.js";
import { seedOf } from "./random.js";
import { scenarioOf, scenarios } from "./scenarios/index.js";

const USAGE = `npm run stress [-- OPTIONS]
  --seconds N     stop after N seconds (default 30)
  --programs N    stop after N programs
  --seed S        seed of the session and of its first program (default: random, printed)
  --procs N       GOMAXPROCS, several separated by commas (default 1,2,4,8)
  --only KINDS    scenarios to choose from, separated by commas
  --repeat N      run each program N times (default 1)
  --patience S    seconds until a program counts as hanging (default 60)
  --native        run goroutine functions uncompiled
  --alone         each program in a runtime of its own
  --sabotage HOW  describe the programs wrongly, which must be noticed: ${sabotages.join(", ")}`;

/** So many programs share a runtime before it is closed and another one is started. */
const REUSE = 40;

class Usage extends Error {}

function options() {
  const { values: v } = parseArgs({
    options: {
      seconds: { type: "string" },
      programs: { type: "string" },
      seed: { type: "string" },
      procs: { type: "string" },
      only: { type: "string" },
      repeat: { type: "string" },
      patience: { type: "string" },
      sabotage: { type: "string" },
      native: { type: "boolean" },
      alone: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  if (v.help) throw new Usage("");
  const number = (name: keyof typeof v, text: string | undefined, fallback: number, lo: number, hi: number): number => {
    const n = text === undefined ? fallback : Number(text);
    if (!Number.isInteger(n) || n < lo || n > hi)
      throw new Usage(`--${name} ${text}: use an integer from ${lo} to ${hi}`);
    return n;
  };
  const only = v.only === undefined ? [] : v.only.split(",");
  only.forEach(scenarioOf);
  // A catch clause of an uncompiled function sees Goexit.
  if (v.native === true && only.length === 0) only.push(...scenarios.map((x) => x.kind).filter((k) => k !== "exits"));
  if (v.sabotage !== undefined && !(sabotages as readonly string[]).includes(v.sabotage))
    throw new Usage(`--sabotage ${v.sabotage}: use one of ${sabotages.join(", ")}`);
  const programs = number("programs", v.programs, 1e9, 1, 1e9);
  return {
    seconds: number("seconds", v.seconds, v.programs === undefined ? 30 : 1e6, 1, 1e6),
    programs,
    seed: number("seed", v.seed, Math.floor(Math.random() * 2 ** 32), 0, 2 ** 32 - 1),
    procs: (v.procs ?? "1,2,4,8").split(",").map((p) => number("procs", p, 0, 1, 1024)),
    only,
    repeat: number("repeat", v.repeat, 1, 1, 1e9),
    patience: number("patience", v.patience, 60, 1, 1e6),
    sabotage: v.sabotage as Sabotage | undefined,
    compile: v.native !== true,
    alone: v.alone === true,
  };
}

type Options = ReturnType<typeof options>;

/** A program in one line, in words that generate() turns into it again. */
function describe(p: Program): string {
  const scenes = p.scenes.map((s) => `${s.kind}(n=${s.n} a=${s.a} b=${s.b})`).join(p.parallel ? " | " : " ; ");
  return `${scenes}, ${p.total} goroutines, ledger ${p.ledger}, ${p.resizes} resizes`;
}

async function report(e: unknown, p: Program | undefined, mode: Mode, o: Options): Promise<void> {
  const lines = ["", `FAILED: ${e instanceof Error ? (e.stack ?? e.message) : String(e)}`];
  if (p !== undefined) {
    lines.push(`seed ${p.seed} procs ${mode.procs}: ${describe(p)}`);
    const flags = `${o.only.length > 0 ? ` --only ${o.only.join(",")}` : ""}${mode.compile ? "" : " --native"}`;
    lines.push(`again: npm run stress -- --seed ${p.seed} --procs ${mode.procs}${flags} --programs 1 --repeat 1000`);
  }
  if (e instanceof Hang) lines.push(await dumpNewest());
  console.error(lines.join("\n"));
}

async function session(o: Options): Promise<boolean> {
  console.log(`stress: seed ${o.seed}`);
  const end = performance.now() + o.seconds * 1000;
  let k = 0;
  let runs = 0;
  let goroutines = 0;
  let resumed = 0;
  let migrated = 0;
  for (let round = 0; k < o.programs && performance.now() < end; round++) {
    const mode: Mode = { procs: o.procs[round % o.procs.length]!, compile: o.compile, patience: o.patience };
    let p: Program | undefined;
    try {
      const alone = o.alone || round % 8 >= 4;
      const library = alone ? undefined : await Library.open(mode);
      for (let i = 0; i < (alone ? 3 : REUSE) && k < o.programs && performance.now() < end; i++) {
        p = generate(seedOf(o.seed, k++), o.only);
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
      await report(e, p, mode, o);
      return false;
    }
  }
  console.log(
    `ok: ${runs} programs, ${goroutines} goroutines counted once each, ${resumed} times resumed, ${migrated} times on another thread`,
  );
  return true;
}

try {
  const ok = await session(options());
  // A runtime that hangs would keep the process alive.
  process.exit(ok ? 0 : 1);
} catch (e) {
  const usage = e instanceof Usage || (e as { code?: string }).code?.startsWith("ERR_PARSE_ARGS") === true;
  const message = e instanceof Error ? e.message : String(e);
  console.error(usage ? `${message === "" ? "" : `stress: ${message}\n`}${USAGE}` : `stress: ${message}`);
  process.exit(2);
}
