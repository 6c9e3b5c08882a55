/** What a policy is, for who writes one: docs/writing-a-policy.md begins with an example. */
import type { PolicyLengths } from "../sched/hostlink.js";
import type { Hooks } from "../sched/policy.js";

/** A number that users of the policy may set. Whole numbers only, unless its default or one of its limits is a fraction. */
export interface NumberKnob {
  default: number;
  min: number;
  max: number;
  /** What it is, with its unit. */
  about: string;
}
/** A word that users of the policy may set. */
export interface ChoiceKnob {
  default: string;
  values: readonly string[];
  about: string;
}
export type Knob = NumberKnob | ChoiceKnob;
export type Knobs = Record<string, Knob>;
/** The knobs as they are set. */
export type KnobValues<K extends Knobs> = {
  readonly [N in keyof K]: K[N] extends NumberKnob ? number : string;
};

export interface PolicySpec<K extends Knobs = Knobs> {
  /** As users write it: `policy: "name"`. Letters, digits and dashes. */
  name: string;
  /** What it does, in a paragraph. */
  description: string;
  knobs?: K;
  /** Names of what it counts for each P, at most 8: see `count`. */
  counters?: readonly string[] | ((knobs: KnobValues<K>) => readonly string[]);
  /**
   * Whether it has queues of its own (`place` returns OWN, and there is the hook `pending`): "shared", any P takes from them by
   * `pick`; "perP", each P has one, and others steal from it; "private", each P has one, and nobody else takes from
   * it. Default: none.
   */
  queues?: Queues | ((knobs: KnobValues<K>) => Queues);
  /**
   * The words of the arena in which it keeps how many goroutines are in its own queues, so that `rt.stats()` and the lab can count
   * them: `queue.lengthOf(q)`, `heap.lengthOf(h)`, or the place of a word of its own; two of them, [end, begin], for a ring. Default:
   * none, and what is in its queues is counted nowhere.
   */
  lengths?: Lengths | ((knobs: KnobValues<K>) => Lengths);
  /** Called once, by the first thread: sets the words of the arena that must not begin as 0. It cannot allocate. */
  init?(knobs: KnobValues<K>): void;
  /** Called once in each thread: the hooks that differ from Go's, which are `go`. What they share lies in the arena (`layout`). */
  hooks(knobs: KnobValues<K>, go: Hooks): Partial<Hooks>;
}

/** `shared`: addresses, of queues for all; `perP`: places from the address of a P on. */
export type Lengths = PolicyLengths;

export type Queues = "none" | "shared" | "perP" | "private";

/** A policy, as `definePolicy` makes it. */
export interface Policy {
  readonly name: string;
  readonly description: string;
  readonly knobs: Knobs;
  readonly counters: (knobs: KnobValues<Knobs>) => readonly string[];
  readonly queues: (knobs: KnobValues<Knobs>) => Queues;
  readonly lengths: (knobs: KnobValues<Knobs>) => Lengths;
  readonly init: ((knobs: KnobValues<Knobs>) => void) | undefined;
  readonly hooks: (knobs: KnobValues<Knobs>, go: Hooks) => Partial<Hooks>;
}

const made = new WeakSet<object>();
export function isPolicy(v: unknown): v is Policy {
  return typeof v === "object" && v !== null && made.has(v);
}

/** Counters that fit (layout.ts). */
export const MAX_COUNTERS = 8;

/**
 * Makes a scheduling policy: the default export of a module, which `run(main, { policy: "./mine.js" })`, `gosched run --policy
 * ./mine.ts` and `gosched lab --policy ./mine.ts` take. Each thread of the runtime loads the module for itself.
 *
 * @throws TypeError which says what is wrong with it
 */
export function definePolicy<const K extends Knobs = Record<never, Knob>>(spec: PolicySpec<K>): Policy {
  if (typeof spec !== "object" || spec === null)
    throw new TypeError("definePolicy: expected { name, description, hooks }");
  const {
    name,
    description,
    knobs = {} as K,
    counters = [],
    queues = "none",
    lengths = {},
    init,
    hooks,
    ...rest
  } = spec;
  if (typeof name !== "string" || !/^[\w-]+$/.test(name))
    throw new TypeError(`definePolicy: name ${String(name)} is no name; use letters, digits and dashes`);
  const wrong = (why: string): TypeError => new TypeError(`policy ${name}: ${why}`);
  for (const key of Object.keys(rest))
    throw wrong(`unknown ${key}; there are name, description, knobs, counters, queues, lengths, init and hooks`);
  if (typeof description !== "string" || description === "")
    throw wrong("it has no description; say in a paragraph what it does");
  if (typeof hooks !== "function") throw wrong("it has no hooks; write hooks: (knobs, go) => ({ place, pick, ... })");
  if (typeof queues !== "function" && !["none", "shared", "perP", "private"].includes(queues))
    throw wrong(`queues: ${String(queues)} is unknown; use "none", "shared", "perP" or "private"`);
  if (counters.length > MAX_COUNTERS) throw wrong(`${counters.length} counters; at most ${MAX_COUNTERS} fit`);
  for (const [knob, k] of Object.entries<Knob>(knobs)) {
    const fits = "values" in k ? k.values.includes(k.default) : k.default >= k.min && k.default <= k.max;
    if (!fits) throw wrong(`the default of knob ${knob} is out of its own range`);
  }
  const policy: Policy = {
    name,
    description,
    knobs,
    counters: (typeof counters === "function" ? counters.bind(spec) : () => counters) as Policy["counters"],
    queues: (typeof queues === "function" ? queues.bind(spec) : () => queues) as Policy["queues"],
    lengths: (typeof lengths === "function" ? lengths.bind(spec) : () => lengths) as Policy["lengths"],
    init: init?.bind(spec) as Policy["init"],
    hooks: hooks.bind(spec) as Policy["hooks"],
  };
  made.add(policy);
  return Object.freeze(policy);
}
