/** How many goroutines are in a policy's own queues: counted by the host where the policy says. */
import { expect, it, vi } from "vitest";
import { policies, type Runtime, start } from "gosched";
import { leavesQueued } from "./programs/overtime.js";

/** What keeps goroutines where no word tells how many. */
const UNTOLD = ["bwos", "chaos"];
/** They end turns by themselves, so not all are there at the same moment. */
const OWN_TURNS = ["tiny-quanta", "central", "mlfq", "fair"];

const queued = (rt: Runtime): number => {
  const { perP, runqueue, policy } = rt.stats();
  return perP.reduce((n, p) => n + p.queued, runqueue + policy.queued);
};

/** Until the queues are as long as they should be; then the runtime is closed under the goroutine that fills them. */
async function whileFilled(policy: string, n: number, asserts: (rt: Runtime) => void): Promise<void> {
  const rt = await start({ procs: 1, policy, slice: 10_000, arena: 2 ** 26 });
  const done = rt.go(leavesQueued, n, 20_000).catch(() => "closed");
  await vi.waitFor(() => asserts(rt), { timeout: 20_000, interval: 2 });
  await rt.close();
  await done;
}

const names = policies().map(({ name }) => name);
it.each(names.filter((name) => ![...UNTOLD, ...OWN_TURNS].includes(name)))("%s", (name) =>
  whileFilled(name, 40, (rt) => expect(queued(rt)).toBe(40)),
);

it.each(OWN_TURNS)("%s", (name) => whileFilled(name, 1000, (rt) => expect(queued(rt)).toBeGreaterThan(100)));

it("what has run is not counted", async () => {
  const rt = await start({ procs: 1, policy: "chase-lev", arena: 2 ** 26 });
  await rt.go(leavesQueued, 40, 1);
  await vi.waitFor(() => expect(queued(rt)).toBe(0), { timeout: 20_000 });
  await rt.close();
});
