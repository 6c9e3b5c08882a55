/** The command line of the lab, checked before anything is measured. */
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { choose } from "../policy/index.js";
import { isModule, splitSpec } from "../policy/spec.js";
import { LabError } from "./fail.js";
import { outputFile } from "./outputfile.js";

export interface Options {
  /** As in the option `policy` of `run`; paths are absolute. */
  policies: string[];
  workloads: string[];
  procs: number[];
  loads: number[];
  runs: number;
  seed: number;
  /** Instead of each workload's own. */
  metrics: string[] | undefined;
  /** Instead of the values in the workloads. */
  set: Record<string, number | string>;
  budgetMs: number | undefined;
  timeoutMs: number;
  checked: boolean;
  slice: number;
  json: string | undefined;
  html: string | undefined;
  bench: string | undefined;
  state: string | undefined;
  fresh: boolean;
}

/** What a default run compares: few enough for the four rounds that a verdict needs (compare.ts) within the budget. */
const DEFAULT_POLICIES = ["gmp", "global-fifo", "sharded"];
const DEFAULT_WORKLOADS = ["pairs", "skew", "serve-bimodal"];
/** With the build before and the table after it, this makes a minute. */
const DEFAULT_BUDGET_MS = 50_000;
const DEFAULT_LOAD = 70;
/** Go's, and that of `run`. */
const DEFAULT_SLICE_MS = 10;
/** Steps of a range of loads. */
const LOAD_STEPS = 6;

/** `given`: as cac makes them, by the names of the flags. */
export function parseLab(given: Readonly<Record<string, unknown>>): Options {
  const asked = ["policies", "policy", "workloads", "procs", "load", "runs", "metrics"].some(
    (name) => given[name] !== undefined,
  );
  const seconds = given["seconds"] === undefined ? undefined : number("seconds", given["seconds"], 1, 1e6);
  const own = words("policy", given["policy"] ?? []).map(ownPolicy);
  const policies = given["policies"] === undefined ? undefined : words("policies", given["policies"]).map(known);
  return {
    policies: [...(policies ?? (own.length > 0 ? ["gmp"] : DEFAULT_POLICIES)), ...own],
    workloads: given["workloads"] === undefined ? DEFAULT_WORKLOADS : words("workloads", given["workloads"]),
    procs: words("procs", given["procs"] ?? Math.min(availableParallelism(), 8)).map((v) =>
      integer("procs", v, 1, 1024),
    ),
    loads: given["load"] === undefined ? [DEFAULT_LOAD] : loads(given["load"]),
    runs: given["runs"] === undefined ? 10 : integer("runs", given["runs"], 1, 10_000),
    seed:
      given["seed"] === undefined ? Math.floor(Math.random() * 2 ** 31) : integer("seed", given["seed"], 0, 2 ** 31),
    metrics: given["metrics"] === undefined ? undefined : words("metrics", given["metrics"]),
    set: assignments(given["set"]),
    budgetMs: seconds !== undefined ? seconds * 1000 : asked ? undefined : DEFAULT_BUDGET_MS,
    timeoutMs: 1000 * (given["timeout"] === undefined ? 60 : number("timeout", given["timeout"], 1, 86_400)),
    checked: given["checked"] === true,
    slice: given["slice"] === undefined ? DEFAULT_SLICE_MS : integer("slice", given["slice"], 1, 10_000),
    json: outputFile("json", given["json"]),
    html: outputFile("html", given["html"]),
    bench: outputFile("bench", given["bench"]),
    state: outputFile("state", given["state"]),
    fresh: given["fresh"] === true,
  };
}

/** Comma-separated; a flag given twice adds to it. */
function words(flag: string, value: unknown): string[] {
  const parts = [value].flat().flatMap((part) => split(String(part)));
  const named = parts.map((part) => part.trim()).filter((part) => part !== "");
  if (named.length === 0 && !(Array.isArray(value) && value.length === 0))
    throw new LabError(`--${flag}: the list is empty`);
  return named;
}

/** At commas, but a policy's knobs belong to it: `a,b:x=1,y=2,c` has three names. */
function split(text: string): string[] {
  const parts: string[] = [];
  for (const part of text.split(",")) {
    if (parts.length > 0 && /^\s*[\w-]+=/.test(part) && parts.at(-1)!.includes(":"))
      parts.push(`${parts.pop()!},${part}`);
    else parts.push(part);
  }
  return parts;
}

function known(spec: string): string {
  if (isModule(splitSpec(spec).name)) return ownPolicy(spec);
  try {
    choose(spec);
  } catch (error) {
    throw new LabError(`--policies: ${(error as Error).message}`);
  }
  return spec;
}

/** A path, and knobs behind it; it becomes absolute, for the trials may run elsewhere. */
function ownPolicy(spec: string): string {
  const { name } = splitSpec(spec);
  if (name.startsWith("file:")) return spec;
  if (!existsSync(name)) throw new LabError(`--policy: ${name}: no such file`);
  return resolve(name) + spec.slice(name.length);
}

/** `10..95`, `70` or `20,50,80`: per cent of the capacity. Above 100 a queue grows for as long as the run lasts. */
function loads(value: unknown): number[] {
  const list = words("load", value).flatMap((part) => {
    const range = /^([\d.]+)\.\.([\d.]+)$/.exec(part);
    if (range === null) return [number("load", part, 1, 200)];
    const [lo, hi] = [number("load", range[1], 1, 200), number("load", range[2], 1, 200)];
    if (lo >= hi) throw new LabError(`--load: ${part} is empty; use a range such as 10..95`);
    return Array.from({ length: LOAD_STEPS }, (_, i) => Math.round(lo + ((hi - lo) * i) / (LOAD_STEPS - 1)));
  });
  return [...new Set(list)];
}

function assignments(value: unknown): Record<string, number | string> {
  if (value === undefined) return {};
  return Object.fromEntries(
    [value].flat().map((part) => {
      const match = /^([\w-]+)=(.*)$/.exec(String(part));
      if (match === null) throw new LabError(`--set: ${String(part)}: write name=value`);
      const [, name, text] = match as unknown as [string, string, string];
      return [name, text !== "" && Number.isFinite(Number(text)) ? Number(text) : text];
    }),
  );
}

function number(flag: string, value: unknown, lo: number, hi: number): number {
  const n = Number(value);
  if (!(n >= lo && n <= hi)) throw new LabError(`--${flag}: ${String(value)} is not a number from ${lo} to ${hi}`);
  return n;
}

function integer(flag: string, value: unknown, lo: number, hi: number): number {
  const n = number(flag, value, lo, hi);
  if (!Number.isInteger(n)) throw new LabError(`--${flag}: ${String(value)} is not a whole number`);
  return n;
}
