/** Each entry of the catalogues is a test that names it, or has a reason; docs/conformance.md says so. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { CATALOGUE, COUNTS, page } from "./catalogue.js";
import { root } from "./child.js";

const read = (file: string): string => readFileSync(`${root}${file}`, "utf8");

it("no entry is missing", () => {
  const counts = Object.fromEntries(
    Object.keys(COUNTS).map((prefix) => [prefix, CATALOGUE.filter((e) => e.name.startsWith(prefix)).length]),
  );
  expect(counts).toEqual(COUNTS);
});

it("each that passes is named by its test", () => {
  const missing = CATALOGUE.filter(({ name, verdict }) => {
    const file = "passes" in verdict ? verdict.passes : "test" in verdict ? verdict.test : undefined;
    return file !== undefined && !read(`test/${file}`).includes(name);
  });
  expect(missing.map((e) => e.name)).toEqual([]);
});

it("docs/conformance.md is up to date; `npm run docs:conformance` writes it", async () => {
  await expect(page()).toMatchFileSnapshot(`${root}docs/conformance.md`);
});
