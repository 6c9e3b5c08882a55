/** SyncMap and atomic cells: tables and values that are replaced while others read them. */
import type { Core } from "../load.js";
import type { Act, World } from "../world.js";
import { assert, type CoreModel, together } from "./common.js";

/** The object of the running execution, and what kind it is of. */
let object = 0;
let kind = "";
const at = (c: Core): Record<string, (...args: unknown[]) => unknown> => c["handleAt"](c[kind], object);
const does =
  (method: string, ...args: unknown[]): Act =>
  (c) =>
    at(c)[method]!(...args);

function make(w: World, handle: string, bytes: string): void {
  kind = handle;
  object = w.object(w.host[handle], w.host[bytes]);
}

/** Before the threads begin and after they have ended, by the goroutine of M number 0. */
function now(w: World, method: string, ...args: unknown[]): unknown {
  const c = w.m(0);
  c["setg"](1);
  const r = w.now(at(c)[method]!(...args));
  c["setg"](0);
  return r;
}

type Results = Record<string, unknown[]>;

/** `before`: what is done to the map, call by call. */
const map = (
  name: string,
  before: [string, ...unknown[]][],
  parts: Record<string, readonly Act[]>,
  check: (r: Results, load: (key: number) => unknown) => void,
  preemptions = 3,
): CoreModel =>
  together(
    `SyncMap: ${name}`,
    parts,
    (w) => {
      make(w, "HANDLE_MAP", "SM_BYTES");
      for (const [method, ...args] of before) now(w, method, ...args);
    },
    (r, _s, w) => check(r, (key) => now(w, "load", key)),
    { search: { preemptions } },
  );

const store = (key: number, v: number): Act => does("store", key, v);
const load = (key: number): Act => does("load", key);
/** Promotes the dirty table. */
const promote: [string, ...unknown[]] = ["range", () => true];

/** Of one key, by a store of `stored` and a deletion, when it was `first`: the deletion gets what was there, and nothing is lost. */
function takenOrThere(r: Results, left: unknown, first: number, stored: number): void {
  const got = r["b"]![0];
  assert(got === first ? left === stored : got === stored && left === undefined, `deleted ${got}, left ${left}`);
}

const maps: readonly CoreModel[] = [
  map(
    "store, delete and load of a key that all can see",
    [["store", 1, 5], promote],
    { a: [store(1, 6)], b: [does("loadAndDelete", 1)], c: [load(1)] },
    (r, left) => {
      takenOrThere(r, left(1), 5, 6);
      assert([5, 6, undefined].includes(r["c"]![0] as number), `loaded ${r["c"]![0]}`);
    },
    2,
  ),
  map(
    "store and delete of a key that only the dirty table has",
    [["store", 1, 5], promote, ["store", 2, 7], ["store", 3, 8]],
    { a: [store(2, 6)], b: [does("loadAndDelete", 2)] },
    (r, left) => takenOrThere(r, left(2), 7, 6),
  ),
  map(
    "a new key against loads that promote",
    [["store", 1, 1]],
    { a: [store(2, 2)], b: [load(2), load(2), load(2)] },
    (r, left) => {
      const got = r["b"]!;
      assert(
        got.every((v, i) => v === 2 || (v === undefined && got[i - 1] !== 2)),
        `loaded ${got}`,
      );
      assert(left(1) === 1 && left(2) === 2, `left ${left(1)} and ${left(2)}`);
    },
  ),
  map(
    "a deleted key is stored while a new one expunges it",
    [["store", 1, 5], ["store", 4, 4], promote, ["delete", 1]],
    { a: [store(2, 2)], b: [store(1, 9)] },
    (_r, left) => assert(left(1) === 9 && left(2) === 2, `left ${left(1)} and ${left(2)}`),
  ),
  map(
    "an expunged key is stored while the dirty table is promoted",
    [["store", 1, 5], ["store", 4, 4], promote, ["delete", 1], ["store", 2, 2]],
    { a: [store(1, 9)], b: [load(3), load(3)] },
    (_r, left) => assert(left(1) === 9 && left(2) === 2 && left(4) === 4, `left ${left(1)}, ${left(2)}, ${left(4)}`),
  ),
  map(
    "loadOrStore by two",
    [["store", 2, 2], promote],
    { a: [does("loadOrStore", 1, 10)], b: [does("loadOrStore", 1, 20)] },
    (r) => {
      const [a, b] = [r["a"]![0], r["b"]![0]] as { value: number; loaded: boolean }[];
      assert(a!.loaded !== b!.loaded && a!.value === b!.value, `a ${JSON.stringify(a)}, b ${JSON.stringify(b)}`);
    },
  ),
  map(
    "compareAndSwap by two",
    [["store", 1, 5], promote],
    { a: [does("compareAndSwap", 1, 5, 6)], b: [does("compareAndSwap", 1, 5, 7)] },
    (r, left) => {
      assert(r["a"]![0] !== r["b"]![0], `a ${r["a"]![0]}, b ${r["b"]![0]}`);
      assert(left(1) === (r["a"]![0] === true ? 6 : 7), `left ${left(1)}`);
    },
  ),
  map(
    "clear against store",
    [["store", 1, 5], promote, ["store", 2, 2]],
    { a: [store(1, 6), store(3, 3)], b: [does("clear")] },
    (_r, left) => {
      assert(left(2) === undefined && [6, undefined].includes(left(1) as number), `left ${left(1)} and ${left(2)}`);
      // Stored in this order: whoever cleared the second one has cleared the first.
      assert(left(3) === 3 || left(1) === undefined, `left ${left(1)} and ${left(3)}`);
    },
  ),
];

const value = (
  name: string,
  first: number | undefined,
  parts: Record<string, readonly Act[]>,
  check: (r: Results, left: unknown) => void,
): CoreModel =>
  together(
    `atomic.Value: ${name}`,
    parts,
    (w) => {
      make(w, "HANDLE_VALUE", "AT_BYTES");
      if (first !== undefined) now(w, "store", first);
    },
    (r, _s, w) => check(r, now(w, "load")),
  );

const values: readonly CoreModel[] = [
  // What is replaced is freed and used again, but not while somebody reads it.
  value(
    "stores against loads",
    1,
    { a: [does("store", 2), does("store", 3)], b: [does("load"), does("load")] },
    (r, left) => {
      const [x, y] = r["b"] as [number, number];
      assert([1, 2, 3].includes(x) && y >= x && y <= 3 && left === 3, `loaded ${x} and ${y}, left ${left}`);
    },
  ),
  value("swaps by two", 1, { a: [does("swap", 2)], b: [does("swap", 3)] }, (r, left) =>
    assert([r["a"]![0], r["b"]![0], left].sort().join() === "1,2,3", `a ${r["a"]}, b ${r["b"]}, left ${left}`),
  ),
  value(
    "compareAndSwap by two",
    1,
    { a: [does("compareAndSwap", 1, 2)], b: [does("compareAndSwap", 1, 3)] },
    (r, left) =>
      assert(
        r["a"]![0] !== r["b"]![0] && left === (r["a"]![0] === true ? 2 : 3),
        `a ${r["a"]}, b ${r["b"]}, left ${left}`,
      ),
  ),
  value(
    "the first stores of two, of different types",
    undefined,
    { a: [does("store", 2)], b: [does("store", "b")] },
    (r, left) => {
      const refused = ["a", "b"].filter((n) => r[n]![0] !== undefined);
      assert(
        refused.length === 1 && left === (refused[0] === "a" ? "b" : 2),
        `refused: ${refused}, left ${String(left)}`,
      );
    },
  ),
];

export const models: readonly CoreModel[] = [...maps, ...values];
