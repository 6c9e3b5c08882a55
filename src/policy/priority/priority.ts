import { definePolicy, heap, heapField, layout, line, now, OWN, priority } from "../kit.js";

/** All that can run: the key is the time when it became so, minus what its priority is worth. */
const { runq } = layout.shared({ runq: line(heapField) });

export default definePolicy({
  name: "priority",
  description:
    "The goroutine with the highest priority first (go.with({ priority })), with ageing: who waits overtakes, after a while for each level, those that come later with a higher priority. One heap for all Ps.",
  knobs: {
    aging: {
      default: 100,
      min: 0.001,
      max: 1e6,
      about: "milliseconds of waiting that make up for one level of priority",
    },
  },
  queues: "shared",
  lengths: { shared: [heap.lengthOf(runq)] },
  hooks: ({ aging }) => ({
    place(_p, g) {
      heap.push(runq, g, now() - priority(g) * aging);
      return OWN;
    },
    pick: () => heap.pop(runq),
    steal: () => 0,
    pending: () => heap.size(runq) > 0,
  }),
});
