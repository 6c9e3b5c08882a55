/** Runs litmus tests on real threads and counts what they have seen. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { type Mode, placeOf, REGISTERS, registersOf, RESULTS, STRIDE, threadCode } from "./language.js";
import { type Litmus, modesOf, type Outcome, tests, type Verdict, verdictOf } from "./tests.js";
import type { Job } from "./worker.js";

export interface Count {
  /** `r0=0 r1=1`. */
  readonly outcome: string;
  readonly count: number;
  readonly verdict: Verdict;
}
export interface Table {
  readonly name: string;
  readonly mode: Mode;
  readonly runs: number;
  readonly outcomes: readonly Count[];
}

export interface Options {
  /** The module of a thread; it is handed the memory as its data. */
  readonly worker: URL;
  /** Shared memory: what is posted to the threads, and its buffer. */
  readonly memory: unknown;
  readonly buffer: SharedArrayBuffer;
  /** Whether the threads have the operations of WebAssembly. */
  readonly wasm: boolean;
  /** For each test in each mode. */
  readonly seconds: number;
  readonly onTable: (t: Litmus, table: Table) => void;
}

const MOST_THREADS = Math.max(...tests.map((t) => t.threads.length));
/** Instances of a batch: as many as fit, or few if threads sleep in them. */
const SLEEPING_BATCH = 20;

/** The memory that is needed, in bytes: 2,000 instances. */
export const BYTES = 2000 * STRIDE * 4;

/** Runs these tests one after the other. */
export async function runTests(list: readonly Litmus[], o: Options): Promise<void> {
  const workers = Array.from({ length: MOST_THREADS }, () => new Worker(o.worker, { workerData: o.memory }));
  const failed = new Promise<never>((_resolve, reject) => {
    for (const w of workers) w.once("error", reject);
  });
  failed.catch(() => {});
  try {
    for (const t of list)
      for (const mode of modesOf(t))
        if (mode !== "wasm" || o.wasm) o.onTable(t, await Promise.race([runOne(t, mode, workers, o), failed]));
  } finally {
    await Promise.all(workers.map((w) => w.terminate()));
  }
}

async function runOne(t: Litmus, mode: Mode, workers: readonly Worker[], o: Options): Promise<Table> {
  const memory = new Int32Array(o.buffer);
  const n = t.sleeps === true ? SLEEPING_BATCH : Math.floor(memory.length / STRIDE);
  const codes = t.threads.map((thread) => threadCode(thread, mode));
  const counts = new Map<string, { count: number; verdict: Verdict }>();
  const registers = [...new Set(t.threads.flatMap(registersOf))].sort();
  let runs = 0;
  for (const end = performance.now() + o.seconds * 1000; runs === 0 || performance.now() < end; runs += n) {
    memory.fill(0, 0, n * STRIDE);
    await Promise.all(
      codes.map(async (code, i) => {
        // Another thread takes each part in each batch: on what core it is belongs to what varies.
        const worker = workers[(i + runs / n) % workers.length]!;
        const done = once(worker, "message");
        worker.postMessage({ code, wasm: mode === "wasm", threads: codes.length, n } satisfies Job);
        await done;
      }),
    );
    for (let a = 0; a < n * STRIDE; a += STRIDE) tally(t, mode, memory, a, registers, counts);
  }
  const outcomes = [...counts]
    .map(([outcome, c]) => ({ outcome, ...c }))
    .sort((p, q) => (p.outcome < q.outcome ? -1 : 1));
  return { name: t.name, mode, runs, outcomes };
}

/** Counts what instance `a` has come to. */
function tally(
  t: Litmus,
  mode: Mode,
  memory: Int32Array,
  a: number,
  registers: readonly string[],
  counts: Map<string, { count: number; verdict: Verdict }>,
): void {
  const o: Record<string, number> = {};
  for (const r of registers) o[r] = memory[a + RESULTS + Number(r.slice(1))]!;
  for (const v of t.final ?? []) o[v] = memory[a + placeOf(v)]!;
  const outcome = Object.entries(o)
    .map(([k, v]) => `${k}=${v}`)
    .join(" ");
  const c = counts.get(outcome);
  if (c !== undefined) c.count++;
  else counts.set(outcome, { count: 1, verdict: verdictOf(t, mode, o as Outcome) });
}

if (RESULTS + REGISTERS > STRIDE) throw new Error("litmus: results do not fit into an instance");
