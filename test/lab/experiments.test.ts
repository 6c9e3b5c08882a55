/** The commands of docs/experiments and docs/lab.md: they name policies, workloads and metrics that exist. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadWorkload } from "../../src/lab/catalogue.js";
import { parseLab } from "../../src/lab/options.js";
import { cellsOf } from "../../src/lab/plan.js";

const docs = fileURLToPath(new URL("../../docs/", import.meta.url));
const experiments = readdirSync(`${docs}experiments`).filter((file) => file.endsWith(".md") && file !== "README.md");
const pages = ["lab.md", ...experiments.map((file) => `experiments/${file}`)];

/** The flags of `gosched lab --a b --c`, as the command line hands them on. */
function flags(command: string): Record<string, string | string[]> {
  const given: Record<string, string | string[]> = {};
  for (const [, name, value] of command.matchAll(/--([\w-]+)(?: ([^\s-]\S*))?/g))
    given[name!] = name === "set" ? [...(given[name] ?? []), value!] : value!;
  return given;
}

const commands = pages.flatMap((page) => {
  const text = readFileSync(docs + page, "utf8");
  const lines = text.match(/^(?:npx )?gosched lab --.*$/gm) ?? [];
  return lines.map((line) => ({ page, command: line.replace(/ +#.*/, "") }));
});

describe("documented commands", () => {
  it("are there: each experiment has one", () => {
    for (const page of experiments) expect(commands.map((c) => c.page)).toContain(`experiments/${page}`);
  });

  it.each(commands.filter(({ command }) => !command.includes("./mine") && !command.includes("--list")))(
    "$page: $command",
    async ({ command }) => {
      const given = flags(command);
      for (const written of ["html", "json", "bench"]) delete given[written];
      const options = parseLab(given);
      const workloads = [];
      for (const name of options.workloads) workloads.push(await loadWorkload(name));
      for (const name of Object.keys(options.set)) expect(workloads.some(({ params }) => name in params)).toBe(true);
      expect(cellsOf(workloads, options.procs, options.loads, options.metrics).length).toBeGreaterThan(0);
    },
  );

  it("are listed on the page of experiments", () => {
    const index = readFileSync(`${docs}experiments/README.md`, "utf8");
    for (const page of experiments) expect(index).toContain(`(${page})`);
  });
});
