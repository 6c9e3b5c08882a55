/** What scenarios share. */
import { type Chan, type GoFunc, gosched, goroutine } from "gosched";
import { lcg, type Random } from "../random.js";

/**
 * A scenario: a small concurrent program whose result is known. Its body runs in a goroutine and may start others; each of
 * those writes its own number (`base`, `base + 1`, ...) into the ledger once, as the last thing it does. The body
 * throws if a result is wrong, and may return before its goroutines have ended.
 *
 * All parameters are numbers, for objects that live across a suspension would pin the goroutine to its thread; scenarios
 * that want that do it on purpose.
 */
export interface Scenario {
  readonly kind: string;
  /** Parameters by chance. */
  pick(r: Random): Params;
  /** How many goroutines it starts. */
  count(p: Params): number;
  /** It leaves values in objects that live as long as the runtime (there is no garbage collector): memory does not return. */
  readonly keeps?: true;
  readonly body: GoFunc<[led: Chan<number>, base: number, n: number, a: number, b: number, seed: number], void>;
}

export interface Params {
  n: number;
  a: number;
  b: number;
}

/** A wrong result ends the program, and the message says what was wrong. */
export function must(ok: boolean, what: string): void {
  if (!ok) throw new Error(`stress: ${what}`);
}

/** Goes d calls deep, suspends there, and comes back with x: several frames in the arena at once. */
export const dive = goroutine(function* dive(d: number, x: number): Generator<any, number, any> {
  const text = `at ${d}`;
  if (d === 0) {
    yield* gosched();
    return x;
  }
  const r: number = yield* dive(d - 1, x + 1);
  must(text === `at ${d}` && r === x + 1, `dive: ${text} at ${d} got ${r}, not ${x + 1}`);
  return r - 1;
});

/** n small things to do: yields, nested calls, a bit of work. What is between the operations that a scenario is about. */
export const chores = goroutine(function* chores(seed: number, n: number) {
  let x = lcg(seed);
  for (let i = 0; i < n; i++) {
    x = lcg(x);
    const what = (x >>> 16) % 8;
    if (what < 3) yield* gosched();
    else if (what === 3) {
      const r = yield* dive((x >>> 20) % 6, i);
      must(r === i, `chores: dive gave ${r}, not ${i}`);
    } else if (what === 4) work((x >>> 20) % 400);
  }
});

/** Keeps the thread busy for a moment. */
export function work(n: number): number {
  let s = 0;
  for (let i = 0; i < n; i++) s = (s * 31 + i) | 0;
  return s;
}
