import { definePolicy, layout, load, OWN, queue, queueField, add, i32 } from "gosched/policy";

const { runq, n } = layout.shared({ runq: queueField, n: i32 });

/** Forgets the 20th goroutine that it is given. */
export default definePolicy({
  name: "drops",
  description: "Wrong on purpose.",
  queues: "shared",
  hooks: () => ({
    place(_p, g) {
      if (add(n, 1) !== 20) queue.push(runq, g);
      return OWN;
    },
    pick: () => queue.pop(runq),
    steal: () => 0,
    pending: () => load(runq + 3) > 0,
  }),
});
