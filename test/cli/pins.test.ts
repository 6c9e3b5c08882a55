import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const pins = (file: string): string =>
  execFileSync(process.execPath, [at("../../dist/src/cli/main.js"), "pins", file], { encoding: "utf8" });

it("names the local that keeps a goroutine on its thread, and its line", () => {
  const file = at("fixtures/pins.ts");
  const lines = pins(file).trim().split("\n");
  expect(lines.filter((line) => line.startsWith(`${file}:4: seen: `))).toHaveLength(1);
  expect(lines.join()).not.toContain("half");
  // Of deferred functions the closures that wait across a suspension.
  expect(lines.filter((line) => line.includes(": defer: "))).toEqual([
    `${file}:14: defer: a closure, deferred across a suspension`,
  ]);
});

it("says so when nothing pins", () => {
  const file = at("../../examples/hello.ts");
  expect(pins(file)).toBe(`${file}: nothing pins\n`);
});
