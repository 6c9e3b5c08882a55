/** `npm run bench`: every number that has a target, and the target beside it. */
import { echo } from "./echo.js";
import { fail } from "./fail.js";
import { buildGo, GoError } from "./golang.js";
import { machine } from "../src/lab/machine.js";
import { memoryUses } from "./memory.js";
import { speedups } from "./nqueens.js";
import { type Options, parseOptions, type Part } from "./options.js";
import { progress } from "./progress.js";
import { toJson, versusGoText, writeJson } from "./report.js";
import { goSide, oursSide } from "./sides.js";
import { startup } from "./startup.js";
import { sysmon } from "./sysmon.js";
import { type Measured, targets, targetsText } from "./targets.js";
import { timerLateness } from "./timers.js";
import { versusGo } from "./versus-go.js";

try {
  const options = parseOptions("bench", process.argv.slice(2));
  if (options !== undefined) await bench(options);
} catch (error) {
  fail("bench", error);
}

async function bench(options: Options): Promise<void> {
  const { runs, quick, timeoutMs } = options;
  const { on, end } = progress(runs);
  const errors: unknown[] = [];
  const measured: Measured = {};
  const attempt = async (part: Part, measurement: () => Promise<void>): Promise<void> => {
    if (!options.parts.includes(part)) return;
    try {
      if (!process.stderr.isTTY) process.stderr.write(`${part}\n`);
      await measurement();
    } catch (error) {
      errors.push(error);
    }
    end();
  };

  const go = goOrNothing(errors);
  const ours = oursSide(timeoutMs);
  const sides = go === undefined ? [ours] : [ours, goSide(go.binary, timeoutMs)];
  const here = machine(go?.version ?? "no Go");
  await attempt("go", async () => {
    if (sides[1] === undefined) return;
    const outcome = await versusGo(options, ours, sides[1], here, on);
    measured.versus = outcome;
    errors.push(...outcome.errors);
    end();
    const operations = new Map(options.benchmarks.map(({ name, op }) => [name, op]));
    if (outcome.rows.length > 0) console.log(`${versusGoText(outcome, operations, quick)}\n`);
  });
  await attempt("nqueens", async () => {
    measured.speedups = await speedups(sides, runs, quick, on);
  });
  await attempt("memory", async () => {
    measured.memory = await memoryUses(sides, on);
  });
  await attempt("startup", async () => {
    measured.startup = await startup(runs, timeoutMs, on);
  });
  await attempt("sysmon", async () => {
    measured.sysmon = await sysmon(go?.binary, runs, timeoutMs, on);
  });

  await attempt("timers", async () => {
    measured.timers = await timerLateness(sides, runs, on);
  });

  await attempt("echo", async () => {
    measured.echo = await echo(runs, timeoutMs, on);
  });

  const list = targets(measured);
  console.log(targetsText(list));
  if (errors.length > 0) {
    fail("bench", ...errors);
  } else if (options.json !== undefined) {
    const { versus, ...rest } = measured;
    writeJson(options.json, { machine: here, ...(versus === undefined ? {} : toJson(versus)), ...rest, targets: list });
  }
}

/** The rest can be measured without Go, but then the command has not done all that it says. */
function goOrNothing(errors: unknown[]): ReturnType<typeof buildGo> | undefined {
  try {
    return buildGo();
  } catch (error) {
    if (!(error instanceof GoError)) throw error;
    errors.push(error);
    return undefined;
  }
}
