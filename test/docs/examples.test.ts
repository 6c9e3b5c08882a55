/** Every example of the documentation type-checks, runs, and prints what it says. */
import { writeFileSync } from "node:fs";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { cli, type Ended, node } from "../conformance/child.js";
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

function runExample(e: Example, file: string): Promise<Ended> {
  if (e.kind !== "host") return cli(file, [], { procs: 2 });
  // The host runs JavaScript.
  const js = file.replace(/\.ts$/, ".mjs");
  writeFileSync(js, ts.transpileModule(e.module, { compilerOptions }).outputText);
  return node([js]);
}

describe.concurrent("examples run", () => {
  it.each(list.map((e, i) => [e.place, i] as const))("%s", async (_place, i) => {
    const e = list[i]!;
    const r = await runExample(e, files[i]!);
    expect({ code: r.code, stderr: r.stderr }).toEqual({ code: 0, stderr: "" });
    if (e.output !== undefined) expect(r.stdout).toBe(e.output);
  });
});
