/** docs/writing-a-policy.md: its modules type-check, its commands run, and do what the page says. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { cli, root } from "../conformance/child.js";

const page = readFileSync(`${root}docs/writing-a-policy.md`, "utf8");
/** Beside the build, where the package finds itself by its name. */
const dir = `${root}dist/writing/`;
mkdirSync(dir, { recursive: true });
const modules = [...page.matchAll(/```ts\n(\/\/ (\S+\.ts)\n[\s\S]*?)```/g)].map(([, text, name]) => {
  writeFileSync(dir + name!, text!);
  return name!;
});
const commands = [...page.matchAll(/^npx gosched (run .*)$/gm)].map(([, args]) => args!.split(" "));

it("has modules and commands", () => {
  expect(modules).toEqual(["mine.ts", "program.ts", "finish-first.ts"]);
  expect(commands.length).toBe(2);
});

it("type-checks", () => {
  const tsconfig = { extends: "../../tsconfig.base.json", compilerOptions: { noEmit: true }, include: ["*.ts"] };
  writeFileSync(`${dir}tsconfig.json`, JSON.stringify(tsconfig));
  execFileSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, "-p", dir], { encoding: "utf8" });
}, 60_000);

describe.each([1, 2])("procs %i", (procs) => {
  it.each(commands.map((c) => [c.join(" "), c] as const))("gosched %s", async (_line, [, file, ...flags]) => {
    const r = await cli(dir + file!, [], { procs, flags: flags.map((f) => f.replace("./", dir)) });
    expect(r.stderr).toBe("");
    expect(r.stdout.trim().split("\n").sort()).toEqual(["10 55", "15 610", "5 5"]);
    expect(r.code).toBe(0);
  });
});
