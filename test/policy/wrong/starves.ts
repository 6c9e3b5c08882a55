import { add, definePolicy, i32, layout, OWN, queue, queueField } from "gosched/policy";

const { runq, aside, n } = layout.shared({ runq: queueField, aside: queueField, n: i32 });

/** Runs the 20th goroutine only when there is nothing else, which is never. */
export default definePolicy({
  name: "starves",
  description: "Wrong on purpose.",
  queues: "shared",
  hooks: () => ({
    place(_p, g) {
      queue.push(add(n, 1) === 20 ? aside : runq, g);
      return OWN;
    },
    pick: () => queue.pop(runq) || queue.pop(aside),
    steal: () => 0,
    pending: () => queue.size(runq) + queue.size(aside) > 0,
  }),
});
