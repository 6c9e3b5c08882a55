/** Failpoints: that users do not get them, and that the runtime stands, or ends as it should, when they strike. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { globSync } from "tinyglobby";
import { expect, test } from "vitest";
import { parseFaults } from "../../src/stress/faults.js";
import { stress } from "./command.js";

const cwd = fileURLToPath(new URL("../..", import.meta.url));
const texts = (...patterns: string[]): string[] =>
  globSync(patterns, { cwd }).map((file) => readFileSync(`${cwd}/${file}`, "utf8"));
const names = [
  ...new Set(
    texts("src/**/*.ts", "!src/arena/failpoint.ts", "workers/*.ts").flatMap((text) =>
      [...text.matchAll(/\b(?:failpoint|refuse)\("([^"]+)"\)/g)].map((m) => m[1]!),
    ),
  ),
];

test("the runtime that users get has no failpoint, the build for faults has all", () => {
  expect(names.length).toBeGreaterThan(30);
  const shipped = texts("dist/{src,workers,chunks}/**/*.{js,cjs}").join("\n");
  // "execute" alone may stand anywhere.
  const call = (name: string): string => `("${name}")`;
  expect(names.filter((name) => shipped.includes(call(name)))).toEqual([]);
  expect(shipped).not.toMatch(/\b(failpoint|refuse|waitInTurns)\(/);
  const faulty = texts("dist/faults/dist/{workers,chunks}/*.js").join("\n");
  expect(names.filter((name) => !faulty.includes(call(name)))).toEqual([]);
});

test("each failpoint has a name of its own", () => {
  const all = texts("src/**/*.ts", "!src/arena/failpoint.ts", "workers/*.ts")
    .join("\n")
    .match(/\b(failpoint|refuse)\("[^"]+"\)/g)!;
  expect(all.length).toBe(names.length);
});

const given = process.env["GOSCHED_SEED"];
const seed = given === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(given);

test(`delays, CASes that fail and late wake-ups change no result: seed ${seed}`, async () => {
  const r = await stress("--faults", "delay,cas,wake", "--programs", "12", "--seed", String(seed));
  expect(r.stderr).toBe("");
  expect(r.stdout).toMatch(/^ok: [1-9]\d* programs/m);
  expect(r.code).toBe(0);
});

test.each(["kill", "alloc"])(`a run that must end badly ends with its error: %s, seed ${seed}`, async (how) => {
  const r = await stress("--faults", how, "--programs", "4", "--procs", "1,2", "--seed", String(seed));
  expect(r.stderr).toBe("");
  expect(r.stdout).toMatch(/^ok: 4 runs, each ended with its error/m);
  expect(r.code).toBe(0);
});

const victim = `${cwd}/dist/faults/dist/stress/victim.js`;
/** What the process says whose runs end so. */
function ends(...doomed: { seed: number; procs: number; faults: string; open: boolean }[]): {
  stderr: string;
  status: number | null;
} {
  return spawnSync(process.execPath, [victim, JSON.stringify(doomed)], { encoding: "utf8", timeout: 60_000 });
}

/** The host sleeps for that lock and cannot hear of the death; without a limit it slept for ever. */
test("a thread that dies with a lock that the host needs", () => {
  const r = ends({ seed: 2, procs: 1, faults: "kill=M0@130@lock: held", open: true });
  expect(r.stderr).toContain("failpoint: M0 dies at lock: held");
  expect(r.stderr).toMatch(/^ended 0: a thread of the runtime died/m);
  expect(r.status).toBe(0);
});

/** It ends without an error, and no other thread waits for it: only its exit tells. Without sysmon the program ran on, and hung later. */
test("sysmon's thread ends without an error", () => {
  const faults = "kill=sysmon@13@sysmon";
  const r = ends({ seed: 3, procs: 2, faults, open: false }, { seed: 3, procs: 2, faults, open: true });
  expect(r.stderr.match(/^failpoint: sysmon dies at sysmon$/gm)).toHaveLength(2);
  for (const n of [0, 1])
    expect(r.stderr).toMatch(new RegExp(`^ended ${n}: a thread of the runtime died: .*code 1`, "m"));
  // The code is that of the first run, which was a program; null: it hung.
  expect(r.status).toBe(2);
});

test("faults that do not exist are refused with a clear line", () => {
  expect(parseFaults("delay,wake", 7)).toEqual({ harmless: "seed=7,delay=0.01,wake=0.1", deadly: undefined });
  expect(() => parseFaults("delay,kil", 7)).toThrow("there is no kil; use some of delay, cas, wake, or kill or alloc");
  expect(() => parseFaults("kill,delay", 7)).toThrow("--faults kill,delay: kill stands alone");
});
