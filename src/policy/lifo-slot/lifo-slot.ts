import { slotHooks } from "./slot.js";
import { definePolicy } from "../kit.js";

export default definePolicy({
  name: "lifo-slot",
  description:
    "Tokio's slot: what was readied last runs next, but only so often in a row, then it queues like the others. Unlike Go's runnext the slot begins a new slice each time, and nobody steals from it.",
  knobs: {
    cap: {
      default: 3,
      min: 0,
      max: 1_000_000,
      about: "goroutines in a row out of the slot, then the ring; 0: no limit",
    },
  },
  counters: ["capped"],
  hooks: ({ cap }, go) => slotHooks(cap, (p, victim) => go.steal(p, victim, false)),
});
