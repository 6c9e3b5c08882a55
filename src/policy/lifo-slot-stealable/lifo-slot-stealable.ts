import { slotHooks } from "../lifo-slot/slot.js";
import { definePolicy } from "../kit.js";

export default definePolicy({
  name: "lifo-slot-stealable",
  description:
    "lifo-slot, but thieves may take the goroutine in the slot: in their last round, as in Go, or whenever they find nothing else. A goroutine does not wait there behind one that computes on.",
  knobs: {
    cap: {
      default: 3,
      min: 0,
      max: 1_000_000,
      about: "goroutines in a row out of the slot, then the ring; 0: no limit",
    },
    when: { default: "last", values: ["last", "always"], about: "in which rounds thieves look at the slot" },
  },
  counters: ["capped"],
  hooks: ({ cap, when }, go) => slotHooks(cap, (p, victim, last) => go.steal(p, victim, last || when === "always")),
});
