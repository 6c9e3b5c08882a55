/** The lock-free structures under real threads. They import the sources, bundled once for this file. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { arena as shared, I } from "../../src/arena/arena.js";
import { LINE, M_P, P_M } from "../../src/arena/layout.js";
import { allm } from "../../src/sched/m.js";
import { allp } from "../../src/sched/p.js";
import { setpstatus } from "../../src/sched/gstatus.js";
import { Pidle } from "../../src/sched/status.js";
import { linearize, type Operation, runqModel, type RunqOp, showHistory } from "../../src/stress/linear.js";
import type { Job } from "./thread-worker.js";
import { startAt, tokens as makeTokens, world } from "./world.js";

const TAKEN = 8;

let dir = "";
let file = "";
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "gosched-threads-"));
  file = join(dir, "worker.mjs");
  const entry = fileURLToPath(new URL("thread-worker.ts", import.meta.url));
  await build({
    entryPoints: [entry],
    outfile: file,
    bundle: true,
    define: { FAILPOINTS: "false" },
    format: "esm",
    platform: "node",
    minifySyntax: true,
  });
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

interface Done {
  role: string;
  done: number;
  history: Operation<RunqOp>[];
}

/** A fresh arena in which nobody holds a P yet, and words for the threads: each on a line of its own. */
function arena(procs: number, tokens: number): { list: number[]; words: number } {
  world(procs);
  for (let id = 0; id < procs; id++) {
    startAt(id, -100);
    I[allp(id) + P_M] = 0;
    I[allm(id) + M_P] = 0;
    setpstatus(allp(id), Pidle);
  }
  const list = makeTokens(tokens);
  for (const g of list) for (let i = 0; i < 16; i++) I[g + i] = 0;
  const [words] = makeTokens(1) as [number];
  makeTokens(4);
  for (let i = 0; i < 3 * LINE; i++) I[words + i] = 0;
  return { list, words };
}

/** Runs the roles, one thread each; when one fails, all are ended. Every other thread has the scripted atomics: each form must be atomic to the other. */
async function play(jobs: Pick<Job, "role" | "rounds" | "tokens">[], words: number): Promise<Done[]> {
  const workers: Worker[] = [];
  try {
    return await Promise.all(
      jobs.map(
        (j, me) =>
          new Promise<Done>((resolve, reject) => {
            const workerData: Job = {
              ...j,
              arena: me % 2 === 0 ? shared! : (I.buffer as unknown as SharedArrayBuffer),
              me,
              words,
            };
            const w = new Worker(file, { workerData });
            workers.push(w);
            w.once("message", resolve);
            w.once("error", reject);
            w.once("exit", () => reject(new Error(`thread ${me} is gone`)));
          }),
      ),
    );
  } finally {
    await Promise.all(workers.map((w) => w.terminate()));
  }
}

const sum = (done: Done[], role?: string): number =>
  done.reduce((n, d) => n + (role === undefined || d.role === role ? d.done : 0), 0);
const taken = (list: number[]): number => list.reduce((n, g) => n + I[g + TAKEN]!, 0);

test("an owner and two thieves: everything is taken once (qa T19)", async () => {
  const { list, words } = arena(3, 700);
  const done = await play(
    [
      { role: "owner", rounds: 40_000, tokens: list },
      { role: "thief", rounds: 0, tokens: [] },
      { role: "thief", rounds: 0, tokens: [] },
    ],
    words,
  );
  expect(sum(done, "owner")).toBeGreaterThan(0);
  expect(sum(done, "thief")).toBeGreaterThan(0);
  expect(sum(done)).toBe(taken(list));
  // Nothing is left behind: each token is free again.
  expect(list.filter((g) => I[g + 9] !== 0)).toEqual([]);
});

test("what an owner and two thieves did can have happened one by one", async () => {
  const { list, words } = arena(3, 600);
  const done = await play(
    [
      { role: "recordingOwner", rounds: 0, tokens: list },
      { role: "recordingThief", rounds: 0, tokens: [] },
      { role: "recordingThief", rounds: 0, tokens: [] },
    ],
    words,
  );
  const history = done.flatMap((d) => d.history);
  const puts = history.filter((o) => o.what.op === "put").length;
  expect(puts).toBe(list.length);
  expect(sum(done, "recordingThief")).toBeGreaterThan(0);
  expect(linearize(history, runqModel), showHistory(history)).toBeDefined();
  // It is a history that says something: two that the owner took one after the other, the other way round.
  const took = done[0]!.history.filter((o) => o.what.op === "get" && o.what.gs.length > 0);
  const i = took.length >> 1;
  const swapped = history.map((o) =>
    o === took[i]
      ? { ...o, what: { ...o.what, gs: took[i + 1]!.what.gs } }
      : o === took[i + 1]
        ? { ...o, what: { ...o.what, gs: took[i]!.what.gs } }
        : o,
  );
  expect(linearize(swapped, runqModel)).toBeUndefined();
});

test("runnext, wanted by its owner and two thieves", async () => {
  const { list, words } = arena(3, 50);
  const done = await play(
    [
      { role: "nextOwner", rounds: 150_000, tokens: list },
      { role: "thief", rounds: 0, tokens: [] },
      { role: "thief", rounds: 0, tokens: [] },
    ],
    words,
  );
  expect(sum(done, "nextOwner")).toBeGreaterThan(0);
  expect(sum(done)).toBe(taken(list));
  expect(list.filter((g) => I[g + 9] !== 0)).toEqual([]);
});

test("three threads inject, one drains: everything arrives once, in each one's order", async () => {
  const { list, words } = arena(1, 90);
  list.forEach((g, i) => {
    I[g + 10] = 1 + Math.floor(i / 30);
    I[g + 11] = i % 30;
    I[g + 12] = 30;
  });
  const part = (k: number): number[] => list.slice(30 * k, 30 * k + 30);
  const rounds = 15_000;
  const done = await play(
    [
      { role: "drainer", rounds: 3 * rounds, tokens: [] },
      { role: "injector", rounds, tokens: part(0) },
      { role: "injector", rounds, tokens: part(1) },
      { role: "injector", rounds, tokens: part(2) },
    ],
    words,
  );
  expect(sum(done, "injector")).toBe(3 * rounds);
  expect(sum(done, "drainer")).toBe(3 * rounds);
  expect(taken(list)).toBe(3 * rounds);
});

test("three threads count under the mutex", async () => {
  const { words } = arena(1, 0);
  const job = { role: "locker", rounds: 100_000, tokens: [] } as const;
  await play(
    [
      { ...job, tokens: [] },
      { ...job, tokens: [] },
      { ...job, tokens: [] },
    ],
    words,
  );
  expect(I[words + 1]).toBe(300_000);
  expect(I[words + 8]).toBe(0);
});

test("two threads wake each other by notes", async () => {
  const { words } = arena(1, 0);
  const rounds = 4000;
  const done = await play(
    [
      { role: "sleeper", rounds, tokens: [] },
      { role: "waker", rounds, tokens: [] },
    ],
    words,
  );
  expect(sum(done)).toBe(2 * rounds);
});
