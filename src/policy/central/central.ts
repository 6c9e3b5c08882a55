import { count, definePolicy, layout, line, OWN, PREEMPTED, queue, queueField } from "../kit.js";

/** All that can run. */
const { runq } = layout.shared({ runq: line(queueField) });

export default definePolicy({
  name: "central",
  description:
    "Shinjuku's answer to work of very different lengths: one queue for all, and whoever runs longer than a small quantum goes back to its end. Short requests do not wait behind long ones.",
  knobs: {
    quantum: { default: 0.5, min: 0.1, max: 1000, about: "milliseconds of a turn; sysmon looks every 0.1 ms at best" },
  },
  counters: ["quanta"],
  queues: "shared",
  lengths: { shared: [queue.lengthOf(runq)] },
  hooks: ({ quantum }) => ({
    place(_p, g) {
      queue.push(runq, g);
      return OWN;
    },
    pick: () => queue.pop(runq),
    steal: () => 0,
    slice: () => quantum,
    stopping(p, _g, how) {
      if (how === PREEMPTED) count(p, 0);
    },
    pending: () => queue.size(runq) > 0,
  }),
});
