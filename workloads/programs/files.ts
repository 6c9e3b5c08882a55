/** Real work over real files, those that are installed beside this package: words, hashes or JSON, a goroutine a file. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Chan, chan, go, goroutine } from "gosched";
import type { Outcome } from "gosched/lab";

/** What is done with a file; the result is a number that depends on all of it. */
const JOBS = {
  words: { files: /(^|[/\\])(licen[cs]e|readme)([-.][\w.-]*)?$/i, run: words },
  hash: { files: /\.(js|ts|json|md)$/, run: hash },
  json: { files: /\.(json|map)$/, run: json },
} as const;

const one = goroutine(function* one(job: keyof typeof JOBS, file: string, results: Chan<number>) {
  yield* results.send(JOBS[job].run(file));
});

export const main = goroutine(function* main(p: { job: keyof typeof JOBS; files: number; root: string }) {
  const { job } = p;
  const list = pick(p.root === "" ? installed() : p.root, JOBS[job].files, p.files);
  const n = list.length;
  if (n === 0) throw new Error(`files: nothing to read in ${p.root}`);
  const results = chan<number>(n);
  for (const file of list) go(one, job, file, results);
  let check = 0;
  for (let i = 0; i < n; i++) check += (yield* results.recv())!;
  return { ops: n, check } satisfies Outcome;
});

function words(file: string): number {
  return readFileSync(file, "utf8").match(/[\p{L}\p{N}]+/gu)?.length ?? 0;
}

function hash(file: string): number {
  return createHash("sha256").update(readFileSync(file)).digest().readUInt32LE();
}

function json(file: string): number {
  const text = readFileSync(file, "utf8");
  try {
    return JSON.stringify(JSON.parse(text)).length;
  } catch {
    return text.length; // with comments, as some configuration files have
  }
}

/** The nearest node_modules upwards. */
function installed(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, "node_modules"))) {
    const up = dirname(directory);
    if (up === directory) throw new Error("files: no node_modules to read; say where with --set root=DIRECTORY");
    directory = up;
  }
  return join(directory, "node_modules");
}

/** Larger ones would make the trial wait for one goroutine. */
const LARGEST = 256 * 1024;
let picked: { key: string; files: string[] } | undefined;

/** The same files on each machine that has the same tree, in the same order. Looked for once a thread. */
function pick(root: string, kind: RegExp, n: number): string[] {
  const key = `${root} ${kind.source} ${n}`;
  if (picked?.key !== key) {
    const entries = readdirSync(root, { recursive: true, withFileTypes: true });
    const named = entries.filter((entry) => entry.isFile() && kind.test(entry.name));
    const files = named.map((entry) => join(entry.parentPath, entry.name)).sort();
    picked = { key, files: files.filter((file) => statSync(file).size <= LARGEST).slice(0, n) };
  }
  return picked.files;
}
