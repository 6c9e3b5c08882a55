/** `gosched check` and `gosched litmus`, as a user runs them: what they write, and what they refuse before anything runs. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "gosched-check-"));
afterAll(() => rmSync(directory, { recursive: true }));

function gosched(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ["dist/src/cli/main.js", ...args], {
    cwd: root,
    encoding: "utf8",
    timeout: 60_000,
  });
}

const SMALL = "runqput, runqget of 2 and a thief";

describe("gosched check", { timeout: 120_000 }, () => {
  it("writes what it found", () => {
    const file = join(directory, "r.json");
    const ended = gosched("check", SMALL, "--json", file);
    expect(ended.status).toBe(0);
    expect(ended.stdout).toMatch(/^complete .*\n1 models, 0 with a violation$/m);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({
      models: [{ name: SMALL, executions: 42, states: 113, complete: true, limit: null, violation: null }],
      mutants: [],
    });
    expect(gosched("check", "--mutants", "lock tests and sets in two steps", "--json", file).status).toBe(0);
    expect(JSON.parse(readFileSync(file, "utf8")).mutants).toEqual([
      { name: "Mutex: lock tests and sets in two steps", killedBy: expect.stringContaining("Mutex") },
    ]);
  });

  it("a whole name is that model alone, a part of one all that have it", () => {
    const name = "runqput, runqget of 3 and a thief";
    const all = gosched("check", "--list", name).stdout.trimEnd().split("\n");
    expect(all.length).toBeGreaterThan(1);
    const one = all[0]!.replace(/: [^:]*$/, "");
    expect(gosched("check", "--list", one).stdout).toBe(`${all[0]}\n`);
  });

  it.each([
    [["check", "nosuch"], /no model is called nosuch; there are: runqput/],
    [["check", "--mutants", "nosuch"], /no seeded bug is called nosuch; there are: /],
    [["check", "--list", "nosuch"], /no model or seeded bug is called nosuch; there are: /],
    [
      ["check", "runq", "--replay", "0x3"],
      /--replay: a schedule is of one model, and \d+ are asked for; give its whole name/,
    ],
    [["check", SMALL, "--replay", "9x9"], /replay: there is no thread 9; model runqput.* has .*, from 0/],
    [["check", SMALL, "--replay", "x"], /replay: x is not a step/],
    [["check", SMALL, "--json", directory], /--json: .* is a directory/],
    [["check", SMALL, "--json", join(directory, "no", "x.json")], /--json: cannot write .*ENOENT/],
    [["litmus", "SB", "--json", join(directory, "no", "x.json")], /--json: cannot write .*ENOENT/],
    [["litmus", "nosuch"], /no litmus test is called nosuch; there are: SB/],
  ])("%j is refused in one line, and nothing runs", (args, message) => {
    const ended = gosched(...args);
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr).toMatch(/^gosched: [^\n]*\n$/);
    expect(ended.stdout).toBe("");
    expect(ended.status).toBe(1);
  });
});
