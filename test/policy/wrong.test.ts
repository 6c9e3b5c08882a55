/** Policies that are wrong on purpose: each is caught and named, with the goroutine, and its fault. */
import { describe, expect, it } from "vitest";
import { start } from "gosched";
import { cli } from "../conformance/child.js";
import { sum } from "./programs/victim.js";

const WRONG: [string, RegExp][] = [
  [
    "drops",
    /goroutine \d+ \((sum|worker|busy|main)\) is runnable and has not run for 500 ms: dropped, it is in no queue/,
  ],
  ["doubles", /goroutine \d+ was to run twice: it was handed out while it is \w+ and in no queue/],
  [
    "starves",
    /goroutine \d+ \((sum|worker|busy|main)\) is runnable and has not run for 500 ms: starved, the policy has it/,
  ],
];

describe.each(WRONG)("a policy that %s", (name, fault) => {
  // A doubled one is seen at once. A busy machine must not make another one wait for so long before that.
  const limit = name === "doubles" ? 20_000 : 500;
  const policy = `./test/policy/wrong/${name}.${name === "starves" ? "ts" : "mjs"}`;

  it.each([1, 2])("procs %i: the default one takes over, and nothing is lost", async (procs) => {
    const rt = await start({ procs, policy, policyCheck: { limit, fallback: true }, arena: 2 ** 26 });
    try {
      expect(await rt.go(sum, 30)).toBe(435);
      expect(rt.stats().policy.name).toBe(name);
      expect(rt.stats().policy.failure).toMatch(fault);
      // And it works on.
      expect(await rt.go(sum, 30)).toBe(435);
    } finally {
      await rt.close();
    }
  });

  it("the run ends with a report", async () => {
    const flags = ["--policy", policy, "--policy-check"];
    const { code, stderr } = await cli("test/policy/programs/victim.ts", [], { procs: 2, flags });
    expect(stderr).toMatch(new RegExp(`^runtime: policy ${name}: ${fault.source.replace("500", "2000")}`, "m"));
    expect(stderr).toMatch(/^fatal error: policy /m);
    expect(stderr).toMatch(/^P1: \d+ in its ring/m);
    expect(code).toBe(2);
  });
});
