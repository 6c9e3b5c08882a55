#!/usr/bin/env node
/**
 * The command line: `gosched run FILE [--procs N] [-- ARGS]`, `gosched pins FILE`, `gosched check`, `gosched litmus`,
 * `gosched stress`, `gosched lab`.
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { cac } from "cac";
import { PACKAGE_JSON } from "../paths.js";
import { runExport } from "../host/runfile.js";
import { labCommand } from "./lab.js";

function version(): string {
  return (JSON.parse(readFileSync(PACKAGE_JSON, "utf8")) as { version: string }).version;
}

/** A mistake of the user: one line, exit code 1. */
class Usage extends Error {}

function toUrl(file: string | undefined): string {
  if (file === undefined || file === "")
    throw new Usage("which file? gosched run FILE [--procs N] [-- ARGS], or gosched pins FILE");
  const full = path.resolve(file);
  if (!existsSync(full)) throw new Usage(`${file}: no such file`);
  if (!statSync(full).isFile()) throw new Usage(`${file}: not a file`);
  return pathToFileURL(full).href;
}

function integer(name: string, v: unknown): number | undefined {
  if (v === undefined) return undefined;
  if (typeof v !== "number" || !Number.isInteger(v))
    throw new Usage(`--${name}: expected an integer, got ${String(v)}`);
  return v;
}

async function main(argv: string[]): Promise<number> {
  const cli = cac("gosched");
  let code = 0;
  cli
    .command("run [file]", "Run the goroutine that the module exports as main")
    .option("--procs <n>", "GOMAXPROCS, 1..1024 (default: the cores)")
    .option("--arena <mib>", "Size of the shared arena in MiB (default: 1024)")
    .option("--no-compile", "Run goroutine functions as plain generators, pinned to their threads")
    .option(
      "--policy <spec>",
      "Scheduling policy: a built-in one or a module, knobs behind a colon: name:knob=value,...",
    )
    .option("--policy-check", "Name what the policy loses, runs twice or lets starve, and end the run")
    .option("--slice <ms>", "How long a goroutine runs while others wait, 1..10000 (default: 10)")
    .option("--virtual-clock", "Time jumps to the next timer when all goroutines wait")
    .example("gosched run examples/hello.ts --procs 2")
    .action(async (file: string | undefined, o: Record<string, unknown>) => {
      const procs = integer("procs", o["procs"]);
      const arena = integer("arena", o["arena"]);
      const slice = integer("slice", o["slice"]);
      code = await runExport(toUrl(file), (o["--"] as string[] | undefined) ?? [], {
        ...(procs === undefined ? {} : { procs }),
        ...(arena === undefined ? {} : { arena: arena * 2 ** 20 }),
        ...(slice === undefined ? {} : { slice }),
        compile: o["compile"] !== false && process.env["GOSCHED_COMPILE"] !== "0",
        ...(o["policy"] === undefined ? {} : { policy: String(o["policy"]) }),
        policyCheck: o["policyCheck"] === true,
        clock: o["virtualClock"] === true ? "virtual" : "real",
      });
    });
  cli
    .command("pins [file]", "List what keeps goroutines of a module on one thread, and where")
    .action(async (file: string | undefined) => {
      const url = toUrl(file);
      const { pins } = await import("./pins.js");
      process.stdout.write(`${pins(url, file!).join("\n")}\n`);
    });
  cli
    .command(
      "check [...names]",
      "Run the runtime's own lock-free code in all orders: models whose name has one of these parts",
    )
    .option("--mutants", "Instead, look whether the models find seeded bugs")
    .option("--full", "With higher bounds on preemptions, where a minute for each model is enough")
    .option("--list", "Say which models and seeded bugs there are and how each is searched, and run none")
    .option("--stale", "Plain reads that race see the oldest value that the language allows")
    .option("--seconds <n>", "Longest search of a model (default: 10)")
    .option("--replay <schedule>", "Run one schedule, as a failure prints it")
    .option("--json <file>", "Write the results")
    .example("gosched check runq")
    .action(async (names: string[], o: Record<string, unknown>) => {
      const { runCheck } = await import("./check.js");
      const { outputFile } = await import("../lab/outputfile.js");
      const seconds = o["seconds"] ?? 10;
      if (typeof seconds !== "number" || !(seconds > 0))
        throw new Usage(`--seconds: expected a number above 0, got ${String(seconds)}`);
      code = runCheck({
        names: names.map(String),
        seconds,
        mutants: o["mutants"] === true,
        full: o["full"] === true,
        list: o["list"] === true,
        stale: o["stale"] === true,
        json: outputFile("json", o["json"]),
        replay: o["replay"] === undefined ? undefined : String(o["replay"]),
      });
    });
  cli
    .command(
      "litmus [...names]",
      "Run small programs on shared memory millions of times, and count outcomes that are allowed and forbidden",
    )
    .option("--seconds <n>", "For each test in each mode (default: 0.5)")
    .option("--json <file>", "Write the tables")
    .example("gosched litmus SB MP --seconds 5")
    .action(async (names: string[], o: Record<string, unknown>) => {
      const { runLitmus } = await import("./litmus.js");
      const { outputFile } = await import("../lab/outputfile.js");
      const seconds = o["seconds"] ?? 0.5;
      if (typeof seconds !== "number" || !(seconds > 0))
        throw new Usage(`--seconds: expected a number above 0, got ${String(seconds)}`);
      code = await runLitmus({
        names: names.map(String),
        seconds,
        json: outputFile("json", o["json"]),
      });
    });
  cli
    .command(
      "stress [...scenarios]",
      "Run random programs whose results are known on real threads, and count every goroutine and every value",
    )
    .option("--seconds <n>", "Stop after that (default: 30)")
    .option("--programs <n>", "Stop after so many programs")
    .option("--seed <s>", "Of the session and of its first program (default: random, printed)")
    .option("--procs <n>", "GOMAXPROCS, several separated by commas (default: 1,2,4,8)")
    .option("--policy <spec>", "Scheduling policy, as of run")
    .option("--repeat <n>", "Run each program n times (default: 1)")
    .option("--scenes <list>", "Leave only these scenes in a program, by their numbers from 0")
    .option("--patience <s>", "Seconds until a program counts as hanging (default: 60)")
    .option("--no-compile", "Run goroutine functions as plain generators, pinned to their threads")
    .option("--alone", "Each program in a runtime of its own")
    .option("--faults <kinds>", "What goes wrong: delay, cas, wake (several, by commas); kill or alloc ends each run")
    .option("--sabotage <how>", "Describe the programs wrongly, which must be noticed")
    .example("gosched stress stampede churn --procs 2 --seconds 10")
    .action(async (names: string[], o: Record<string, unknown>) => {
      const { runStress } = await import("./stress.js");
      code = await runStress(names, o);
    });
  labCommand(cli, (result) => (code = result));
  cli.help();
  cli.version(version());
  cli.parse(argv, { run: false });
  if (cli.options["help"] === true || cli.options["version"] === true) return 0;
  if (cli.matchedCommand === undefined) {
    if (cli.args[0] !== undefined)
      throw new Usage(`unknown command ${cli.args[0]}; there are: run, pins, check, litmus, stress, lab`);
    cli.outputHelp();
    return 1;
  }
  await cli.runMatchedCommand();
  return code;
}

main(process.argv).then(
  (code) => {
    process.exitCode = code;
  },
  (e: unknown) => {
    const line = e instanceof Error ? e.message : String(e);
    process.stderr.write(`gosched: ${line}\n`);
    process.exitCode = 1;
  },
);
