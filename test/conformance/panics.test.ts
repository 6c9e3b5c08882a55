/** Panics and fatal errors: Go's texts, exit code 2, and the frames of the goroutine in the user's names, files and lines. */
import { describe, expect, it } from "vitest";
import { at, blocks, cli } from "./child.js";

const frame = (f: string, mark = f): string[] => [`${f}(...)`, `\t${at("panics.ts", mark)}`];

describe("reports", () => {
  const run = async (...args: string[]): Promise<string[][]> => {
    // Those of several goroutines on two threads.
    const r = await cli("panics.ts", args, { procs: /^(spawned|blocked|inPlace)/.test(args[0]!) ? 2 : 1 });
    expect(r.code).toBe(2);
    expect(r.stdout).toBe(args[0] === "unlock" ? "finally\n" : "");
    return blocks(r.stderr);
  };

  it.each([
    // qa T13, articles E09, notes D08
    ["sendClosed", "panic: send on closed channel"],
    ["trySendClosed", "panic: send on closed channel"],
    ["closeClosed", "panic: close of closed channel"],
    ["makechan", "panic: makechan: size out of range"],
    ["waitGroup", "panic: sync: negative WaitGroup counter"],
    ["unlock", "fatal error: sync: unlock of unlocked mutex"],
    // qa T33, notes D07
    ["nilFunc", "fatal error: go of nil func value"],
    ["main", "panic: TypeError: in main"],
    ["notPortable", expect.stringMatching(/^panic: TypeError: Symbol\(secret\) cannot cross threads/)],
  ])("%s: %s", async (name, text) => {
    expect(await run(name)).toEqual([
      [text],
      ["goroutine 1 [running]:", ...frame(name), "main(...)", `\t${at("panics.ts", "run")}`],
    ]);
  });

  it("a sender that was blocked before the close panics itself", async () => {
    const [head, g] = await run("blockedSender");
    expect(head).toEqual(["panic: send on closed channel"]);
    expect(g!.slice(1, 4)).toEqual([...frame("blocked"), "created by blockedSender"]);
  });

  it("an exception deep inside, after suspensions: all the frames that it passed", async () => {
    const [head, g] = await run("spawned");
    expect(head).toEqual(["panic: RangeError: too far"]);
    const recursion = frame("inner", "recursion");
    expect(g!.slice(1, 10)).toEqual([
      ...frame("inner"),
      ...recursion,
      ...recursion,
      ...frame("outer"),
      "created by spawned",
    ]);
  });

  it("an exception in a goroutine that was written in place", async () => {
    const [head, g] = await run("inPlace");
    expect(head).toEqual(["panic: in place"]);
    expect(g!.slice(1, 3)).toEqual(frame("inPlace.func1", "inPlace"));
  });
});

describe("what is thrown need not be an Error", () => {
  it.each([
    ["string", "panic: a string"],
    ["null", "panic: null"],
    ["object", "panic: { code: 7 }"],
    ["bare", "panic: [Object: null prototype] {}"],
    ["function", "panic: [Function: cannotBeCloned]"],
    ["named", "panic: RangeError: named"],
  ])("%s", async (name, text) => {
    const r = await cli("panics.ts", ["throw", name], { procs: 2 });
    expect(blocks(r.stderr)[0]).toEqual([text]);
    expect(blocks(r.stderr)[1]![0]).toMatch(/^goroutine \d+ \[running\]:$/);
    expect(r.code).toBe(2);
  });
});

describe("limits", () => {
  it("endless recursion: Go's stack overflow", async () => {
    const r = await cli("panics.ts", ["stackOverflow"], { procs: 1 });
    const [head, g, ...others] = blocks(r.stderr);
    expect(head).toEqual(["runtime: goroutine stack exceeds 250000000-byte limit", "fatal error: stack overflow"]);
    expect(g!.slice(0, 2)).toEqual(["goroutine 1 [running]:", "endless(...)"]);
    expect(g!.length).toBeLessThan(250);
    expect(others).toEqual([]);
    expect(r.code).toBe(2);
  });

  it("the arena is full: a fatal error that nobody can catch", async () => {
    const r = await cli("panics.ts", ["outOfMemory"], { procs: 2, flags: ["--arena", "32"] });
    const [head, g] = blocks(r.stderr);
    expect(head).toEqual([
      expect.stringMatching(/^runtime: out of memory: cannot allocate \d+-byte block \(\d+ in use\)$/),
      "fatal error: out of memory",
    ]);
    expect(g!.slice(1, 3)).toEqual(frame("outOfMemory"));
    expect(r.stdout).toBe("");
    expect(r.code).toBe(2);
  });
});

it("what can be caught is caught, with Go's text or the name of what cannot cross threads", async () => {
  const r = await cli("panics.ts", ["caught"], { procs: 2 });
  const cross = (what: string) =>
    expect.stringMatching(`: TypeError: ${what} cannot cross threads \\(.+\\); send structured`);
  const notGo = (what: string) =>
    expect.stringContaining(`TypeError: go: ${what} is not a goroutine function; define it`);
  expect(r.stdout.trimEnd().split("\n")).toEqual([
    "close: GoPanic: close of closed channel",
    "trySend: GoPanic: send on closed channel",
    "makechan: GoPanic: makechan: size out of range",
    "WaitGroup: GoPanic: sync: negative WaitGroup counter",
    cross("function \\(anonymous\\)"),
    cross("Symbol\\(secret\\)"),
    cross("a value of type WeakMap"),
    cross("a value of type Object"),
    cross("a value of type \\w+"),
    notGo("function plain"),
    notGo("1"),
    cross("function \\(anonymous\\)"),
    cross("Symbol\\(s\\)"),
    cross("a value of type WeakMap"),
    cross("a value of type Promise"),
    "still here",
  ]);
  expect(r.stderr).toBe("");
  expect(r.code).toBe(0);
});
