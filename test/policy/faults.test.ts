/** Hooks that throw or return nonsense, and modules that are no policies: one line that names what, and nothing hangs. */
import { mkdirSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { start } from "gosched";
import { cli, root } from "../conformance/child.js";
import { overtime } from "./programs/overtime.js";

const FAULTY = "./test/policy/wrong/faulty.ts";

/** What each hook says when it returns nonsense; the others return nothing. */
const NONSENSE: Record<string, string> = {
  place: "place returned 9; return OWN, NEXT, LOCAL or GLOBAL",
  pick: "pick returned undefined; return a goroutine, or 0",
  steal: "steal returned -3; return a goroutine, or 0",
  amount: "amount returned \\d+; return how many of the \\d+, at least 1",
  victim: "victim returned 2; return the number of a P, below 2, or -1",
  spin: "spin returned 1; return true or false",
  wake: "wake returned yes; return true or false",
  slice: "slice returned NaN; return milliseconds, or 0 for the option slice",
  tick: "tick returned undefined; return true or false",
  pending: "pending returned 3; return true or false",
};
const THROWS = [...Object.keys(NONSENSE), "running", "stopping"];
const threw = (hook: string): string => `${hook} threw RangeError: on purpose at [^\\n]*faulty.ts:\\d+`;

const cases = [
  ...THROWS.map((hook) => [hook, "throws", threw(hook)] as const),
  ...Object.entries(NONSENSE).map(([hook, text]) => [hook, "nonsense", text] as const),
];

it.each(cases)("%s, %s: the default policy takes over, and nothing is lost", async (hook, how, text) => {
  const policy = `${FAULTY}:hook=${hook},how=${how}`;
  const rt = await start({ procs: 2, policy, policyCheck: { limit: 20_000, fallback: true }, arena: 2 ** 26 });
  try {
    // Until the hook was asked; a hang is the test's time-out.
    while (rt.stats().policy.failure === undefined) expect(await rt.go(overtime, 8, 50)).toBe(28);
    expect(rt.stats().policy.failure).toMatch(new RegExp(`^${text}$`));
    expect(await rt.go(overtime, 8, 5)).toBe(28);
  } finally {
    await rt.close();
  }
});

// place; one that is asked in the middle of a goroutine's operation; one by who runs none; one without a P; one under a lock.
it.each([
  ["place", "throws"],
  ["wake", "throws"],
  ["pick", "nonsense"],
  ["stopping", "throws"],
  ["pending", "throws"],
])("%s, %s: a run ends with a line that says so, and its goroutines do not see it", async (hook, how) => {
  const text = how === "throws" ? threw(hook) : NONSENSE[hook]!;
  for (const procs of [1, 2]) {
    // At one P nobody is woken; and with one P `pending` is asked only when there is nothing to run, which this program does not do.
    if (procs === 1 && (hook === "wake" || hook === "pending")) continue;
    const flags = ["--policy", `${FAULTY}:hook=${hook},how=${how}`];
    const r = await cli("test/policy/programs/overtime.ts", [], { procs, flags });
    expect(r.stderr).toMatch(new RegExp(`^fatal error: policy faulty: ${text}$`, "m"));
    expect(r.stdout).toBe("");
    expect(r.code).toBe(2);
  }
});

describe("a module that is no policy", () => {
  /** Beside the build, where the package finds itself by its name. */
  const dir = `${root}dist/policies/`;
  mkdirSync(dir, { recursive: true });
  const good = { name: '"x"', description: '"y"', hooks: "() => ({})" };
  const MODULES: [string, Record<string, string>, RegExp][] = [
    [
      "without a name",
      { ...good, name: "undefined" },
      /^Error: policy .*without-a-name\.mjs: definePolicy: name undefined is no name; use letters, digits and dashes$/,
    ],
    [
      "with a hook that there is not",
      { ...good, hooks: "() => ({ pik: () => 0 })" },
      /^TypeError: policy x: unknown hook pik; there are place, pick, steal, amount, victim, spin, wake, slice, tick, running, stopping, pending$/,
    ],
    [
      "with a hook that is no function",
      { ...good, hooks: "() => ({ slice: 5 })" },
      /^TypeError: policy x: hook slice is not a function$/,
    ],
    [
      "with a property that there is not",
      { ...good, queue: '"shared"' },
      /^Error: .*: policy x: unknown queue; there are name, description, .* and hooks$/,
    ],
    [
      "whose hooks() throws",
      { ...good, hooks: "() => { throw new Error('oh') }" },
      /^Error: policy x: hooks\(\) threw Error: oh at .*\.mjs:\d+$/,
    ],
    [
      "whose init throws",
      { ...good, init: "() => { throw new Error('oh') }" },
      /^Error: policy x: init threw Error: oh at .*\.mjs:\d+$/,
    ],
  ];

  it.each(MODULES)("%s", async (what, spec, message) => {
    const file = `${dir}${what.replaceAll(/\W/g, "-")}.mjs`;
    const body = Object.entries(spec).map(([k, v]) => `${k}: ${v}`);
    writeFileSync(
      file,
      `import { definePolicy } from "gosched/policy";\nexport default definePolicy({ ${body.join(", ")} });\n`,
    );
    const rt = await start({ procs: 2, policy: file, arena: 2 ** 24 });
    const said = await rt.go(overtime, 1, 0).then(String, (e: Error) => `${e.name}: ${e.message}`);
    await rt.close();
    expect(said).toMatch(message);
  });
});
