import { definePolicy, I, i32, layout, line, add, numberOf, pOf, procs, queue, queueField, record } from "../kit.js";
import { give, unshared } from "../unshared.js";

/** What can run here. */
const { runq } = layout.perP({ runq: line(queueField) });
/** For whom the next new one is: counts up. [a] */
const { turn } = layout.shared({ turn: line(i32) });
/** Its P's number + 1, 0: none yet. [G] */
const { home } = layout.perG({ home: i32 });

export default definePolicy({
  name: "sharded",
  description:
    "Shared nothing, as in Seastar: a new goroutine is given to a P, in turn or the one of its parent, and stays there. Nothing is stolen and no lock is fought for, but a P whose goroutines need more leaves the others idle.",
  knobs: {
    by: {
      default: "turn",
      values: ["turn", "parent"],
      about: "which P a new goroutine gets: the next in turn, or its parent's",
    },
  },
  counters: ["elsewhere"],
  queues: "private",
  lengths: { perP: [queue.lengthOf(runq)] },
  hooks: ({ by }) => ({
    place(p, g) {
      const r = record(g);
      const n = procs();
      // None yet, or its P has gone with a smaller GOMAXPROCS.
      if (I[r + home] === 0 || I[r + home]! > n)
        I[r + home] = by === "parent" ? numberOf(p) + 1 : ((add(turn, 1) >>> 0) % n) + 1;
      return give(p, pOf(I[r + home]! - 1), runq, g, 0);
    },
    ...unshared(runq),
  }),
});
