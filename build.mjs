/**
 * The build: JavaScript by esbuild, declarations by tsc (see the script "build").
 *
 * Why a bundler for a library without one: V8 does not fold a constant that is imported from another ES module, and
 * every `I[g + G_STATUS]` has two of them. In one scope, with constants inlined, a goroutine switch is 25-40 % faster
 * (docs/performance.md). All entries share their chunks, so there is one instance of everything in a thread.
 */
import { rm, writeFile } from "node:fs/promises";
import { globSync } from "tinyglobby";
import { build } from "esbuild";

const entries = [
  "src/index.ts",
  "workers/abi.ts",
  "src/cli/main.ts",
  "src/compiler/compile.ts",
  "src/compiler/hooks.ts",
  "src/eslint/index.ts",
  "workers/m.ts",
];

const common = {
  outdir: "dist",
  outbase: ".",
  format: "esm",
  platform: "node",
  target: "node20",
  sourcemap: true,
};

const runtime = await build({
  ...common,
  metafile: true,
  entryPoints: entries,
  bundle: true,
  splitting: true,
  packages: "external",
  chunkNames: "chunks/[name]-[hash]",
  minifySyntax: true,
});

// What Piscina loads first, and the only CommonJS here. Piscina would `require` an ES module, and Node 20 aborts the whole
// process (`v8::Module::IsGraphAsync`) if a thread is terminated meanwhile: a runtime that is closed while threads start.
await writeFile(
  "dist/workers/start.cjs",
  'module.exports = (task) => import("./m.js").then((m) => m.default(task));\n',
);

// Written over what was there, so that a program that runs meanwhile finds its files; what no build wants any more goes.
for (const file of globSync(["dist/chunks/*"])) if (runtime.metafile.outputs[file] === undefined) await rm(file);

// Programs of our own, as users write them: file by file, importing the package by its name.
await build({
  ...common,
  entryPoints: globSync(["bench/**/*.ts", "examples/**/*.ts", "test/stress/**/*.ts"]),
});
