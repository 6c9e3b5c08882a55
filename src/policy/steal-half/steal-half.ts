import { definePolicy } from "../kit.js";

export default definePolicy({
  name: "steal-half",
  description:
    "A thief takes a share of the victim's ring, half of it as in Go unless the knob says otherwise, but never the goroutine in the slot for the next one: that stays with its P.",
  knobs: {
    percent: {
      default: 50,
      min: 1,
      max: 100,
      about: "share of the victim's ring, in percent, rounded up; at most 128 goroutines",
    },
  },
  hooks: ({ percent }, go) => ({
    amount: (_p, _victim, n) => Math.min(128, Math.ceil((n * percent) / 100)),
    steal: (p, victim) => go.steal(p, victim, false),
  }),
});
