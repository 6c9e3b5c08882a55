/** Naming a policy: by name, by module, with knobs; and what is said if that is wrong. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { policies, start } from "gosched";
import { definePolicy, layout, words } from "gosched/policy";
import { checkHooks } from "../../src/policy/bind.js";
import { splitSpec } from "../../src/policy/spec.js";
import { root } from "../conformance/child.js";

const failed = (policy: unknown, more: object = {}): Promise<string> =>
  start({ procs: 1, policy: policy as string, arena: 2 ** 24, ...more }).then(
    () => "started",
    (e: Error) => `${e.name}: ${e.message}`,
  );

describe("a mistake is one line with the remedy, before anything starts", () => {
  it.each([
    [
      "nope",
      /^TypeError: policy: there is no nope; built in are gmp, global-fifo, .*, or give a module such as \.\/mine\.js$/,
    ],
    ["", /^TypeError: policy: expected a string such as "global-fifo"/],
    [7, /^TypeError: policy: expected a string .*, got 7$/],
    ["gmp:x=1", /^TypeError: policy gmp: unknown knob x; it has none$/],
    ["lifo-slot:cup=1", /^TypeError: policy lifo-slot: unknown knob cup; known are cap$/],
    ["lifo-slot:cap=-1", /^RangeError: policy lifo-slot: cap=-1 is out of range; use an integer from 0 to 1000000$/],
    ["lifo-slot:cap=1.5", /^RangeError: policy lifo-slot: cap=1.5 is out of range; use an integer/],
    ["lifo-slot:cap=", /^RangeError: policy lifo-slot: cap= is out of range/],
    ["lifo-slot:cap", /^TypeError: policy lifo-slot:cap: write knobs behind the colon as name=value, several/],
    ["./test/policy/missing.mjs:x=1", /^TypeError: policy \.\/test\/policy\/missing\.mjs: no such file$/],
    ["central:quantum=0.05", /^RangeError: .* use a number from 0.1 to 1000$/],
    [
      "victim:order=best",
      /^RangeError: policy victim: order=best is unknown; use random, coprime, sequential, longest$/,
    ],
  ])("%s", async (spec, message) => {
    expect(await failed(spec)).toMatch(message);
  });

  it.each([
    [{ policyCheck: "yes" }, /^TypeError: policyCheck: expected true, false or \{ limit, fallback \}, got yes$/],
    [
      { policyCheck: { limit: 1 } },
      /^RangeError: policyCheck.limit: 1 is out of range; use an integer from 100 to 3600000$/,
    ],
    [{ policyCheck: { limt: 500 } }, /^TypeError: policyCheck: unknown limt; known are limit, fallback$/],
  ])("%j", async (options, message) => {
    expect(await failed("gmp", options)).toMatch(message);
  });
});

it("a specification is split at the colon of the knobs", () => {
  expect(splitSpec("a:b=1,c=x")).toEqual({ name: "a", knobs: { b: "1", c: "x" } });
  expect(splitSpec("file:///d/x.ts")).toEqual({ name: "file:///d/x.ts", knobs: {} });
  expect(splitSpec("file:///d/x.ts:k=1")).toEqual({ name: "file:///d/x.ts", knobs: { k: "1" } });
});

describe("a module that is no policy, seen by the first thread", () => {
  it.each([
    [
      "./test/policy/programs/ends.mjs",
      /^TypeError: policy .*: its default export is no policy; write export default definePolicy/,
    ],
    ["./test/policy/wrong/drops.mjs:k=1", /^TypeError: policy drops: unknown knob k; it has none$/],
  ])("%s", async (policy, message) => {
    const rt = await start({ procs: 1, policy, arena: 2 ** 24 });
    const { sum } = await import("./programs/victim.js");
    const said = await rt.go(sum, 1).catch((e: Error) => `${e.name}: ${e.message}`);
    await rt.close();
    expect(said).toMatch(message);
  });
});

describe("definePolicy", () => {
  const good = { name: "x", description: "y", hooks: () => ({}) };
  it.each([
    [{ ...good, name: "a b" }, "definePolicy: name a b is no name; use letters, digits and dashes"],
    [{ ...good, description: "" }, "policy x: it has no description; say in a paragraph what it does"],
    [{ ...good, hooks: {} }, "policy x: it has no hooks; write hooks: (knobs, go) => ({ place, pick, ... })"],
    [{ ...good, queues: "own" }, 'policy x: queues: own is unknown; use "none", "shared", "perP" or "private"'],
    [{ ...good, counters: "abcdefghi".split("") }, "policy x: 9 counters; at most 8 fit"],
    [
      { ...good, knobs: { k: { default: 0, min: 1, max: 2, about: "" } } },
      "policy x: the default of knob k is out of its own range",
    ],
  ])("%#", (spec, message) => {
    expect(() => definePolicy(spec as never)).toThrow(message);
  });

  it("hooks are known, and queues go with pending", () => {
    const policy = definePolicy(good);
    expect(() => checkHooks(policy, { pik: () => 0 } as never, "none")).toThrow(
      /unknown hook pik; there are place, pick, /,
    );
    expect(() => checkHooks(policy, { pending: () => true }, "none")).toThrow(/give both or neither/);
    expect(() => checkHooks(policy, {}, "shared")).toThrow(/give both or neither/);
  });

  it("what does not fit into the layout is refused", () => {
    expect(() => layout.perP({ much: words(97) })).toThrow("layout.perP: 97 words are too many; 96 fit");
    expect(() => layout.perG({ much: words(23) })).toThrow(/: 23 words are too many; 20 fit/);
  });
});

describe.each(policies())("$name", ({ name, description, knobs, counters }) => {
  const readme = readFileSync(`${root}src/policy/${name}/README.md`, "utf8");

  it("has a README with all that belongs there", () => {
    const heads = readme.split("\n").filter((l) => l.startsWith("#"));
    expect(heads).toEqual([
      `# ${name}`,
      ...["How it works", "When to use it", "When not", "Knobs", "Counters", "Source"].map((h) => `## ${h}`),
    ]);
    expect(readme).toContain(description);
  });

  it("which knows its knobs and counters", () => {
    const rows = readme.split("\n").filter((l) => l.startsWith("| `"));
    const cells = rows.map((row) => row.split("|").map((cell) => cell.trim()));
    expect(cells.map(([, knob, value]) => [knob, value!.replaceAll(",", "")])).toEqual(
      Object.entries(knobs).map(([knob, k]) => [`\`${knob}\``, String(k.default)]),
    );
    for (const counter of counters) expect(readme).toContain(`\`${counter}\``);
  });
});
