import { definePolicy, layout, line, OWN, queue, queueField } from "../kit.js";

/** All that can run. */
const { runq } = layout.shared({ runq: line(queueField) });

export default definePolicy({
  name: "global-fifo",
  description:
    "Go 1.0: one locked queue for all Ps, first in, first out. Fair and simple; each spawn, wake-up and switch takes the one lock.",
  queues: "shared",
  lengths: { shared: [queue.lengthOf(runq)] },
  hooks: () => ({
    place(_p, g) {
      queue.push(runq, g);
      return OWN;
    },
    pick: () => queue.pop(runq),
    // Nobody has anything of its own.
    steal: () => 0,
    pending: () => queue.size(runq) > 0,
  }),
});
