/** The state file: what is done stays done, whatever happens to the process. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Trial } from "../../src/lab/spec.js";
import { type Head, State } from "../../src/lab/state.js";

const head: Head = { plan: "abc", seed: 7, unitsPerUs: 700, begun: "1970-01-01T00:00:00.000Z" };
const trial = (ns: number): Trial => ({ ns, ops: 1 }) as Trial;
let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "gosched-lab-"));
  file = join(directory, "state.jsonl");
});
afterEach(() => rmSync(directory, { recursive: true }));

describe("the state of a sweep", () => {
  it("goes on where it was: complete rounds, capacities and the first seed", () => {
    const first = State.open(file, head, 2, false);
    first.putGap("serve/procs=2", 0.25);
    first.put("serve/procs=2", 0, 0, { trial: trial(1) });
    first.put("serve/procs=2", 1, 0, { error: "no" });

    const second = State.open(file, { ...head, seed: 8, unitsPerUs: 1 }, 2, false);
    expect(second.resumed).toBe(2);
    expect(second.head).toMatchObject({ seed: 7, unitsPerUs: 700 });
    expect(second.gap("serve/procs=2")).toBe(0.25);
    expect(second.result("serve/procs=2", 0, 0)).toEqual({ trial: trial(1) });
    expect(second.result("serve/procs=2", 1, 0)).toEqual({ error: "no" });
  });

  it("measures a round again that was cut in two, and keeps the later result", () => {
    const first = State.open(file, head, 2, false);
    first.put("x", 0, 0, { trial: trial(1) });
    const second = State.open(file, head, 2, false);
    expect(second.resumed).toBe(0);
    second.put("x", 0, 0, { trial: trial(2) });
    second.put("x", 1, 0, { trial: trial(3) });
    const third = State.open(file, head, 2, false);
    expect(third.resumed).toBe(2);
    expect(third.result("x", 0, 0)).toEqual({ trial: trial(2) });
  });

  it("begins anew for another plan, and when it is told to", () => {
    State.open(file, head, 1, false).put("x", 0, 0, { trial: trial(1) });
    expect(State.open(file, head, 1, true).resumed).toBe(0);
    State.open(file, head, 1, false).put("x", 0, 0, { trial: trial(1) });
    expect(State.open(file, { ...head, plan: "other" }, 1, false).resumed).toBe(0);
    expect(readFileSync(file, "utf8").split("\n")).toHaveLength(2);
  });

  it("survives a line that was cut off, and a file that is none of ours", () => {
    State.open(file, head, 1, false).put("x", 0, 0, { trial: trial(1) });
    appendFileSync(file, '{"kind":"result","cell":"x","si');
    expect(State.open(file, head, 1, false).resumed).toBe(1);
    writeFileSync(file, "hello\n");
    expect(State.open(file, head, 1, false).resumed).toBe(0);
  });

  it("says where it cannot write", () => {
    expect(() => State.open(join(directory, "no", "x"), head, 1, false)).toThrow(
      /^cannot write the state of the sweep: ENOENT.*--state$/,
    );
  });
});
