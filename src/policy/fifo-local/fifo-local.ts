import { definePolicy, GLOBAL, INJECT, LOCAL } from "../kit.js";

export default definePolicy({
  name: "fifo-local",
  description:
    "Strict first in, first out on each P, without a slot: also what gives way goes to the end of its own P's ring and not to the global queue (Tokio with disable_lifo_slot).",
  hooks: () => ({
    place: (_p, _g, why) => (why === INJECT ? GLOBAL : LOCAL),
  }),
});
