/** One suite over all policies: what a program may rely on, whatever schedules it. In checked mode: each goroutine is accounted for. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { policies, type Runtime, start } from "gosched";
import * as rules from "./programs/rules.js";

/** A rule that a policy by its nature cannot hold, and why. */
const NEWEST_FIRST = {
  "pairs that wake each other for ever starve nobody":
    "the owner takes the newest, so what lies below a pair that never stops waits for a thief, and each P has such a pair",
};
const EXCEPTIONS: Record<string, Record<string, string>> = {
  "chase-lev": NEWEST_FIRST,
  "chaos:seed=9,base=chase-lev,reorder=50": NEWEST_FIRST,
};

/** Other settings that change what a policy does. */
const VARIANTS = [
  "lifo-slot-stealable:when=always",
  "victim:order=random",
  "victim:order=sequential",
  "sharded:by=parent",
  "spin:mode=none",
  "spin:mode=go",
  "chaos:seed=7,base=priority,reorder=50,delay=5",
  "chaos:seed=8,base=sharded,reorder=50",
  "chaos:seed=9,base=chase-lev,reorder=50",
];
const all = [...policies().map(({ name }) => name), ...VARIANTS];

const cases: [string, (rt: Runtime) => Promise<string>][] = [
  ["every goroutine runs exactly once", (rt) => rt.go(rules.once, 400)],
  ["a spawn tree", (rt) => rt.go(rules.tree, 9)],
  ["pairs over channels", (rt) => rt.go(rules.pairs, 300)],
  ["a mutex, across yields", (rt) => rt.go(rules.mutex, 8, 40)],
  ["timers", (rt) => rt.go(rules.timers, 40)],
  ["goroutines that yield starve nobody", (rt) => rt.go(rules.yields, 6)],
  ["pairs that wake each other for ever starve nobody", (rt) => rt.go(rules.restlessPairs, 4)],
  ["goroutines that poll while GOMAXPROCS changes", (rt) => rt.go(rules.resizing, 6)],
  ["goroutines that compute are preempted", (rt) => rt.go(rules.hogs)],
  ["bound goroutines stay on their threads", (rt) => rt.go(rules.bound, 6)],
  ["hints", (rt) => rt.go(rules.hints, 30)],
  [
    "from the host, many at once",
    async (rt) => {
      const each = await Promise.all(Array.from({ length: 20 }, () => rt.go(rules.pairs, 10)));
      return each.every((r) => r === "ok") ? "ok" : each.join();
    },
  ],
];

/** GOMAXPROCS, one after the other in one runtime, so that it also grows and shrinks under the policy. */
const PROCS = [2, 4, 1];

describe.each(all)("%s", (policy) => {
  let rt: Runtime;
  beforeAll(async () => {
    rt = await start({ procs: PROCS[0]!, policy, policyCheck: { limit: 20_000 }, arena: 2 ** 26 });
  });
  afterAll(() => rt.close());

  describe.each(VARIANTS.includes(policy) ? [2] : PROCS)("procs %i", (procs) => {
    beforeAll(() => rt.go(rules.resize, procs));

    for (const [rule, holds] of cases) {
      const why = EXCEPTIONS[policy]?.[rule];
      if (why !== undefined) it.skip(`${rule}: ${why}`);
      else
        it(rule, async () => {
          expect(await holds(rt)).toBe("ok");
        });
    }
  });

  it("is the one that is in force", () => {
    expect(rt.stats().policy).toMatchObject({ name: policy.split(":")[0] });
    expect(rt.stats().policy.failure).toBeUndefined();
  });
});
