/** The facade in its two forms: functions of the arena's WebAssembly module, and the engine's Atomics. */
import { Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { type Arena, arena, attach, I, MAX_ARENA, MIN_ARENA, newArena } from "../../src/arena/arena.js";
import {
  add,
  cas,
  load,
  notify,
  padd,
  pcas,
  pload,
  pstore,
  pxchg,
  scripted,
  setSmp,
  store,
  xchg,
} from "../../src/arena/atomics.js";
import { H_HEAP, H_WORDS, S_NPROCS } from "../../src/arena/layout.js";
import { newMemory, WASM_PAGE, wasmOps } from "../../src/arena/wasm.js";
import { seeds } from "./model.js";

const MIB = 1 << 20;
const EDGES = [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 0x55555555, -0x55555556];

/** The same operations, drawn from `seed`, on words of the arena; what each returned, and the words afterwards. */
function play(seed: number, words: readonly number[]): number[] {
  let state = seed | 0;
  const rnd = (n: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) % n;
  };
  const value = (): number => (rnd(2) === 0 ? EDGES[rnd(EDGES.length)]! : (rnd(1 << 24) - (1 << 23)) | 0);
  for (const w of words) I[w] = 0;
  const seen: number[] = [];
  const operations: ((a: number) => number | boolean | void)[] = [
    load,
    (a) => store(a, value()),
    (a) => cas(a, I[a]!, value()),
    (a) => cas(a, value(), value()),
    (a) => xchg(a, value()),
    (a) => add(a, value()),
    pload,
    (a) => pstore(a, value()),
    (a) => pcas(a, I[a]!, value()),
    (a) => pxchg(a, value()),
    (a) => padd(a, value()),
  ];
  for (let i = 0; i < 5000; i++) {
    const r = operations[rnd(operations.length)]!(words[rnd(words.length)]!);
    seen.push(typeof r === "number" ? r : r === undefined ? -7 : Number(r));
  }
  return [...seen, ...words.map((w) => I[w]!)];
}

function attached(to: Arena, procs: number): void {
  attach(to);
  I[S_NPROCS] = procs; // plain: there is no other thread
  setSmp();
}

describe("the two forms of the facade", () => {
  const memory = newArena(MIN_ARENA, 1, 0);
  const buffer = new SharedArrayBuffer(MIN_ARENA);

  test("an arena is a WebAssembly memory of the size asked for, down to 64 KiB", () => {
    const a = newArena(MIN_ARENA + WASM_PAGE + 4711, 1, 0);
    expect("buffer" in a && a.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect("buffer" in a && a.buffer.byteLength).toBe(MIN_ARENA + WASM_PAGE);
    attach(a);
    expect(I[H_WORDS]).toBe(I.length);
    expect(arena).toBe(a);
  });

  for (const seed of seeds(31))
    test(`agree with one P and with two, and with each other: seed ${seed}`, () => {
      // The first and the last word that anything may lie in, and some in between.
      const last = MIN_ARENA / 4 - 1;
      const words = [20_000, 20_001, 20_002, last >> 1, last - 1, last];
      const runs = [memory, buffer].flatMap((a) =>
        [1, 2].map((procs) => {
          attached(a, procs);
          return play(seed, words);
        }),
      );
      expect(new Set(runs[0]).size).toBeGreaterThan(1000);
      for (const run of runs.slice(1)) expect(run).toEqual(runs[0]);
    });

  test("numbers wrap at 32 bits, and come back signed", () => {
    for (const a of [memory, buffer])
      for (const procs of [1, 2]) {
        attached(a, procs);
        const w = 20_000;
        store(w, 2 ** 31 - 1);
        expect([add(w, 1), load(w), padd(w, -1), pload(w)]).toEqual([-(2 ** 31), -(2 ** 31), 2 ** 31 - 1, 2 ** 31 - 1]);
        expect([pcas(w, 2 ** 31 - 1, -1), cas(w, 0xffff_ffff | 0, -2), xchg(w, 5), pxchg(w, 6), load(w)]).toEqual([
          true,
          true,
          -2,
          5,
          6,
        ]);
      }
  });

  test("each arena has its own words: attaching to and fro", () => {
    const others = Array.from({ length: 6 }, (_, i) => newArena(MIN_ARENA, i, 0));
    const all = [...others, buffer, memory];
    for (let round = 0; round < 50; round++)
      all.forEach((a, i) => {
        attach(a);
        if (round === 0) store(30_000, 1000 * i);
        expect(add(30_000, 1)).toBe(1000 * i + round + 1);
      });
  });

  test("the last word of the largest arena", () => {
    const largest = newMemory(MAX_ARENA);
    expect(largest?.buffer.byteLength).toBe(MAX_ARENA);
    const view = new Int32Array(largest!.buffer);
    const ops = wasmOps(largest!);
    const last = view.length - 1;
    expect(ops.add(last, 3)).toBe(3);
    expect([view[last], view[0]]).toEqual([3, 0]);
    // Beyond it nothing is: an address that is no address is an error and not another word.
    expect(() => ops.load(view.length)).toThrow("out of bounds");
  });

  test("a thread sleeps on a word of the memory and is woken, its views and functions see the same words", async () => {
    attached(memory, 2);
    const [word, up, seen] = [40_000, 40_001, 40_002];
    for (const w of [word, up, seen]) store(w, 0);
    const program = `
      const { workerData: { memory, word, up, seen } } = require("node:worker_threads");
      const I = new Int32Array(memory.buffer);
      Atomics.store(I, up, 1);
      while (Atomics.load(I, word) === 0) Atomics.wait(I, word, 0, 30000);
      Atomics.store(I, seen, Atomics.load(I, word));`;
    const worker = new Worker(program, { eval: true, workerData: { memory, word, up, seen } });
    const ended = new Promise<void>((resolve, reject) => {
      worker.once("error", reject);
      worker.once("exit", () => resolve());
    });
    try {
      while (load(up) === 0) await new Promise((r) => setTimeout(r, 1));
      // It may not sleep yet: then it does not sleep at all, for the word changes first.
      store(word, 42);
      notify(word, 1);
      await ended;
      expect(load(seen)).toBe(42);
    } finally {
      await worker.terminate();
    }
  });

  test("the scripted form is the one of a mere buffer", () => {
    attach(buffer);
    store(50_000, 9);
    expect(scripted.load(50_000)).toBe(9);
    expect(scripted.add(50_000, -10)).toBe(-1);
    attach(memory);
    expect(scripted.load(20_000)).toBe(I[20_000]);
  });
});

describe("limits of an arena", () => {
  for (const bytes of [0, -1, 1.5, NaN, Infinity, MIN_ARENA - 1, MAX_ARENA + 1, 2 ** 32, 2 ** 53])
    test(`${bytes} bytes are refused with one clear error`, () => {
      expect(() => newArena(bytes, 1, 0)).toThrow(
        `arena: ${bytes} bytes is out of range; use an integer from ${MIN_ARENA} (16 MiB) to ${MAX_ARENA}`,
      );
    });

  for (const bytes of [MIN_ARENA, 1024 * MIB, MAX_ARENA])
    test(`${bytes} bytes are reserved and cost no memory until they are used`, () => {
      const before = process.memoryUsage.rss();
      attach(newArena(bytes, 1, 0));
      expect(I.length).toBe(bytes / 4);
      expect(I[H_HEAP]).toBeLessThan(I.length);
      I[I.length - 1] = 1;
      // Other things move it by some MB.
      if (bytes > 64 * MIB) expect(process.memoryUsage.rss() - before).toBeLessThan(64 * MIB);
    });
});
