/** Deadlocks: Go's texts, exit code 2, and a line for each goroutine with its reason and its place in the user's source. */
import { describe, expect, it } from "vitest";
import { at, blocks, cli } from "./child.js";

const FATAL = "fatal error: all goroutines are asleep - deadlock!";
const place = (name: string, offset = 0): string => `\t${at("deadlock.ts", name, offset)}`;

describe("a deadlock of main alone (qa T10, qa T11, qa T12, articles E06, articles E07, articles E08, notes D06)", () => {
  it.each([
    ["send", "chan send"],
    ["sendString", "chan send"],
    ["recv", "chan receive"],
    ["sendFull", "chan send"],
    ["recvNil", "chan receive (nil chan)"],
    ["sendNil", "chan send (nil chan)"],
    ["selectNothing", "select (no cases)"],
    ["selectBoth", "select"],
    ["selectNils", "select"],
    ["selectNil", "chan receive (nil chan)"],
    ["selectOne", "chan send"],
    ["waitGroup", "semacquire"],
    ["mutex", "semacquire"],
    ["unwound", "chan receive"],
  ])("%s [%s]", async (name, reason) => {
    const r = await cli("deadlock.ts", [name], { procs: 1 });
    expect(r.stdout).toBe("");
    expect(blocks(r.stderr)).toEqual([
      [FATAL],
      [`goroutine 1 [${reason}]:`, `${name}(...)`, place(name), "main(...)", place("run")],
    ]);
    expect(r.code).toBe(2);
  });
});

describe.each([1, 2])("deadlocks of several goroutines, procs %i", (procs) => {
  it("each has its own block: reason, frames with file and line, who created it", async () => {
    const r = await cli("deadlock.ts", ["many"], { procs });
    const [head, main, ...others] = blocks(r.stderr);
    expect(head).toEqual([FATAL]);
    expect(main).toEqual(["goroutine 1 [semacquire]:", "many(...)", place("many"), "main(...)", place("run")]);
    // Those written in place: the go statement is the line above.
    const func = (n: number): string[] => [
      `many.func${n}(...)`,
      place(`func${n}`),
      "created by many",
      place(`func${n}`, -1),
    ];
    expect(others.map(([h, ...rest]) => [/\[(.*)\]:$/.exec(h!)![1], ...rest])).toEqual([
      [
        "chan receive",
        "leaf(...)",
        place("leaf"),
        "middle(...)",
        place("middle"),
        "created by many",
        place("goMiddle"),
      ],
      ["chan send", ...func(1)],
      ["semacquire", ...func(2)],
      ["chan send (nil chan)", ...func(3)],
      ["chan receive, locked to thread", "locked(...)", place("locked"), "created by many", place("goLocked")],
    ]);
    const ids = [main!, ...others].map((b) => Number(/^goroutine (\d+) /.exec(b[0]!)![1]));
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    expect(r.code).toBe(2);
  });

  it("a ring of a hundred", async () => {
    const r = await cli("deadlock.ts", ["ring"], { procs });
    const [head, ...all] = blocks(r.stderr);
    expect(head).toEqual([FATAL]);
    expect(all.map((b) => b[0]).filter((h) => /^goroutine \d+ \[chan receive\]:$/.test(h!))).toHaveLength(101);
    expect(r.code).toBe(2);
  });

  it("main that called goexit is no deadlock while others run, and one afterwards", async () => {
    const [alone, others, asleep] = await Promise.all(
      ["goexitAlone", "goexitOthers", "goexit"].map((name) => cli("deadlock.ts", [name], { procs })),
    );
    const none = "fatal error: no goroutines (main called runtime.Goexit) - deadlock!";
    expect([alone!.code, others!.code, asleep!.code]).toEqual([2, 2, 2]);
    expect(blocks(alone!.stderr)).toEqual([[none]]);
    expect(others!.stdout).toBe("the other one is done\n");
    expect(blocks(others!.stderr)).toEqual([[none]]);
    // The finally block ran, the catch clause saw nothing.
    expect(asleep!.stdout).toBe("finally\n");
    expect(blocks(asleep!.stderr).map((b) => b[0])).toEqual([
      FATAL,
      expect.stringMatching(/^goroutine \d+ \[chan rec/),
    ]);
  });
});
