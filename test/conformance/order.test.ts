/** Go's order of execution, exact where Go's queues fix it: creation, runnext, overflow, the global queue, hand-off. */
import { describe, expect, it } from "vitest";
import { blocks, cli } from "./child.js";
import { orderOnOneP } from "./rules.js";

/** Nobody is interrupted because the machine is slow: a preempted goroutine goes to the end of the global queue. */
const oneP = { procs: 1, flags: ["--slice", "10000"] };

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const numbers = (stdout: string): number[] => stdout.split(";").slice(0, -1).map(Number);

/** The list that the document prints for T03, Linux. */
const T03 = [258, ...range(129, 188), 1, ...range(189, 248), 2, ...range(249, 256), ...range(3, 128), 257];

it("qa T08: eleven goroutines on four Ps, in any order", async () => {
  const r = await cli("order.ts", ["t08"], { procs: 4 });
  expect(r.stdout.trimEnd().split("\n").map(Number).sort((a, b) => a - b)).toEqual(range(0, 10)); // prettier-ignore
  expect(r.code).toBe(0);
});

it("qa T09: GOMAXPROCS=512, also from the environment", async () => {
  const r = await cli("order.ts", ["t09"], { env: { GOMAXPROCS: "512" } });
  expect(r).toMatchObject({ code: 0, stdout: "512\n", stderr: "" });
});

describe("the order of goroutines on one P", () => {
  it("qa T01, qa T17: the last one first, then in order, then the deadlock report", async () => {
    const r = await cli("order.ts", ["t01"], oneP);
    expect(r.stdout).toBe([9, 0, 1, 2, 3, 4, 5, 6, 7, 8].map((i) => `A:  ${i}\n`).join(""));
    const [head, main, ...others] = blocks(r.stderr);
    expect(head).toEqual(["fatal error: all goroutines are asleep - deadlock!"]);
    expect(main![0]).toBe("goroutine 1 [chan receive]:");
    expect(main!.slice(1, 3)).toEqual(["t01(...)", expect.stringMatching(/^\torder\.ts:\d+$/)]);
    expect(others).toEqual([]);
    expect(r.code).toBe(2);
  });

  /**
   * The catalogue: only with empty queues and schedtick = 1 (mod 61) when main blocks is the document's list
   * reproduced. Ours is in that state by itself: main is the first goroutine of its P, and nothing else was queued.
   */
  it("qa T03: 258 goroutines run in the order that the document prints", async () => {
    const r = await cli("order.ts", ["t03"], oneP);
    expect(numbers(r.stdout)).toEqual(T03);
    expect(r.code).toBe(2);
  });

  it("qa T03: the model of the rules gives the document's list for that phase and for no other", () => {
    const phases = range(0, 60).filter((tick) => orderOnOneP(258, tick).every((g, i) => g + 1 === T03[i]));
    expect(phases).toEqual([1]);
  });

  it("notes D02: 300 goroutines, against the model", async () => {
    const r = await cli("order.ts", ["d02"], oneP);
    const order = numbers(r.stdout);
    expect(order).toEqual(orderOnOneP(300, 1));
    expect([order[0], order.indexOf(0), order.indexOf(1)]).toEqual([299, 61, 122]);
  });

  it("notes D01, notes D03, notes D04, notes D20, articles E01, articles E05, articles E32, articles E33, articles E37, articles E46, qa T15, qa T29, qa T30: hand-off, runnext, first come first served", async () => {
    const r = await cli("order.ts", ["quiet"], oneP);
    expect(r.stderr).toBe("");
    expect(r.stdout.trimEnd().split("\n")).toEqual([
      ...[9, 0, 1, 2, 3, 4, 5, 6, 7, 8].map((i) => `d01 ${i}`),
      ..."d03 recv 1,d03 A0,d03 B0".split(","),
      ..."r0 s0 s1 r1 r2 s2 s3 r3 r4 s4".split(" "),
      ..."d20 r3=c,d20 r1=a,d20 r2=b".split(","),
      ..."d20b full 2 2,d20b x 2,d20b y 1,d20b z 0,d20b z sent".split(","),
      "e01 B received the data 3",
      ...range(1, 5).map((i) => `Get element from chan: ${i}`),
      ..."begin lock,get locked,begin lock  3,begin lock  1,begin lock  2".split(","),
      ..."Unlock the lock,get unlocked,get locked  3".split(","),
      ..."Goroutine 2,Goroutine 1,e46 waited".split(","),
      ..."t15 1,t15 2,t15 turns 4,t29 len 0,t29 got 1,t30 {},t30 false".split(","),
      ...[3, 2, 1, 0].map((i) => `closed ${i}: undefined`),
      "e32 1",
      ...range(0, 4).flatMap((i) => ["send", `result ${i}`]),
      ...range(5, 9).flatMap((i) => ["receive", "send", `result ${i}`]),
    ]);
    expect(r.code).toBe(0);
  });
});
