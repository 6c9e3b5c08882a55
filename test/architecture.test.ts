/** The rules of docs/architecture.md and CONTRIBUTING.md that a program can check. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
/** What is in the repository or about to be: ignored files do not count. */
const tracked = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { cwd: root, encoding: "utf8" });
const files = tracked.split("\n").filter((file) => file !== "" && existsSync(join(root, file)));
const read = (file: string): string => readFileSync(join(root, file), "utf8");
const sources = files.filter((file) => file.endsWith(".ts"));
const ours = sources.filter((file) => file.startsWith("src/"));

/** Folders of src/ from the bottom up; a folder may import from itself and from those below. */
const LAYERS = [
  ["arena"],
  ["stack"],
  ["sched"],
  ["chan"],
  ["sync", "time", "netpoll"],
  ["context"],
  ["policy"],
  ["host"],
  ["lab", "stress"],
  ["cli"],
];
/** Programs of our own, for the greater part: they import the package by its name, as users do. */
const PROGRAMS = ["stress"];
/** Folders that import nothing but themselves: tools, which the runtime loads when it needs them. */
const ALONE = ["check", "compiler", "eslint", "litmus"];
/** Which of those may be imported, and by whom. */
const MAY_IMPORT_ALONE: Record<string, readonly string[]> = {
  check: ["cli"],
  compiler: ["host", "cli"],
  eslint: [],
  litmus: ["cli"],
};

/** What users import: `gosched`, `gosched/net`, ... */
const PUBLIC = ["src/index.ts", "src/net.ts", "src/http.ts", "src/fs.ts", "src/policy.ts", "src/lab/index.ts"];

const layerOf = (folder: string): number => LAYERS.findIndex((layer) => layer.includes(folder));
/** `src/arena/x.ts` -> "arena"; a file directly in src/ has no folder. */
const folderOf = (file: string): string | undefined => /^src\/([^/]+)\//.exec(file)?.[1];

function importsOf(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "");
  const specifiers = code.matchAll(/(?:\bfrom|\bimport|\bimport\(|\brequire\()\s*["']([^"']+)["']/g);
  return [...specifiers].map((match) => match[1]!);
}

/** Why a file of src/ may not import another one; undefined if it may. */
function wrong(file: string, specifier: string): string | undefined {
  if (specifier === "gosched" || specifier.startsWith("gosched/"))
    return PROGRAMS.includes(folderOf(file) ?? "") ? undefined : "imports the package by its name";
  if (!specifier.startsWith(".")) return undefined;
  const target = join(dirname(file), specifier);
  if (target.startsWith("..")) return "leaves the repository";
  if (!target.startsWith("src/")) return `imports ${target}: src/ imports only from src/`;
  const [from, to] = [folderOf(file), folderOf(target)];
  if (PUBLIC.includes(file)) return undefined;
  if (PUBLIC.includes(target.replace(/js$/, "ts"))) return "imports the public API: only users and workers/ do";
  if (from === undefined)
    return to === undefined ? undefined : `imports ${to}/: helpers beside src/index.ts are leaves`;
  if (to === undefined || to === from) return undefined;
  if (ALONE.includes(from)) return `imports ${to}/: ${from}/ stands alone`;
  if (ALONE.includes(to)) return MAY_IMPORT_ALONE[to]!.includes(from) ? undefined : `imports ${to}/`;
  return layerOf(to) < layerOf(from) ? undefined : `imports ${to}/, which is not below ${from}/`;
}

describe("imports", () => {
  it("go one way", () => {
    const violations = ours.flatMap((file) =>
      importsOf(read(file)).flatMap((specifier) => {
        const why = wrong(file, specifier);
        return why === undefined ? [] : [`${file} ${why}`];
      }),
    );
    expect(violations).toEqual([]);
  });

  it("are seen, in every form", () => {
    const text = `/* import x from "x" */ import "./a.js";\nimport { b } from "./b.js";\nexport * from './c.js';\nawait import("./d.js"); require('e')`;
    expect(importsOf(text)).toEqual(["./a.js", "./b.js", "./c.js", "./d.js", "e"]);
    expect(ours.flatMap((file) => importsOf(read(file))).length).toBeGreaterThan(ours.length);
  });

  it.each([
    ["src/arena/a.ts", "../sched/proc.js", "imports sched/, which is not below arena/"],
    ["src/chan/a.ts", "../sync/mutex.js", "imports sync/, which is not below chan/"],
    ["src/sched/a.ts", "../../workers/m.js", "imports workers/m.js: src/ imports only from src/"],
    ["src/sched/a.ts", "../compiler/parse.js", "imports compiler/"],
    ["src/compiler/a.ts", "../arena/layout.js", "imports arena/: compiler/ stands alone"],
    ["src/chan/a.ts", "../index.js", "imports the public API: only users and workers/ do"],
    ["src/chan/a.ts", "gosched", "imports the package by its name"],
    ["src/paths.ts", "./arena/arena.js", "imports arena/: helpers beside src/index.ts are leaves"],
    ["src/host/a.ts", "../arena/arena.js", undefined],
    ["src/sched/a.ts", "./p.js", undefined],
    ["src/stress/a.ts", "gosched", undefined],
    ["src/host/a.ts", "../stress/a.js", "imports stress/, which is not below host/"],
  ])("%s may not import what is above it: %s", (file, specifier, why) => {
    expect(wrong(file, specifier)).toBe(why);
  });

  it("every folder of src has a place", () => {
    const folders = new Set(ours.map(folderOf).filter((folder) => folder !== undefined));
    const placed = new Set([...LAYERS.flat(), ...ALONE]);
    expect([...folders].filter((folder) => !placed.has(folder))).toEqual([]);
  });
});

it("no file is longer than 700 lines", () => {
  const long = sources
    .map((file) => [file, read(file).split("\n").length - 1] as const)
    .filter(([, lines]) => lines > 700);
  expect(long).toEqual([]);
});

it("shared memory is touched through the facade", () => {
  // Sleeping on a word of one's own, which nobody notifies, is how a thread waits for a moment.
  const sleeps = /Atomics\.wait\((?:SLEEP|sleeper)\b/;
  const lines = sources
    .filter((file) => /^(src|workers)\//.test(file) && file !== "src/arena/atomics.ts")
    // Stands in for a part of the engine; looks what the engine's own do.
    .filter((file) => file !== "src/atomics-wait-polyfill.ts" && !file.startsWith("src/litmus/"))
    // Another buffer than the arena: the lab's samples.
    .filter((file) => file !== "src/lab/record.ts")
    .flatMap((file) =>
      read(file)
        .split("\n")
        .map((line) => `${file}: ${line.trim()}`),
    )
    .filter((line) => /\bAtomics\.\w/.test(line) && !/: (\*|\/\/|\/\*)/.test(line) && !sleeps.test(line));
  expect(lines).toEqual([]);
});

describe("the tree names no machine", () => {
  // Put together here, or this file would be the first to name one.
  const machine = new RegExp(`(?<![\\w.])/${"(?:work|root|home|Users|tmp/bash)"}/\\w`);
  const registry = new RegExp(
    ["registry\\.", "npmjs\\.", "yarnpkg\\.", "deb\\.debian"].map((host) => `\\b${host}`).join("|"),
  );
  const texts = files.filter(
    (file) => !/\.(png|jpg|gif|ico|woff2?)$/.test(file) && file !== "test/architecture.test.ts",
  );

  it.each([
    ["absolute path", machine, `read("${"/work"}/main/x")`, "https://example.org/work/x"],
    ["package registry", registry, `https://${"registry"}.example.org/x`, "the registry of functions"],
  ])("%s", (_what, pattern, bad, good) => {
    expect(bad).toMatch(pattern);
    expect(good).not.toMatch(pattern);
    const found = texts.flatMap((file) =>
      read(file)
        .split("\n")
        .flatMap((line, i) => (pattern.test(line) ? [`${file}:${i + 1}: ${line.trim()}`] : [])),
    );
    expect(found).toEqual([]);
  });

  it("nor does a lock file say where a package came from", () => {
    const locks = files.filter((file) => file.endsWith("package-lock.json"));
    expect(locks).toContain("package-lock.json");
    expect(locks.filter((file) => read(file).includes('"resolved"'))).toEqual([]);
  });
});
