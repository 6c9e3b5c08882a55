/** The loop itself, on one P: goroutines written in the compiled form run on this thread, and the order is exact. */
import { describe, expect, test } from "vitest";
import { I } from "../../src/arena/arena.js";
import { FLAG_OPEN, H_STATE, P_SCHEDTICK, STATE_STOPPING } from "../../src/arena/layout.js";
import { globrunqput } from "../../src/sched/globrunq.js";
import { allm } from "../../src/sched/m.js";
import { allp } from "../../src/sched/p.js";
import { newproc, newproc1, schedule } from "../../src/sched/proc.js";
import { runqput } from "../../src/sched/runq.js";
import { type Compiled, type FuncObject, register } from "../../src/stack/funcs.js";
import { START } from "../../src/stack/native.js";
import { base } from "../../src/stack/stack.js";
import { decode } from "../../src/arena/value.js";
import { world } from "./world.js";
import { preempt } from "../../src/stack/guard.js";

function func(name: string, f: (g: number, n: number) => unknown): FuncObject {
  const body: Compiled = (g, fp, pc) => {
    if (pc !== START) throw new Error("resumed");
    return f(g, decode(base(g) + fp + 1) as number);
  };
  const id = register(`test:${name}`, name, body, { params: 1, rest: false, file: "", lines: [] });
  return { $id: id << 12, $c: body, $key: `test:${name}`, $file: "", $name: name } as unknown as FuncObject;
}
const stop = (): void => {
  I[H_STATE] = STATE_STOPPING;
};

/** Runs `main`, which starts `count` goroutines that report, behind `silent` others in the global queue; the order of the reports. */
function order(tick: number, count: number, main: (leaf: FuncObject) => void, silent = 0): number[] {
  world(1, { flags: FLAG_OPEN });
  const reports: number[] = [];
  const leaf = func("leaf", (_g, n) => {
    reports.push(n);
    if (reports.length === count) stop();
  });
  I[allp(0) + P_SCHEDTICK] = tick;
  const mute = func("mute", () => {});
  for (let i = 0; i < silent; i++) globrunqput(newproc1(allp(0), mute, [i]));
  const m = func("main", () => main(leaf));
  runqput(allp(0), newproc1(allp(0), m, [0]), true);
  schedule();
  return reports;
}
const range = (a: number, b: number): number[] => Array.from({ length: b - a + 1 }, (_, i) => a + i);

test("ten goroutines: the last one first, then in order (qa T01)", () => {
  const got = order(1, 10, (leaf) => {
    for (let i = 0; i < 10; i++) newproc(leaf, [i], 0);
  });
  expect(got).toEqual([9, ...range(0, 8)]);
});

test("258 goroutines on one P: the document's order (qa T03)", () => {
  // main runs in an inherited slice, so the tick is what it is when main stops.
  const got = order(1, 258, (leaf) => {
    for (let i = 1; i <= 258; i++) newproc(leaf, [i], 0);
  });
  expect(got).toEqual([258, ...range(129, 188), 1, ...range(189, 248), 2, ...range(249, 256), ...range(3, 128), 257]);
});

test("258 goroutines, the document's other order: 15 were in the global queue before (qa T04)", () => {
  const got = order(
    24,
    258,
    (leaf) => {
      for (let i = 1; i <= 258; i++) newproc(leaf, [i], 0);
    },
    15,
  );
  const want = [258, ...range(129, 256), ...range(1, 16), 116, ...range(17, 76), 117, ...range(77, 115), ...range(118, 128), 257]; // prettier-ignore
  expect(got).toEqual(want);
});

describe("every 61st tick the global queue comes first", () => {
  test.each([0, 1, 2, 59, 60, 61, 610])("tick %d", (tick) => {
    const got = order(tick, 200, (leaf) => {
      for (let i = 0; i < 150; i++) runqput(allp(0), newproc1(allp(0), leaf, [i]), false);
      for (let i = 1000; i < 1050; i++) globrunqput(newproc1(allp(0), leaf, [i]));
    });
    // By the rule: before each, a tick that is a multiple of 61 takes from the global queue.
    const local = range(0, 149);
    const global = range(1000, 1049);
    const want: number[] = [];
    for (let t = tick; want.length < 200; t++)
      if (t % 61 === 0 && global.length > 0) want.push(global.shift()!);
      else if (local.length > 0) want.push(local.shift()!);
      else want.push(global.shift()!);
    expect(got).toEqual(want);
  });
});

test("goroutines that run as each other's next one share a slice: the tick stands still", () => {
  let n = 0;
  const chain = (leaf: FuncObject): void => newproc(leaf, [0], 0);
  world(1, { flags: FLAG_OPEN });
  I[allp(0) + P_SCHEDTICK] = 7;
  const link: FuncObject = func("link", () => {
    if (++n === 40) stop();
    else chain(link);
  });
  runqput(allp(0), newproc1(allp(0), link, [0]), true);
  schedule();
  expect(n).toBe(40);
  expect(I[allp(0) + P_SCHEDTICK]).toBe(7);
});

test("but not for ever: others get their turn while a chain goes on (qa T06)", () => {
  let n = 0;
  let others = 0;
  world(1, { flags: FLAG_OPEN });
  I[allp(0) + P_SCHEDTICK] = 7;
  const seen: number[] = [];
  const other = func("other", () => {
    others++;
    seen.push(n);
  });
  const link: FuncObject = func("link", () => {
    // Without an end of the slice the others would only run after all of these. Sysmon ends it: here, this line.
    if (++n === 5000) preempt(allm(0));
    if (n === 200_000) stop();
    else newproc(link, [0], 0);
  });
  for (let i = 0; i < 3; i++) runqput(allp(0), newproc1(allp(0), other, [i]), false);
  runqput(allp(0), newproc1(allp(0), link, [0]), true);
  schedule();
  expect(others).toBe(3);
  // All of them ran at its end.
  expect(new Set(seen)).toEqual(new Set([5000]));
});
