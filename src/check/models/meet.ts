/** Where goroutines meet: a Barrier, round after round; and the calls of a singleflight.Group, which come, are joined and forgotten. */
import type { Core } from "../load.js";
import type { Body } from "../machine.js";
import type { Memory } from "../memory.js";
import type { Act, World } from "../world.js";
import { assert, type CoreModel, range, together } from "./common.js";

/** The object of the running execution, plain words beside it, and the memory they are in. */
let object = 0;
let words = 0;
let memory: Memory;

function make(w: World, kind: string, bytes: string): void {
  memory = w.memory;
  words = w.token();
  object = w.object(w.host[kind], w.host[bytes]);
}

const wait: Act = (c, g) => c["handleAt"](c["HANDLE_BARRIER"], object)["$wait"](g);
/** Before it waits, goroutine number `i` writes; after that it sees what all have written. A word that is read too early is a race. */
const writes =
  (i: number, round: number): Act =>
  () =>
    memory.set(words + i, round);
const sees =
  (n: number, round: number): Act =>
  () =>
    range(n).forEach((i) => assert(memory.get(words + i) >= round, `${i} is not in round ${round}`));

const barrier = (n: number, rounds: number, preemptions: number): CoreModel => {
  // Two waits a round: between them all read, and nobody writes.
  const laps = (i: number): Act[] =>
    range(rounds).flatMap((k) => [writes(i, k + 1), wait, sees(n, k + 1), ...(k + 1 < rounds ? [wait] : [])]);
  return together(
    `Barrier: ${n} goroutines, ${2 * rounds - 1} waits`,
    Object.fromEntries(range(n).map((i) => [`g${i}`, laps(i)])),
    (w) => {
      make(w, "HANDLE_BARRIER", "BAR_BYTES");
      memory.words[object + w.host["BAR_PARTIES"]] = n;
    },
    (r, _s, w) => {
      const all = Object.values(r);
      for (const v of all.flat()) assert(typeof v !== "string", String(v));
      // One of them is told in each round that it was the last.
      const lasts = range(all[0]!.length).map((k) => all.filter((got) => got[k] === true).length);
      assert(
        lasts.every((count, k) => all[0]![k] === undefined || count === 1),
        `told to be the last, step by step: ${lasts}`,
      );
      assert(memory.get(object + w.host["BAR_ARRIVED"]) === 0, "somebody has arrived for a round that nobody began");
    },
    { search: { preemptions } },
  );
};

/** What the functions return. */
const FIRST = 1;
const SECOND = 2;
const KEY = "key";

/** The function of a call: counts plainly in word `i`, so that two at a time are a race. */
const counts = (i: number, value: number): object =>
  Object.assign(() => undefined, {
    $c: () => {
      memory.set(words + i, memory.get(words + i) + 1);
      if (value < 0) throw new Error(`failed ${value}`);
      return value;
    },
  });
const groupAt = (c: Core): Record<string, (...args: unknown[]) => unknown> =>
  c["handleAt"](c["HANDLE_SINGLEFLIGHT"], object);
const calls =
  (f: object): Act =>
  (c, g, fp) =>
    groupAt(c)["$do"]!(g, fp, 0, undefined, KEY, f);
const first = calls(counts(0, FIRST));
const second = calls(counts(1, SECOND));
const fails = calls(counts(0, -1));

interface Got {
  value: number;
  shared: boolean;
}

const flights = (
  name: string,
  parts: Record<string, readonly Act[]>,
  check: (got: (Got | string)[]) => void,
  preemptions: number,
): CoreModel =>
  together(
    `singleflight: ${name}`,
    parts,
    (w) => {
      make(w, "HANDLE_SINGLEFLIGHT", "SF_BYTES");
      const map = w.object(w.host["HANDLE_MAP"], w.host["SM_BYTES"]);
      memory.words[object + w.host["SF_CALLS"]] = map;
    },
    (r, _s, w) => {
      check(Object.values(r).map((got) => got.at(-1) as Got | string));
      const c = w.m(0);
      c["setg"](1);
      const left = w.now(c["handleAt"](c["HANDLE_MAP"], memory.get(object + w.host["SF_CALLS"]))["load"](KEY));
      c["setg"](0);
      assert(left === undefined, "a call is left that nobody makes");
    },
    { maxSteps: 5000, search: { preemptions } },
  );

/** Each who came got the value, and as many were told that it was shared as there were more of them than runs of the function. */
function eachGot(got: (Got | string)[]): void {
  for (const v of got) assert(typeof v !== "string" && v.value === FIRST, `got ${JSON.stringify(v)}`);
  const runs = memory.get(words);
  const shared = got.filter((v) => (v as Got).shared).length;
  const right = got.length === 2 ? [2, 0] : [3, 2, 0];
  assert(shared === right[runs - 1], `${shared} of ${got.length} shared, of ${runs} runs`);
}

/** Begins when `forgets` has been at it. */
const FORGOT = 2;
const forgets: Act = function* (c) {
  yield* groupAt(c)["forget"]!(KEY) as Body;
  yield* memory.store(words + FORGOT, 1);
};
const afterForgotten: Act = () => memory.until(words + FORGOT, 0);

export const models: readonly CoreModel[] = [
  barrier(2, 2, 4),
  barrier(3, 1, 3),
  flights("two want the same", { a: [first], b: [first] }, eachGot, 3),
  flights("three want the same", { a: [first], b: [first], c: [first] }, eachGot, 2),
  flights(
    "a call that fails fails for both",
    { a: [fails], b: [fails] },
    (got) => got.forEach((v) => assert(v === "failed -1", `got ${JSON.stringify(v)}`)),
    3,
  ),
  // Neither joins what was forgotten; who comes after that joins the new call, and not even the end of the old one parts them.
  flights(
    "a call that is forgotten ends while another has its place",
    { a: [first], b: [forgets, second], c: [afterForgotten, second] },
    ([a, ...later]) => {
      assert((a as Got).value === FIRST || (a as Got).value === SECOND, `a got ${JSON.stringify(a)}`);
      for (const v of later) assert(typeof v !== "string", `got ${String(v)}`);
    },
    2,
  ),
];
