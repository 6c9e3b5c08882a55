/** Compiled and uncompiled runs of one corpus print the same, on one and on two procs; so do the ordering programs on one P. */
import { beforeAll, describe, expect, it } from "vitest";
import { cli, root } from "../conformance/child.js";

const corpus = `${root}test/runtime/programs/corpus.ts`;

async function output(
  file: string,
  args: string[],
  procs: number,
  compiled: boolean,
  ...more: string[]
): Promise<string> {
  const r = await cli(file, args, { procs, flags: compiled ? more : ["--no-compile", ...more] });
  expect({ code: r.code, stderr: r.stderr }).toEqual({ code: 0, stderr: "" });
  return r.stdout;
}

describe("the corpus", () => {
  let expected: string;
  beforeAll(async () => {
    expected = await output(corpus, [], 1, true);
  });

  it("runs to its end, with results that are known", () => {
    const lines = expected.trimEnd().split("\n");
    expect(lines.filter((l) => !l.startsWith(" "))).toEqual(
      "pipeline sieve pool forkJoin exceptions goexit language mutex values recursion end".split(" "),
    );
    for (const l of ["   9045050", "   100 [ 100, 1000000 ] 1112", "   377 377", "   200 true false", "   2000"])
      expect(lines).toContain(l);
  });

  it.each([
    { procs: 2, compiled: true },
    { procs: 1, compiled: false },
    { procs: 2, compiled: false },
  ])("procs $procs, compiled: $compiled", async ({ procs, compiled }) => {
    expect(await output(corpus, [], procs, compiled)).toBe(expected);
  });
});

it("the order of goroutines on one P", async () => {
  // Only what is compiled can be interrupted: neither is, however slow the machine.
  const [compiled, plain] = await Promise.all(
    [true, false].map((c) => output("order.ts", ["quiet"], 1, c, "--slice", "10000")),
  );
  expect(plain).toBe(compiled);
});
