import { add, definePolicy, i32, layout, OWN, queue, queueField, xchg } from "gosched/policy";

const { runq, n, again } = layout.shared({ runq: queueField, n: i32, again: i32 });

/** Hands out the 20th goroutine a second time. */
export default definePolicy({
  name: "doubles",
  description: "Wrong on purpose.",
  queues: "shared",
  hooks: () => ({
    place(_p, g) {
      queue.push(runq, g);
      return OWN;
    },
    pick() {
      const twice = xchg(again, 0);
      if (twice !== 0) return twice;
      const g = queue.pop(runq);
      if (g !== 0 && add(n, 1) === 20) xchg(again, g);
      return g;
    },
    steal: () => 0,
    pending: () => queue.size(runq) > 0,
  }),
});
