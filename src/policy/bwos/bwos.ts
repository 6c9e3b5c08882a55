import { count, definePolicy, GLOBAL, OWN, stole } from "../kit.js";
import * as blocks from "./blocks.js";

export default definePolicy({
  name: "bwos",
  description:
    "Block-based work stealing: the queue of a P is a ring of blocks of 32 goroutines; its owner puts into one and takes from one, without atomics, and thieves take from the full ones in between. What has no full block is not stolen.",
  counters: ["overflow"],
  // Thieves do take from it, but not from the owner's blocks, which is what `pending` counts.
  queues: "private",
  hooks: () => ({
    place(p, g) {
      if (blocks.push(p, g)) return OWN;
      count(p, 0);
      return GLOBAL;
    },
    pick: (p) => blocks.pop(p),
    steal(p, victim) {
      const g = blocks.steal(victim);
      if (g !== 0) stole(p);
      return g;
    },
    pending: (p) => blocks.some(p),
  }),
});
