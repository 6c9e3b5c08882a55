/**
 * Interleavings without luck. Every shared access that orders threads is a call of `Atomics`, so replacing those functions
 * gives a hook between any two of them: "what if the thread stops right there?"
 *
 * `interleave(setup, a, b, check)` runs `a` once for each of its atomic operations, and lets `b` happen, from start to end,
 * just before that operation. `a` and `b` are real code, played by one thread (world.ts). Nobody can wait for anybody:
 * `Atomics.wait` on a value that is there is where a thread goes to sleep, and it throws Asleep. If `b` goes to sleep because
 * `a` holds a lock, that order is not possible, and it is skipped; swap the two to see the rest.
 */

/** Thrown in place of sleeping. */
export class Asleep extends Error {
  constructor(
    readonly word: number,
    readonly value: number,
  ) {
    super(`asleep on word ${word}, which is ${value}`);
  }
}

type Op = "load" | "store" | "add" | "sub" | "exchange" | "compareExchange" | "notify";
const OPS: readonly Op[] = ["load", "store", "add", "sub", "exchange", "compareExchange", "notify"];

/** Calls `f` with hooks in place: `before` ahead of each atomic operation. */
export function hooked<T>(before: (op: string, word: number) => void, f: () => T): T {
  const all = Atomics as unknown as Record<string, (...args: unknown[]) => unknown>;
  const saved = new Map<string, (...args: unknown[]) => unknown>();
  for (const op of OPS) {
    const original = all[op]!;
    saved.set(op, original);
    all[op] = (...args) => {
      before(op, args[1] as number);
      return original(...args);
    };
  }
  const load = saved.get("load")!;
  saved.set("wait", all["wait"]!);
  all["wait"] = (view, word, value) => {
    before("wait", word as number);
    if (load(view, word) !== value) return "not-equal";
    // With a time-out as well: time stands still here.
    throw new Asleep(word as number, value as number);
  };
  try {
    return f();
  } finally {
    for (const [name, original] of saved) all[name] = original;
  }
}

/** Runs `f`; true if it went to sleep. */
export function sleeps(f: () => void): boolean {
  try {
    hooked(() => {}, f);
    return false;
  } catch (e) {
    if (e instanceof Asleep) return true;
    throw e;
  }
}

export interface Explored {
  /** Orders that were run to the end. */
  orders: number;
  /** Orders in which `b` would have had to wait for `a`. */
  skipped: number;
}

/** `a` may go to sleep: `check` is told whether it did. */
export function interleave(
  setup: () => void,
  a: () => void,
  b: () => void,
  check: (aslept: boolean, at: string) => void,
): Explored {
  const explored: Explored = { orders: 0, skipped: 0 };
  for (let k = 0; ; k++) {
    setup();
    let n = 0;
    let where = "";
    let inB = false;
    let blocked = false;
    let aslept = false;
    try {
      hooked((op, word) => {
        if (inB || n++ !== k) return;
        where = `${op} of word ${word}, operation ${k}`;
        inB = true;
        try {
          b();
        } catch (e) {
          if (!(e instanceof Asleep)) throw e;
          blocked = true;
          throw e;
        } finally {
          inB = false;
        }
      }, a);
    } catch (e) {
      if (!(e instanceof Asleep)) throw new Error(`in the order "b before ${where}": ${String(e)}`, { cause: e });
      aslept = !blocked;
    }
    if (blocked) {
      explored.skipped++;
      continue;
    }
    // `a` had fewer operations: then b comes after it, and all orders have been seen.
    const last = where === "";
    if (last) {
      where = "the end";
      hooked(() => {}, b);
    }
    try {
      check(aslept, where);
    } catch (e) {
      throw new Error(`in the order "b before ${where}": ${e instanceof Error ? e.message : String(e)}`, { cause: e });
    }
    explored.orders++;
    if (last) return explored;
  }
}
