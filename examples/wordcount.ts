/**
 * Word count: lines, words and characters of all licence and readme files under node_modules, one goroutine a file.
 *
 * As a program, the goroutine `main` alone:
 *
 *     npx gosched run examples/wordcount.ts
 *
 * As part of an ordinary Node program, the last third of this file: it starts a runtime with one P and one with several,
 * awaits the goroutine's result, compares it with a plain loop, and prints times and the scheduler's counters:
 *
 *     npm run build && node dist/examples/wordcount.js [PROCS]
 */
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { isMainThread } from "node:worker_threads";
import { type Chan, chan, go, goroutine, println, start, type Stats } from "gosched";

interface Counts {
  lines: number;
  words: number;
  chars: number;
}

// Ordinary functions: they never wait for another goroutine.

function texts(root: string): string[] {
  const isText = /(^|[/\\])(licen[cs]e|readme)([-.][\w.-]*)?$/i;
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && isText.test(entry.name));
  return files.map((entry) => path.join(entry.parentPath, entry.name));
}

function countFile(file: string): Counts {
  const text = readFileSync(file, "utf8");
  const matches = (what: RegExp): number => text.match(what)?.length ?? 0;
  return { lines: matches(/\n/g), words: matches(/[\p{L}\p{N}]+/gu), chars: text.length };
}

const describe = ({ lines, words, chars }: Counts): string => `${lines} lines, ${words} words, ${chars} characters`;

// The goroutines.

const countOne = goroutine(function* countOne(file: string, counts: Chan<Counts>) {
  yield* counts.send(countFile(file));
});

export const countAll = goroutine(function* countAll(files: string[]) {
  const counts = chan<Counts>();
  const n = files.length;
  for (const file of files) go(countOne, file, counts);
  let lines = 0;
  let words = 0;
  let chars = 0;
  for (let i = 0; i < n; i++) {
    const one = (yield* counts.recv())!;
    lines += one.lines;
    words += one.words;
    chars += one.chars;
  }
  return { lines, words, chars };
});

export const main = goroutine(function* main() {
  println(describe(yield* countAll(texts("node_modules"))));
});

// The host. The threads of the runtime load this module too, for its goroutines; this part is for the main thread only.

const SECONDS = 1;

interface Measured {
  result: Counts;
  rounds: number;
  ms: number;
}

/** Counts again and again and keeps the fastest round: the first ones pay for reading the disk and for compiling. */
async function fastest(round: () => Counts | Promise<Counts>): Promise<Measured> {
  const end = performance.now() + SECONDS * 1000;
  let result: Counts;
  let rounds = 0;
  let ms = Infinity;
  do {
    const begin = performance.now();
    result = await round();
    ms = Math.min(ms, performance.now() - begin);
    rounds++;
  } while (performance.now() < end);
  return { result, rounds, ms };
}

function plainLoop(files: string[]): Counts {
  const sum: Counts = { lines: 0, words: 0, chars: 0 };
  for (const file of files) {
    const one = countFile(file);
    sum.lines += one.lines;
    sum.words += one.words;
    sum.chars += one.chars;
  }
  return sum;
}

async function withProcs(procs: number, files: string[]): Promise<Measured & { stats: Stats }> {
  const rt = await start({ procs });
  try {
    const measured = await fastest(() => rt.go(countAll, files));
    return { ...measured, stats: rt.stats() };
  } finally {
    await rt.close();
  }
}

async function host(procs: number): Promise<void> {
  const files = texts("node_modules");
  const loop = await fastest(() => plainLoop(files));
  const one = await withProcs(1, files);
  const many = await withProcs(procs, files);

  const same = [one, many].every(({ result }) => describe(result) === describe(loop.result));
  console.log(`${files.length} files: ${describe(many.result)}`);
  console.log(
    same
      ? "checked: a plain loop on one thread counts the same"
      : `WRONG: a plain loop counts ${describe(loop.result)}`,
  );
  console.log(`\nplain loop  ${loop.ms.toFixed(1)} ms, the fastest of ${loop.rounds} rounds`);
  console.log(`procs=1     ${one.ms.toFixed(1)} ms`);
  console.log(`procs=${procs}     ${many.ms.toFixed(1)} ms, ${(one.ms / many.ms).toFixed(2)} times as fast as procs=1`);
  console.log(
    `\nWhat each P did in ${many.rounds} rounds at procs=${procs}: goroutines run, stolen from another P, parked, moved to another thread`,
  );
  console.table(many.stats.perP, ["run", "stolen", "parked", "migrated"]);
  if (!same) process.exitCode = 1;
}

if (isMainThread) await host(Number(process.argv[2] ?? availableParallelism()));
