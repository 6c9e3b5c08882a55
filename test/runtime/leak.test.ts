/** rt.goroutines, rt.dump, leakCheck; runtime.caller and debug. */
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { expectNoLeaks, type GoroutineInfo, leakCheck, LeakError, type Runtime, start } from "gosched";
import { root } from "../conformance/child.js";
import { late, leaky, places } from "./programs/leaks.js";

const file = `${root}test/runtime/programs/leaks.ts`;
const lines = readFileSync(file, "utf8").split("\n");
const line = (mark: string): number => lines.findIndex((l) => l.endsWith(`// @${mark}`)) + 1;
const at = (name: string, mark: string) => ({ name, file, line: line(mark) });

describe.each([
  { procs: 1, compile: true },
  { procs: 2, compile: true },
])("procs $procs", (options) => {
  let rt: Runtime;
  beforeEach(async () => {
    rt = await start({ ...options, arena: 2 ** 26 });
  });
  afterEach(() => rt.close());

  /** All of them wait: those on the other P may be on their way still. */
  const leak = async (): Promise<GoroutineInfo[]> => {
    await rt.go(leaky);
    for (;;) {
      const list = await rt.goroutines();
      if (list.every((g) => !/^run/.test(g.state))) return list;
    }
  };

  it("shows where each goroutine waits, in what, and who started it", async () => {
    const list = await leak();
    expect(list.map(({ name, state, frames }) => ({ name, state, frames }))).toEqual(
      expect.arrayContaining([
        { name: "middle", state: "chan send", frames: [at("sender", "send"), at("middle", "middle")] },
        {
          name: "leaky.func1",
          state: expect.stringMatching(/^semacquire|sync.Mutex.Lock$/),
          frames: [at("leaky.func1", "lock")],
        },
        {
          name: "leaky.func2",
          state: "chan receive",
          frames: [at("leaky.func2.func1", "recv"), at("leaky.func2", "end")],
        },
      ]),
    );
    expect(list.length).toBe(3);
    expect(list.find((g) => g.name === "middle")!.createdBy).toEqual(at("leaky", "go"));
    expect(await rt.dump()).toContain(
      `[chan send]:\nsender(...)\n\t${file}:${line("send")}\nmiddle(...)\n\t${file}:${line("middle")}\ncreated by leaky\n\t${file}:${line("go")}`,
    );
  });

  it("a leak fails the check, with all that dumps show", async () => {
    const e = (await leakCheck(rt, leak, { grace: 20 }).catch((x: unknown) => x)) as LeakError;
    expect(e).toBeInstanceOf(LeakError);
    expect(e.goroutines.length).toBe(3);
    expect(e.message).toContain("3 goroutines outlived the test:\n\ngoroutine ");
    expect(e.message).toContain(`[chan receive]:\nleaky.func2.func1(...)\n\t${file}:${line("recv")}`);
    // They were there before the next test began.
    await leakCheck(rt, () => rt.go(late));
    const names = ["middle", "leaky.func1"];
    await expect(expectNoLeaks(rt, { grace: 0, ignore: names })).rejects.toThrow("1 goroutine outlived the test:");
    await expectNoLeaks(rt, { ignore: (g) => g.name !== "x" });
  });

  it("waits for what is about to end; the failure of the test itself comes first", async () => {
    await leakCheck(rt, () => rt.go(late), { grace: 20_000 });
    await expect(leakCheck(rt, () => rt.go(leaky).then(() => Promise.reject(new Error("own"))))).rejects.toThrow("own");
  });

  it("refuses what is no time", async () => {
    await expect(expectNoLeaks(rt, { grace: -1 })).rejects.toThrow("expectNoLeaks: grace is -1; use milliseconds");
  });

  it("runtime.caller, runtime.callers and debug.stack name the user's lines, across suspensions", async () => {
    const r = await rt.go(places);
    const outer = at("places", "call");
    expect(r.before).toEqual([at("where", "before"), outer]);
    expect(r.after).toEqual([at("where", "after"), outer]);
    expect(r.closure).toMatchObject({ file, line: line("closure") });
    expect(r.beyond).toBeUndefined();
    expect(r.stack).toMatch(/^goroutine \d+ \[running\]:\nwhere\(\.\.\.\)\n\t.*leaks\.ts:\d+\nplaces\(\.\.\.\)\n/);
  });
});
