/** Every example of the documentation type-checks, runs, and prints what it says. */
import { writeFileSync } from "node:fs";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { cli, type Ended, node, root, sections } from "../conformance/child.js";
import { examples, type Example, typeErrors, write } from "./examples.js";

// Not esbuild: it may rename a function that is called like the constant it is assigned to.
const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };

const list = examples();
const files = write(list);

it("there are examples", () => {
  expect(list.length).toBeGreaterThan(5);
});

it("all type-check", () => {
  expect(typeErrors(list, files)).toEqual([]);
});

const ok = { code: 0, stderr: "" };

/** Writes it as JavaScript, for a host that is plain Node.js. */
function script(i: number): string {
  const js = files[i]!.replace(/\.ts$/, ".mjs");
  writeFileSync(js, ts.transpileModule(list[i]!.module, { compilerOptions }).outputText);
  return js;
}

describe.concurrent("examples run", () => {
  const whole = list.flatMap((e, i) => (e.kind === "goroutine" ? [] : [[e.place, e, i] as const]));
  it.each(whole)("%s", async (_place, e: Example, i) => {
    const r: Ended = e.kind === "host" ? await node([script(i)]) : await cli(files[i]!, [], { procs: 2 });
    expect({ code: r.code, stderr: r.stderr }).toEqual(ok);
    if (e.output !== undefined) expect(r.stdout).toBe(e.output);
  });

  // A process and a runtime for each body of a goroutine would take longer than all that they do: one for some of them.
  const bodies = list.flatMap((e, i) => (e.kind === "goroutine" ? [i] : []));
  const some = 30;
  const batches = Array.from({ length: Math.ceil(bodies.length / some) }, (_, k) =>
    bodies.slice(k * some, (k + 1) * some),
  );
  it.each(batches.map((batch) => [list[batch[0]!]!.place, batch] as const))(
    "%s and those after it",
    async (_p, batch) => {
      const r = await node([`${root}test/docs/batch.mjs`, ...batch.map(script)]);
      const printed = sections(r.stdout);
      // Alone each of them is goroutine 1.
      const said = (i: number): string =>
        (printed.get(files[i]!.replace(/\.ts$/, ".mjs")) ?? ["(nothing)"])
          .join("\n")
          .replaceAll(/^goroutine \d+ /gm, "goroutine 1 ");
      const got = batch.map((i) => [list[i]!.place, list[i]!.output === undefined ? undefined : said(i)]);
      expect({ code: r.code, stderr: r.stderr, got }).toEqual({
        ...ok,
        got: batch.map((i) => [list[i]!.place, list[i]!.output?.trimEnd()]),
      });
    },
  );
});
