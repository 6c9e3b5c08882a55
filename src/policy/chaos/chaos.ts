import { builtinBase } from "../base.js";
import {
  count,
  definePolicy,
  type Hooks,
  I,
  i32,
  type Knobs,
  type KnobValues,
  load,
  now,
  numberOf,
  outerLayout,
  OWN,
  pOf,
  procs,
  put,
  xchg,
} from "../kit.js";

/** One goroutine that is held back on this P, 0: none [a]; state of the random numbers [P]. */
const { held, seed: rng } = outerLayout.perP({ held: i32, seed: i32 });

export default definePolicy({
  name: "chaos",
  description:
    "Another policy with trouble: goroutines are held back so that others overtake them, threads stop for a while between two steps, slices are cut short, thieves come from anywhere. Nothing is lost, and all of it follows from the seed and the order of events. It finds bugs, in programs, policies and the runtime.",
  knobs: {
    base: {
      default: "gmp",
      values: Object.keys(builtinBase),
      about: "the policy underneath, with its knobs as they are by default",
    },
    seed: { default: 1, min: 1, max: 2 ** 31 - 1, about: "of the random numbers: print it, to come again" },
    reorder: { default: 20, min: 0, max: 100, about: "percent of the goroutines that are held back" },
    delay: { default: 1, min: 0, max: 100, about: "percent of the steps at which a thread stops for a while" },
    us: { default: 50, min: 1, max: 100_000, about: "longest while, in microseconds" },
  },
  counters: ({ base }) => [...builtinBase[base]!.counters(defaultsOf(base)), "held back", "delays"],
  // What is held back can be stolen, unless nothing can.
  queues({ base }) {
    const queues = builtinBase[base]!.queues(defaultsOf(base));
    return queues === "none" ? "perP" : queues;
  },
  // Those that are held back are few, and not counted.
  lengths: ({ base }) => builtinBase[base]!.lengths(defaultsOf(base)),
  init({ base }) {
    builtinBase[base]!.init?.(defaultsOf(base));
  },
  hooks({ base: name, seed, reorder, delay, us }, go) {
    const policy = builtinBase[name]!;
    const base: Hooks = { ...go, ...policy.hooks(defaultsOf(name), go) };
    const queues = policy.queues(defaultsOf(name));
    const counters = policy.counters(defaultsOf(name)).length;

    /** xorshift32 (Marsaglia 2003), of the P. */
    const random = (p: number): number => {
      let x = I[p + rng]! || Math.imul(seed, 0x9e3779b1) ^ (numberOf(p) + 1);
      x ^= x << 13;
      x ^= x >>> 17;
      x ^= x << 5;
      I[p + rng] = x;
      return x >>> 0;
    };
    const chance = (p: number, percent: number): boolean => random(p) % 100 < percent;
    const pause = (p: number): void => {
      if (!chance(p, delay)) return;
      count(p, counters + 1);
      for (const until = now() + (random(p) % us) / 1000; now() < until;);
    };
    const release = (p: number): number => (load(p + held) === 0 ? 0 : xchg(p + held, 0));
    const releaseAny = (): number => {
      for (let id = 0, n = procs(); id < n; id++) {
        const g = release(pOf(id));
        if (g !== 0) return g;
      }
      return 0;
    };

    return {
      ...base,
      place(p, g, why) {
        pause(p);
        if (!chance(p, reorder)) return base.place(p, g, why);
        count(p, counters);
        // Who was held back until now goes on its way; g was to go there, and so may it.
        const before = xchg(p + held, g);
        if (before !== 0) put(p, before, base.place(p, before, why));
        return OWN;
      },
      pick(p) {
        pause(p);
        let g = chance(p, 50) ? release(p) : 0;
        if (g === 0) g = base.pick(p);
        // Whoever sleeps on this must have been able to take it.
        return g === 0 && queues === "shared" ? releaseAny() : g === 0 ? release(p) : g;
      },
      steal(p, victim, last) {
        pause(p);
        const g = base.steal(p, victim, last);
        return g === 0 && queues !== "private" ? release(victim) : g;
      },
      victim: (p, _k, n) => random(p) % n,
      slice(p, g) {
        const ms = base.slice(p, g);
        return chance(p, 10) ? 0.2 : ms;
      },
      pending: (p) => load(p + held) !== 0 || base.pending(p),
    };
  },
});

function defaultsOf(name: string): KnobValues<Knobs> {
  return Object.fromEntries(
    Object.entries(builtinBase[name]!.knobs).map(([k, { default: v }]) => [k, v]),
  ) as unknown as KnobValues<Knobs>;
}
