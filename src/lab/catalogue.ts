/** Finding workloads: those that the lab comes with, and a user's own, in a JSON file or in the module of its goroutine. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, isAbsolute, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { WORKLOADS } from "../paths.js";
import { describeModule } from "./describe.js";
import { LabError } from "./fail.js";
import { metric } from "./metrics.js";
import type { Workload } from "./workload.js";

/** A workload that has been checked; its program is a URL now. */
export type Loaded = Required<Pick<Workload, "warm" | "series" | "samples" | "open" | "deadlines">> & Workload;

export function builtinNames(): string[] {
  const files = readdirSync(WORKLOADS).filter((file) => file.endsWith(".json"));
  return files.map((file) => basename(file, ".json")).sort();
}

/** A built-in's name, or a path: one with a slash, or with an extension. */
export async function loadWorkload(name: string): Promise<Loaded> {
  if (!/[/\\.]/.test(name)) {
    const names = builtinNames();
    const found = names.find((known) => known === name.toLowerCase());
    if (found === undefined)
      throw new LabError(
        `no workload "${name}"; there are ${names.join(", ")}. One of your own is a path: ./mine.json or ./mine.ts`,
      );
    return loadFile(fileURLToPath(new URL(`${found}.json`, WORKLOADS)), name);
  }
  return loadFile(resolve(name), name);
}

async function loadFile(file: string, shown: string): Promise<Loaded> {
  const url = pathToFileURL(file).href;
  if (!existsSync(file)) throw new LabError(`workload ${shown}: no such file`);
  if (!file.endsWith(".json")) return check({ program: file, ...(await describeModule(url, shown)) }, shown, url);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new LabError(`workload ${shown}: cannot read it: ${(error as Error).message}`);
  }
  let description: unknown;
  try {
    description = JSON.parse(text);
  } catch (error) {
    throw new LabError(`workload ${shown}: not JSON: ${(error as Error).message}`);
  }
  return check(description, shown, url);
}

const KEYS = new Set([
  ...["name", "description", "program", "params", "warm", "series", "samples", "open", "deadlines", "metrics"],
]);

function check(given: unknown, shown: string, url: string): Loaded {
  const wrong = (what: string): LabError => new LabError(`workload ${shown}: ${what}`);
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw wrong("not an object");
  const w = given as Workload;
  for (const key of Object.keys(w))
    if (!KEYS.has(key)) throw wrong(`it has no "${key}"; there are ${[...KEYS].join(", ")}`);
  if (!/^[A-Za-z0-9-]+$/.test(String(w.name))) throw wrong(`name: letters, digits and dashes, not "${w.name}"`);
  if (typeof w.description !== "string") throw wrong("description: a line of text is missing");
  if (typeof w.program !== "string") throw wrong("program: the path of the goroutine's module is missing");
  if (!isParams(w.params)) throw wrong("params: an object of numbers and strings is missing");
  if (w.warm !== undefined && !isParams(w.warm)) throw wrong("warm: not an object of numbers and strings");
  if (!isList(w.series ?? [])) throw wrong("series: not a list of names");
  if (!isList(w.metrics) || w.metrics.length === 0) throw wrong("metrics: a list of names is missing");
  const samples = w.samples ?? 200_000;
  if (!Number.isInteger(samples) || samples < 1 || samples > 2 ** 24) throw wrong("samples: not from 1 to 16,777,216");
  const program = isAbsolute(w.program) ? pathToFileURL(w.program).href : new URL(w.program, url).href;
  const deadlines = w.deadlines ?? {};
  const loaded: Loaded = {
    ...w,
    warm: w.warm ?? {},
    series: w.series ?? [],
    samples,
    open: w.open === true,
    deadlines,
    program,
  };
  for (const name of w.metrics) metric(name, loaded);
  return loaded;
}

function isParams(v: unknown): v is Workload["params"] {
  if (typeof v !== "object" || v === null || Array.isArray(v)) return false;
  return Object.values(v).every((one) => typeof one === "string" || Number.isFinite(one));
}

function isList(v: unknown): v is string[] {
  return Array.isArray(v) && v.every((one) => typeof one === "string");
}
