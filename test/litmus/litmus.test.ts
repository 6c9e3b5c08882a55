/** The litmus tests: what they call forbidden is what no interleaving gives, and what they see is counted right. */
import { describe, expect, it } from "vitest";
import { newMemory } from "../../src/arena/wasm.js";
import { check, type Memory, model } from "../../src/check/index.js";
import { parseThread, placeOf, threadCode } from "../../src/litmus/language.js";
import { BYTES, runTests, type Table } from "../../src/litmus/run.js";
import { type Litmus, modesOf, type Outcome, tests, verdictOf } from "../../src/litmus/tests.js";
import { LITMUS } from "../../src/paths.js";

/** A thread in the model checker; its registers go to `o`. */
const thread = (text: string, o: Record<string, number>) =>
  function* (m: Memory): Generator<void, void, number> {
    for (const { op, register, variable, values } of parseThread(text)) {
      const a = placeOf(variable);
      const [x = 0, y = 0] = values;
      const v =
        op === "store"
          ? yield* m.store(a, x)
          : op === "load"
            ? yield* m.load(a)
            : op === "xchg"
              ? yield* m.xchg(a, x)
              : op === "add"
                ? (yield* m.add(a, x)) - x
                : yield* cas(m, a, x, y);
      if (register !== undefined) o[register] = v;
    }
  };
/** What was there before: nobody comes between the operation and this look. */
function* cas(m: Memory, a: number, old: number, v: number): Generator<void, number, number> {
  return (yield* m.cas(a, old, v)) === 1 ? old : m.words[a]!;
}

/** All outcomes of all interleavings. */
function outcomes(t: Litmus): Outcome[] {
  const all = new Map<string, Outcome>();
  let o: Record<string, number> = {};
  const m = model(t.name, {
    words: 256,
    setup: () => void (o = {}),
    threads: Object.fromEntries(t.threads.map((text, i) => [`t${i}`, (mem: Memory) => thread(text, o)(mem)])),
    check: (mem) => {
      for (const v of t.final ?? []) o[v] = mem.get(placeOf(v));
      all.set(JSON.stringify(o), o);
    },
  });
  expect(check(m)).toMatchObject({ complete: true, violation: undefined });
  return [...all.values()];
}

const awake = tests.filter((t) => t.sleeps !== true && !t.name.startsWith("torn 64"));

describe("what is forbidden", () => {
  it.each(awake.map((t) => [t.name, t] as const))("%s: is what no interleaving gives", (_name, t) => {
    const possible = outcomes(t);
    expect(possible.length).toBeGreaterThan(t.name === "CoWW" ? 0 : 1);
    for (const o of possible) expect([o, verdictOf(t, "atomics", o)]).toEqual([o, "allowed"]);
  });

  it.each(tests.map((t) => [t.name, t] as const))("%s: there is such an outcome", (_name, t) => {
    const values = [-7, 0, 1, 2];
    const names = ["r0", "r1", "r2", "r3", ...(t.final ?? [])];
    let some = false;
    for (let k = 0; k < values.length ** names.length && !some; k++)
      some = t.forbidden(Object.fromEntries(names.map((n, i) => [n, values[Math.floor(k / 4 ** i) % 4]!])));
    expect(some).toBe(true);
  });

  it("are 20 and more, with names of their own, and parts that can be read", () => {
    expect(tests.length).toBeGreaterThanOrEqual(20);
    expect(new Set(tests.map((t) => t.name)).size).toBe(tests.length);
    for (const t of tests) for (const m of modesOf(t)) for (const text of t.threads) threadCode(text, m);
    expect(() => threadCode("x=q", "atomics")).toThrow("litmus: x=q is no statement");
    expect(() => threadCode("r0=cas(u,0,1)", "atomics")).toThrow("u is no variable");
  });
});

describe("on real threads", () => {
  const run = async (list: readonly Litmus[]): Promise<Table[]> => {
    const tables: Table[] = [];
    const memory = newMemory(Math.ceil(BYTES / 65536) * 65536);
    const buffer = memory?.buffer ?? new SharedArrayBuffer(BYTES);
    await runTests(list, {
      ...{ worker: LITMUS, memory: memory ?? buffer, buffer, wasm: memory !== undefined, seconds: 0.02 },
      onTable: (_t, table) => void tables.push(table),
    });
    return tables;
  };

  it("nothing is seen that is forbidden, and each run is counted", { timeout: 120_000 }, async () => {
    const tables = await run(tests);
    expect(tables.length).toBeGreaterThanOrEqual(tests.length);
    for (const t of tables) {
      expect(t.outcomes.reduce((n, c) => n + c.count, 0)).toBe(t.runs);
      expect([t.name, t.mode, t.outcomes.filter((c) => c.verdict === "forbidden")]).toEqual([t.name, t.mode, []]);
    }
  });

  it("what is forbidden and happens is found", { timeout: 60_000 }, async () => {
    const mp = tests.find((t) => t.name === "MP")!;
    const wrong: Litmus = { ...mp, forbidden: () => true };
    const tables = await run([wrong]);
    expect(tables.map((t) => [t.mode, [...new Set(t.outcomes.map((c) => c.verdict))]])).toEqual([
      ["atomics", ["forbidden"]],
      ["wasm", ["forbidden"]],
      ["plain", ["weak"]],
    ]);
  });
});
