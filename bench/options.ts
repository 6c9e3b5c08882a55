import { cac } from "cac";
import { outputFile } from "../src/lab/outputfile.js";
import { type Benchmark, benchmarks } from "./catalogue.js";

export const parts = ["go", "nqueens", "memory", "startup", "timers", "echo", "sysmon"] as const;
export type Part = (typeof parts)[number];

const PROGRAMS = {
  bench: "Measure everything that has a target",
  "bench:go": "Run the same programs in gosched and Go",
  "bench:hooks": "Measure what the hooks of policies cost who has none",
} as const;
export type Program = keyof typeof PROGRAMS;

/** Those that consist of what policies decide about. */
const SWITCHING = "Yield,PingPong,SpawnWait,Skynet,ProdCons100,Sieve";

export interface Options {
  benchmarks: Benchmark[];
  procs: number[];
  /** Pairs of fresh processes for each benchmark and number of Ps. */
  runs: number;
  quick: boolean;
  json: string | undefined;
  timeoutMs: number;
  /** What `npm run bench` measures; `npm run bench:go` has only the first. */
  parts: Part[];
}

/** A command line that makes no sense. The message is for the user. */
export class OptionError extends Error {
  override name = "OptionError";
}

/** Reads the command line of `program`; undefined if it only asked for help, which is printed then. */
export function parseOptions(program: Program, argv: readonly string[]): Options | undefined {
  const cli = cac(`npm run ${program} --`);
  const command = cli
    .command("", PROGRAMS[program])
    .option("--quick", "Smaller sizes and fewer runs, under a minute in all; a first impression, not a result")
    .option("--only <names>", `Only these benchmarks: ${benchmarks.map((b) => b.name).join(",")}`)
    .option("--procs <list>", `Numbers of Ps (default: ${program === "bench:hooks" ? "1" : "1,2"})`)
    .option("--runs <n>", "Pairs of fresh processes for each number (default: 10, with --quick up to 5)")
    .option("--json <file>", "Write the results to a file as well")
    .option("--timeout <seconds>", "Kill a process that takes longer", { default: 60 });
  if (program === "bench") command.option("--parts <names>", `Only these parts: ${parts.join(",")}`);
  let parsed: Record<string, unknown> | undefined;
  command.action((options: Record<string, unknown>) => (parsed = options));
  cli.help();
  try {
    cli.parse(["node", program, ...argv]);
  } catch (error) {
    throw new OptionError((error as Error).message);
  }
  if (parsed === undefined) return undefined;
  const quick = parsed.quick === true;
  return {
    benchmarks: names(
      "--only",
      parsed.only ?? (program === "bench:hooks" ? SWITCHING : undefined),
      benchmarks.map((b) => b.name),
    ).map((name) => benchmarks.find((b) => b.name === name) as Benchmark),
    procs: list("--procs", parsed.procs ?? (program === "bench:hooks" ? 1 : "1,2")).map((value) =>
      integer("--procs", value, 1024),
    ),
    runs: integer("--runs", parsed.runs ?? (quick ? 5 : 10), 1000),
    quick,
    json: writable(parsed.json),
    timeoutMs: 1000 * integer("--timeout", parsed.timeout, 86_400),
    parts: names("--parts", parsed.parts, parts),
  };
}

/** The names in `value`, or all that there are. */
function names<T extends string>(option: string, value: unknown, known: readonly T[]): T[] {
  if (value === undefined) return [...known];
  return list(option, value).map((name) => {
    const found = known.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
    if (found === undefined) throw new OptionError(`${option}: no "${name}"; there are ${known.join(", ")}`);
    return found;
  });
}

/** A comma-separated list; an option given twice adds to it. */
function list(option: string, value: unknown): string[] {
  const items = String(value).split(",");
  const named = items.map((item) => item.trim()).filter((item) => item !== "");
  if (named.length === 0) throw new OptionError(`${option}: the list is empty`);
  return [...new Set(named)];
}

function integer(option: string, value: unknown, max: number): number {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 1 && number <= max) return number;
  throw new OptionError(`${option}: ${String(value)} is not a whole number from 1 to ${max}`);
}

/** A file to be written when all is measured. */
function writable(value: unknown): string | undefined {
  try {
    return outputFile("json", value);
  } catch (error) {
    throw new OptionError((error as Error).message);
  }
}
