import { definePolicy, type Hooks, layout, OWN, queue, queueField } from "gosched/policy";

const { runq } = layout.shared({ runq: queueField });

/** What each hook must not return. */
const NONSENSE: { [K in keyof Hooks]?: (...args: any[]) => unknown } = {
  place: () => 9,
  pick: () => undefined,
  steal: () => -3,
  amount: (_p, _victim, n: number) => n + 1,
  victim: (_p, _k, procs: number) => procs,
  spin: () => 1,
  wake: () => "yes",
  slice: () => NaN,
  tick: () => undefined,
  pending: () => 3,
};

/** One of its hooks throws, or returns what it must not. */
export default definePolicy({
  name: "faulty",
  description: "Wrong on purpose.",
  knobs: {
    hook: { default: "place", values: [...Object.keys(NONSENSE), "running", "stopping"], about: "which" },
    how: { default: "throws", values: ["throws", "nonsense"], about: "its fault" },
  },
  // `amount` is asked for rings only.
  queues: ({ hook }) => (hook === "amount" ? "none" : "shared"),
  hooks({ hook, how }) {
    const right: Partial<Hooks> = {
      place(_p, g) {
        queue.push(runq, g);
        return OWN;
      },
      pick: () => queue.pop(runq),
      steal: () => 0,
      pending: () => queue.size(runq) > 0,
    };
    const throws = (): never => {
      throw new RangeError("on purpose");
    };
    const fault = how === "throws" ? throws : NONSENSE[hook as keyof Hooks];
    return { ...(hook === "amount" ? { place: () => 2 as const } : right), slice: () => 5, [hook]: fault };
  },
});
