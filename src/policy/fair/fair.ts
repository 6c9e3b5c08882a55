import {
  definePolicy,
  ENDED,
  F,
  f64,
  heap,
  heapField,
  layout,
  line,
  now,
  OWN,
  PREEMPT,
  record,
  weight,
  YIELD,
} from "../kit.js";

/** All that can run, by virtual time; the virtual time that the last one to begin had: only grows, but for racing stores. */
const { runq, clock } = layout.shared({ runq: line(heapField), clock: line(f64) });
/** Its virtual run time, and when its turn began: both in milliseconds. [G] */
const { vruntime, began } = layout.perG({ vruntime: f64, began: f64 });

const NORMAL = 100;

export default definePolicy({
  name: "fair",
  description:
    "Weighted fair sharing: the goroutine that has run least, divided by its weight (go.with({ weight })), runs next. Who has slept begins a little before the others and not with all it has missed. One heap for all Ps.",
  knobs: {
    slice: { default: 3, min: 0.2, max: 1000, about: "milliseconds that a goroutine may run while others wait" },
    credit: {
      default: 6,
      min: 0,
      max: 1000,
      about: "virtual milliseconds that a goroutine which has slept may be behind",
    },
  },
  queues: "shared",
  lengths: { shared: [heap.lengthOf(runq)] },
  hooks: ({ slice, credit }) => ({
    place(_p, g, why) {
      const at = (record(g) + vruntime) >> 1;
      // New, or awake again. The clock is a hint: a lost store makes somebody run a moment earlier or later.
      if (why !== YIELD && why !== PREEMPT) F[at] = Math.max(F[at]!, F[clock >> 1]! - credit);
      heap.push(runq, g, F[at]!);
      return OWN;
    },
    pick: () => heap.pop(runq),
    steal: () => 0,
    slice: () => slice,
    running(_p, g) {
      const r = record(g);
      F[(r + began) >> 1] = now();
      if (F[(r + vruntime) >> 1]! > F[clock >> 1]!) F[clock >> 1] = F[(r + vruntime) >> 1]!;
    },
    stopping(_p, g, how) {
      if (how === ENDED) return;
      const r = record(g);
      F[(r + vruntime) >> 1] = F[(r + vruntime) >> 1]! + ((now() - F[(r + began) >> 1]!) * NORMAL) / weight(g);
    },
    pending: () => heap.size(runq) > 0,
  }),
});
