/**
 * What the threads of a policy share: words of the arena, which begin as 0. A policy names them once, at module level, and gets
 * their places as numbers:
 *
 *   const shared = layout.shared({ runq: queue, clock: f64 });   // addresses:     I[shared.clock]
 *   const perP = layout.perP({ slot: i32, streak: i32 });        // from a P on:   I[p + perP.slot]
 *   const perG = layout.perG({ vruntime: f64 });                 // from a record: F[(record(g) + perG.vruntime) >> 1]
 *
 * Who may write a word when is the policy's business: say it where it is declared. What several threads write at the same time
 * should begin on a line of its own (`line`), away from what others only read.
 */
import { LINE, P_POLICY, POLICY, POLICY_PERP, POLICY_SHARED, R_BYTES, R_POLICY } from "../arena/layout.js";

/** A field: words, and whether it begins on an even word or on a line of its own. */
export interface Field {
  readonly words: number;
  readonly align: number;
}
/** An integer of 32 bits: `I[at]`. */
export const i32: Field = { words: 1, align: 1 };
/** A double: `F[at >> 1]`. */
export const f64: Field = { words: 2, align: 2 };
/** A locked queue (queue.ts). */
export const queue: Field = { words: 4, align: 2 };
/** A locked heap (heap.ts). */
export const heap: Field = { words: 6, align: 2 };
/** n integers. */
export const words = (n: number): Field => ({ words: n, align: 2 });
/** The same field at the beginning of a line of 128 bytes. */
export const line = (f: Field): Field => ({ words: f.words, align: LINE });

type Places<T> = { readonly [K in keyof T]: number };

function lay<T extends Record<string, Field>>(
  what: string,
  fields: T,
  base: number,
  from: number,
  end: number,
): Places<T> {
  const places: Record<string, number> = {};
  let at = from;
  for (const [name, f] of Object.entries(fields)) {
    at = Math.ceil(at / f.align) * f.align;
    places[name] = base + at;
    at += f.words;
  }
  if (at > end) throw new RangeError(`layout.${what}: ${at - from} words are too many; ${end - from} fit`);
  return places as Places<T>;
}

/** Words at the end of what a P has: a policy around another one (chaos), and the counters. */
const OUTER = 16;
const COUNTERS = 16;
const OWN_PERP = POLICY_PERP - OUTER - COUNTERS;
export const COUNTERS_AT = P_POLICY + POLICY_PERP - COUNTERS;

export const layout = {
  /** Once for all: at most 992 words. The places are addresses. */
  shared: <T extends Record<string, Field>>(fields: T): Places<T> =>
    lay("shared", fields, POLICY, 0, POLICY_SHARED - LINE),
  /** For each P: at most 96 words. The places count from the address of the P. */
  perP: <T extends Record<string, Field>>(fields: T): Places<T> => lay("perP", fields, P_POLICY, 0, OWN_PERP),
  /** For each goroutine: at most 20 words. The places count from `record(g)`; a new goroutine begins with zeros. */
  perG: <T extends Record<string, Field>>(fields: T): Places<T> =>
    lay("perG", fields, R_POLICY, 0, R_BYTES / 4 - R_POLICY),
} as const;

/** The same for a policy that stands around another one and calls its hooks. */
export const outerLayout = {
  shared: <T extends Record<string, Field>>(fields: T): Places<T> =>
    lay("shared", fields, POLICY, POLICY_SHARED - LINE, POLICY_SHARED),
  perP: <T extends Record<string, Field>>(fields: T): Places<T> =>
    lay("perP", fields, P_POLICY, OWN_PERP, OWN_PERP + OUTER),
} as const;
