import { definePolicy, type Hooks, numberOf, pOf, random, ringlen } from "../kit.js";

export default definePolicy({
  name: "victim",
  description:
    "Whom an M robs first: a P at random each time, all in a random order without repetition (Go's), the next ones by number, or the one with the longer ring of two at random.",
  knobs: {
    order: {
      default: "longest",
      values: ["random", "coprime", "sequential", "longest"],
      about: "how the victims of a round are chosen",
    },
  },
  hooks: ({ order }, go) => {
    const orders: Record<string, Hooks["victim"]> = {
      random: (p, _k, procs) => random(p) % procs,
      coprime: (p, k, procs) => go.victim(p, k, procs),
      sequential: (p, k, procs) => (numberOf(p) + 1 + k) % procs,
      longest(p, k, procs) {
        // The last probe of a round goes through all in turn, so that a round misses nobody for ever.
        if (k === procs - 1) return random(p) % procs;
        const a = random(p) % procs;
        const b = random(p) % procs;
        return ringlen(pOf(a)) >= ringlen(pOf(b)) ? a : b;
      },
    };
    return { victim: orders[order]! };
  },
});
