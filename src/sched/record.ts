/**
 * The policy record of a goroutine: hints of its go statement, what the checked mode notes, and words of the policy. A G has one
 * from the first time that a policy asks; without a policy there are none, and a G stays as small as it is.
 *
 * It stays with the G when that is used again: a record that was filled in for an earlier one (G_SEQ) starts anew.
 */
import { F, I } from "../arena/arena.js";
import { G_POLICY, G_SEQ, KIND_POLICY, R_BYTES, R_DEADLINE, R_PRIORITY, R_SEQ, R_WEIGHT } from "../arena/layout.js";
import { mallocgc } from "../arena/malloc.js";

/** What a go statement says about the new goroutine; a policy may heed it. */
export interface Hints {
  /** Higher runs first; an integer, -1,000,000 to 1,000,000. Default 0. */
  priority?: number;
  /** Share of the time that it gets beside others, 1..10,000. Default 100. */
  weight?: number;
  /** When it should be done: milliseconds from now, from 0 on. Default: never. */
  deadline?: number;
}

export const DEFAULT_WEIGHT = 100;

/** The record of g, valid until g ends. The owner of g, a holder of a P. */
export function record(g: number): number {
  let r = I[g + G_POLICY]!;
  if (r === 0) {
    r = mallocgc(R_BYTES, KIND_POLICY);
    I[g + G_POLICY] = r;
  } else if (I[r + R_SEQ] === I[g + G_SEQ]) return r;
  // Plain: g is ours; it passes to others by a queue or a lock.
  I.fill(0, r + 2, r + R_BYTES / 4);
  I[r + R_SEQ] = I[g + G_SEQ]!;
  I[r + R_WEIGHT] = DEFAULT_WEIGHT;
  F[(r + R_DEADLINE) >> 1] = Infinity;
  return r;
}

/** Notes the hints of a new goroutine. Its maker. `now`: nanotime. */
export function setHints(g: number, h: Hints, now: number): void {
  const r = record(g);
  if (h.priority !== undefined) I[r + R_PRIORITY] = h.priority;
  if (h.weight !== undefined) I[r + R_WEIGHT] = h.weight;
  if (h.deadline !== undefined) F[(r + R_DEADLINE) >> 1] = now + h.deadline;
}

const LIMITS = { priority: [-1e6, 1e6], weight: [1, 10_000], deadline: [0, 1e15] } as const;

/** @throws TypeError, RangeError which names the hint */
export function checkHints(h: unknown, what: string): Hints {
  if (typeof h !== "object" || h === null)
    throw new TypeError(`${what}: expected hints such as { priority: 1 }, got ${String(h)}`);
  for (const [name, v] of Object.entries(h)) {
    const limits = (LIMITS as Record<string, readonly [number, number] | undefined>)[name];
    if (limits === undefined)
      throw new TypeError(`${what}: unknown hint ${name}; known are ${Object.keys(LIMITS).join(", ")}`);
    if (v === undefined) continue;
    const whole = name === "deadline" || Number.isInteger(v);
    if (typeof v !== "number" || !whole || !(v >= limits[0] && v <= limits[1]))
      throw new RangeError(
        `${what}: ${name} ${String(v)} is out of range; use ${name === "deadline" ? "milliseconds" : "an integer"} from ${limits[0]} to ${limits[1]}`,
      );
  }
  return h;
}
