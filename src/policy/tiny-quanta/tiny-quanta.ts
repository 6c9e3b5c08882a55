import {
  add,
  count,
  definePolicy,
  ENDED,
  I,
  i32,
  layout,
  line,
  load,
  pOf,
  PREEMPTED,
  procs,
  queue,
  queueField,
  record,
} from "../kit.js";
import { give, unshared } from "../unshared.js";

/** What can run here; goroutines of this P that have not ended: [a]. */
const { runq, jobs } = layout.perP({ runq: line(queueField), jobs: line(i32) });
/** Its P, 0: none yet. [G] */
const { home } = layout.perG({ home: i32 });

export default definePolicy({
  name: "tiny-quanta",
  description:
    "Two levels: a new goroutine is given to the P with the fewest unfinished ones, and each P shares its time among its own in tiny quanta, round robin. Nothing is stolen.",
  knobs: {
    quantum: { default: 0.2, min: 0.1, max: 1000, about: "milliseconds of a turn; sysmon looks every 0.1 ms at best" },
  },
  counters: ["quanta", "elsewhere"],
  queues: "private",
  lengths: { perP: [queue.lengthOf(runq)] },
  hooks: ({ quantum }) => ({
    place(p, g) {
      const r = record(g);
      const n = procs();
      let q = I[r + home]!;
      // None yet, or its P has gone with a smaller GOMAXPROCS.
      if (q === 0 || q > n) {
        if (q !== 0) add(pOf(q - 1) + jobs, -1);
        let least = 0;
        for (let id = 1; id < n; id++) if (load(pOf(id) + jobs) < load(pOf(least) + jobs)) least = id;
        q = least + 1;
        I[r + home] = q;
        add(pOf(least) + jobs, 1);
      }
      return give(p, pOf(q - 1), runq, g, 1);
    },
    ...unshared(runq),
    slice: () => quantum,
    stopping(p, g, how) {
      if (how === PREEMPTED) count(p, 0);
      const q = I[record(g) + home]!;
      if (how === ENDED && q !== 0) add(pOf(q - 1) + jobs, -1);
    },
  }),
});
