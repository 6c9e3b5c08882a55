import { count, deadline, definePolicy, ENDED, heap, heapField, layout, line, now, OWN } from "../kit.js";

/** All that can run, by deadline. */
const { runq } = layout.shared({ runq: line(heapField) });

export default definePolicy({
  name: "edf",
  description:
    "Earliest deadline first (go.with({ deadline })). A goroutine without one gets a deadline of its own each time it becomes runnable, so that it is not starved. One heap for all Ps.",
  knobs: {
    relaxed: {
      default: 1000,
      min: 0,
      max: 1e6,
      about: "milliseconds from becoming runnable to the deadline of a goroutine that has none",
    },
  },
  counters: ["met", "missed"],
  queues: "shared",
  lengths: { shared: [heap.lengthOf(runq)] },
  hooks: ({ relaxed }) => ({
    place(_p, g) {
      const own = deadline(g);
      heap.push(runq, g, own < Infinity ? own : now() + relaxed);
      return OWN;
    },
    pick: () => heap.pop(runq),
    steal: () => 0,
    stopping(p, g, how) {
      if (how === ENDED && deadline(g) < Infinity) count(p, now() <= deadline(g) ? 0 : 1);
    },
    pending: () => heap.size(runq) > 0,
  }),
});
