/** The programs of the references about sync, with Go's outputs: at 1 and 2 procs, compiled and not. */
import { beforeAll, describe, expect, it } from "vitest";
import { blocks, cli, sections } from "./child.js";

const modes = [
  { procs: 1, compile: true },
  { procs: 2, compile: true },
  { procs: 2, compile: false },
];

describe.each(modes)("sync, procs $procs, compiled: $compile", ({ procs, compile }) => {
  let printed: Map<string, string[]>;
  beforeAll(async () => {
    const r = await cli("sync.ts", [], { procs, flags: compile ? ["--slice", "10000"] : ["--no-compile"] });
    expect({ code: r.code, stderr: r.stderr }).toEqual({ code: 0, stderr: "" });
    printed = sections(r.stdout);
  });
  const run = (name: string): string[] => printed.get(name)!;

  it("qa T32, notes T14, notes T13: no update is lost under a mutex", () => {
    expect(run("counts")).toEqual(["T32: 10000", "T14: 50000", "T13: 10100"]);
  });

  it("articles E33: of those that wait for a mutex the first one in the queue gets it, the others stay", () => {
    const lines = run("e33");
    const queued = lines.slice(2, 5).map((l) => Number(l.replace("begin lock ", "")));
    if (procs === 1) expect(queued).toEqual([3, 1, 2]);
    else expect([...queued].sort()).toEqual([1, 2, 3]);
    expect([...lines.slice(0, 2), lines[5]]).toEqual(["begin lock", "get locked", "Unlock the lock"]);
    // With two Ps the winner may print before the unlocker does, and two lockers print in another order than they queue.
    const last = lines.slice(6);
    if (procs === 1) expect(last).toEqual(["get unlocked", `get locked  ${queued[0]}`]);
    else expect([...last].sort()).toEqual([expect.stringMatching(/^get locked {2}[123]$/), "get unlocked"]);
  });

  it("articles E35: a writer gets in when the five readers that were there have left", () => {
    const lines = run("e35");
    const at = (l: string): number => lines.indexOf(l);
    const write = at("try to lock for writing");
    for (let i = 0; i < 5; i++) {
      expect(at(`get locked ${i}`)).toBeLessThan(write);
      expect(at(`try to unlock ${i}`)).toBeGreaterThan(write);
    }
    expect(lines.filter((l) => l.startsWith("unlocked"))).toHaveLength(5);
    expect(lines.filter((l) => l === "locked for writing")).toHaveLength(1);
    if (procs > 1) return;
    expect(lines.slice(0, 10).filter((l) => l.startsWith("get"))).toEqual(
      [4, 0, 1, 2, 3].map((i) => `get locked ${i}`),
    );
    expect(lines.slice(-2)).toEqual(["unlocked 0", "locked for writing"]);
  });

  it("articles E46: with one P the goroutine that was started last runs first", () => {
    const lines = run("e46");
    if (procs > 1) lines.sort().reverse();
    expect(lines).toEqual(["Goroutine 2", "Goroutine 1"]);
  });

  it("Once: one of a thousand runs it, the others wait; a panic and a Goexit count as done", () => {
    expect(run("onces")).toEqual([
      "once under 1000: 1",
      "once: RangeError: in the function",
      "a panic counts as done",
      "Goexit counts as done",
      "a closure: 42",
      "TypeError: once.do: the first argument is not a goroutine function",
    ]);
  });

  it("misuse: Go's texts, or a clear one where Go has none", () => {
    const lines = run("misuse");
    expect(lines.slice(0, -1)).toEqual([
      "done at 0: GoPanic: sync: negative WaitGroup counter",
      "add(-1) at 0: GoPanic: sync: negative WaitGroup counter",
      "release of a free semaphore: GoPanic: semaphore: released more than held",
      "acquire more than there is: RangeError: sem.acquire(4): the semaphore's size is 3, so this would wait for ever",
      "a negative semaphore: RangeError: new Semaphore(-1): use an integer from 0 to 2^53 - 1",
      "a barrier for nobody: RangeError: new Barrier(0): use an integer from 1 to 2^30",
      "a Cond of a plain object: TypeError: new Cond: the lock must be a Mutex, an RWMutex, or what rw.rLocker() returns",
      "a Cond of a number: TypeError: new Cond: the lock must be a Mutex, an RWMutex, or what rw.rLocker() returns",
      "a Mutex with a number: TypeError: new Mutex: takes no arguments",
      "an Int32 with a number: TypeError: new atomic.Int32: takes no arguments",
      "false",
      "a Semaphore with two numbers: nothing",
      "a channel by new: TypeError: new Chan: a Chan is not made by new; use the function that returns one",
    ]);
    // With two threads the waiter may run, and return, in between.
    if (procs === 1 || lines.at(-1) !== "reuse: not noticed")
      expect(lines.at(-1)).toBe("reuse: GoPanic: sync: WaitGroup is reused before previous Wait has returned");
  });

  it("nobody starves: 100 turns beside a hog, among readers, among writers, who have 5000 times as many at most", () => {
    expect(run("fair")).toEqual(["a hog: true", "a writer among readers: true", "a reader among writers: true"]);
  });

  it("sent alone or inside of data they stay the same lock, locked or not", () => {
    expect(run("references")).toEqual(["same: 8 true true false", "unlocked: true true"]);
  });
});

describe("nobody is left to wake who waits", () => {
  it.concurrent.each([
    ["mutex", "semacquire"],
    ["readThenWrite", "semacquire"],
    ["writeThenRead", "semacquire"],
    ["waitGroup", "semacquire"],
    ["once", "semacquire"],
    ["cond", "sync.Cond.Wait"],
    ["semaphore", "semacquire"],
    ["barrier", "semacquire"],
  ])("%s: Go's deadlock report, [%s]", async (name, reason) => {
    const r = await cli("sync.ts", ["blocked", name], { procs: 2 });
    const [head, g] = blocks(r.stderr);
    expect(head).toEqual(["fatal error: all goroutines are asleep - deadlock!"]);
    expect(g![0]).toBe(`goroutine 1 [${reason}]:`);
    expect(r.code).toBe(2);
  });
});

describe("fatal errors, which nobody can catch (articles E34, notes D14, qa T31)", () => {
  it.concurrent.each([
    ["unlock", "sync: unlock of unlocked mutex", "get locked\nlock is unlocked\n"],
    ["rwUnlock", "sync: Unlock of unlocked RWMutex", ""],
    ["rUnlock", "sync: RUnlock of unlocked RWMutex", ""],
    ["rUnlockOfWriter", "sync: RUnlock of unlocked RWMutex", ""],
    ["condWait", "sync: unlock of unlocked mutex", ""],
  ])("%s: %s", async (name, text, stdout) => {
    const r = await cli("sync.ts", ["fatal", name], { procs: 1 });
    expect(blocks(r.stderr)[0]).toEqual([`fatal error: ${text}`]);
    expect(blocks(r.stderr)[1]![0]).toBe("goroutine 1 [running]:");
    expect({ code: r.code, stdout: r.stdout }).toEqual({ code: 2, stdout });
  });
});
