/** Threads that allocate for one another. Their program is bundled from the sources first: a thread loads plain JavaScript. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { attach, I, newArena } from "../../src/arena/arena.js";
import { HOST_P, KIND_WORDS } from "../../src/arena/layout.js";
import { flushMcache, mallocgc, mallocinit, memstats, mfree, setMcache } from "../../src/arena/malloc.js";
import { seeds } from "./model.js";

const folder = mkdtempSync(path.join(tmpdir(), "gosched-malloc-"));
const program = path.join(folder, "malloc-worker.mjs");
beforeAll(async () => {
  const entry = fileURLToPath(new URL("./fixtures/malloc-worker.mjs", import.meta.url));
  await build({
    entryPoints: [entry],
    bundle: true,
    define: { FAILPOINTS: "false" },
    format: "esm",
    platform: "node",
    outfile: program,
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

const threads = 3;
const entries = 64;
const ringWords = 2 + entries * 4;
const ringStart = 2;

for (const seed of seeds(21))
  test(`three threads and the host allocate, pass on and free: seed ${seed}`, async () => {
    const arena = newArena(128 << 20, 1, 0);
    attach(arena);
    mallocinit();
    setMcache(HOST_P);
    const start = memstats();
    const control = new SharedArrayBuffer(4 * (ringStart + threads * threads * ringWords));
    const workers: Worker[] = [];
    const results = Array.from({ length: threads }, (_, me) => {
      const workerData = { arena, control, me, threads, rounds: 150_000, seed, entries, ringWords, ringStart };
      const worker = new Worker(program, { workerData });
      workers.push(worker);
      return new Promise<{ received: number; walked: number }>((resolve, reject) => {
        worker.once("message", resolve);
        worker.once("error", reject);
        worker.once("exit", () => reject(new Error(`thread ${me} is gone`)));
      });
    });
    let done = false;
    const all = Promise.all(results).finally(() => (done = true));
    // The host allocates as well: its mcache is its own, the locks below it are everyone's.
    let mine = 0;
    while (!done) {
      const a = Array.from({ length: 200 }, (_, i) => mallocgc(100 + i, KIND_WORDS));
      a.forEach((addr, i) => (I[addr + 3] = i));
      memstats(); // a walk over spans that change
      await new Promise((resolve) => setTimeout(resolve, 1));
      a.forEach((addr, i) => {
        if (I[addr + 3] !== i) expect.fail(`object ${addr} of the host was overwritten`);
        mfree(addr, 100 + i, KIND_WORDS);
      });
      mine += a.length;
    }
    try {
      const got = await all;
      for (const { received, walked } of got) {
        expect(received).toBeGreaterThan(1000);
        expect(walked).toBeGreaterThan(0);
      }
      expect(mine).toBeGreaterThan(0);
    } finally {
      await Promise.all(workers.map((w) => w.terminate()));
    }
    flushMcache(HOST_P);
    expect(memstats()).toEqual(start);
    expect(start.freeRuns).toBe(1);
  });
