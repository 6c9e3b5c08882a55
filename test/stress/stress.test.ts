/** A short session of the stress test, and that it notices what is wrong. All of it runs the build, in processes of its own. */
import { expect, test } from "vitest";
import { generate, narrow, sabotage, sabotages } from "../../src/stress/generate.js";
import { Random, seedOf } from "../../src/stress/random.js";
import { scenarios } from "../../src/stress/scenarios/index.js";
import { KINDS, make, numberOf } from "../../src/stress/values.js";
import { stress } from "./command.js";
import { verdict } from "../../src/stress/program.js";

const given = process.env["GOSCHED_SEED"];
const seed = given === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(given);

test(`random programs at 1, 2, 4 and 8 procs: seed ${seed} (GOSCHED_SEED=${seed} runs them again)`, async () => {
  const r = await stress("--programs", "20", "--seed", String(seed), "--patience", "40");
  expect(r.stderr).toBe("");
  expect(r.stdout).toContain(`stress: seed ${seed}\n`);
  expect(r.stdout).toMatch(/^ok: [1-9]\d* programs, [1-9]\d* goroutines counted once each, [1-9]\d* times resumed/m);
  expect(r.code).toBe(0);
});

/** The first seed whose programs have all scenarios among them. */
function complete(programs: number): number {
  for (let s = 1; ; s++) {
    const kinds = new Set<string>();
    for (let k = 0; k < programs; k++) for (const scene of generate(seedOf(s, k)).scenes) kinds.add(scene.kind);
    if (kinds.size === scenarios.length) return s;
  }
}

test.each<[string, ...string[]]>([
  ["compiled", "--programs", "40"],
  // One scenario less, so the same seeds mean other programs.
  ["uncompiled", "--programs", "15", "--no-compile"],
  // A locked queue, records of goroutines, a heap, arrays that grow, blocks: all that a policy may keep in the arena.
  ...["global-fifo", "mlfq", "edf", "chase-lev", "bwos"].map((policy): [string, ...string[]] => [
    `under ${policy}`,
    ...["--programs", "5", "--policy", policy],
  ]),
])("each scenario, or some: %s", async (_, ...flags) => {
  const r = await stress("--seed", String(complete(40)), "--procs", "2", "--patience", "40", ...flags);
  expect(r.stderr).toBe("");
  expect(r.code).toBe(0);
});

test.each([
  ["count", /goroutine \d+ of sabotage ended 0 times/],
  ["twice", /goroutine \d+ of sabotage ended 2 times/],
  ["value", /stress: sabotage: a wrong value/],
  ["lost", /Hang: the program is not done after \d+ s[^]*: waiting \[chan receive\][^]*goroutines: 2 alive/],
] as const)("a program that is described wrongly is noticed: %s", async (how, message) => {
  const args = ["--sabotage", how, "--seed", "7", "cycle", "churn", "--procs", "2"];
  const patience = ["--patience", how === "lost" ? "4" : "40"];
  const r = await stress(...args, ...patience, "--programs", "1");
  expect(r.stderr).toMatch(message);
  expect(r.stderr).toContain("seed 7 procs 2: ");
  // A hang is not tried again.
  const smaller = /^smaller: .* --seed 7 --procs 2 --sabotage \w+ --scenes \d+ --programs 1/m;
  if (how !== "lost") expect(r.stderr).toMatch(smaller);
  expect(r.code).toBe(1);
});

test("a wrong option is one clear line", async () => {
  const r = await stress("--procs", "0");
  expect(r.stderr.split("\n")[0]).toBe("gosched: --procs 0: use an integer from 1 to 1024");
  expect(r.code).toBe(1);
  const p = await stress("--policy", "none-such");
  expect(p.stderr).toMatch(/^gosched: policy: there is no none-such/);
});

test("a seed means one program, and numbers its goroutines without gaps", () => {
  for (let k = 0; k < 200; k++) {
    const p = generate(seedOf(5, k));
    expect(generate(p.seed)).toEqual(p);
    let next = 0;
    for (const s of p.scenes) {
      expect(s.base).toBe(next);
      next += s.count;
    }
    expect(p.total).toBe(next);
  }
  expect(seedOf(5, 0)).toBe(5);
  expect(new Set(Array.from({ length: 1000 }, (_, k) => seedOf(5, k))).size).toBe(1000);
});

test("a program with fewer scenes numbers its goroutines without gaps", () => {
  const p = generate(
    seedOf(
      5,
      [...Array(50).keys()].find((k) => generate(seedOf(5, k)).scenes.length > 2)!,
    ),
  );
  const q = narrow(p, [2, 0]);
  expect(q.scenes.map((s) => s.kind)).toEqual([p.scenes[2]!.kind, p.scenes[0]!.kind]);
  expect(q.scenes.map((s) => s.base)).toEqual([0, q.scenes[0]!.count]);
  expect(q.total).toBe(q.scenes[0]!.count + q.scenes[1]!.count);
  expect(() => narrow(p, [99])).toThrow("--scenes 99: the program has the scenes 0 to");
});

test("each way to describe a program wrongly changes the description", () => {
  const p = generate(9);
  for (const how of sabotages) expect(sabotage(p, how).total).toBe(p.total + 1);
});

test("the verdict sees a goroutine that is missing, and one that ran twice", () => {
  const p = generate(11);
  const counts = new Int32Array(p.total).fill(1);
  expect(verdict(counts, p)).toBeUndefined();
  counts[p.total - 1] = 2;
  expect(verdict(counts, p)).toContain("2 times");
  counts[p.total - 1] = 0;
  expect(verdict(counts, p)).toContain("0 times");
});

test("values of all kinds are told from each other and from damaged ones", () => {
  const r = new Random(1);
  for (let kind = 0; kind < KINDS; kind++)
    for (const i of [0, 1, 2, 99, 100, 1001, r.below(1e6)]) {
      expect(numberOf(kind, make(kind, i))).toBe(i);
      for (let other = 0; other < KINDS; other++)
        if (other !== kind) expect(() => expect(numberOf(other, make(kind, i))).toBe(i)).toThrow();
    }
  expect(() => numberOf(6, { n: 1, text: "t2", list: [1, 2, null] })).toThrow("a damaged value");
  expect(() => numberOf(0, undefined)).toThrow("a damaged value");
});
