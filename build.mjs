/**
 * The build: JavaScript by esbuild, declarations by tsc (see the script "build").
 *
 * Why a bundler for a library without one: V8 does not fold a constant that is imported from another ES module, and
 * every `I[g + G_STATUS]` has two of them. In one scope, with constants inlined, a goroutine switch is 25-40 % faster
 * (docs/performance.md). All entries share their chunks, so there is one instance of everything in a thread.
 */
import { copyFile, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import process from "node:process";
import { globSync } from "tinyglobby";
import { build } from "esbuild";

const entries = [
  "src/index.ts",
  "src/check/index.ts",
  "src/cli/main.ts",
  "src/compiler/compile.ts",
  "src/compiler/hooks.ts",
  "src/eslint/index.ts",
  { in: "src/stress/inspect.ts", out: "stress/inspect" },
  "workers/sysmon.ts",
  "workers/netpoll.ts",
  "workers/litmus.ts",
  "src/net.ts",
  "src/http.ts",
  "src/fs.ts",
  "src/policy.ts",
  "src/lab/index.ts",
  "src/lab/trial.ts",
  // For bench/.
  "src/lab/child.ts",
  "src/lab/interleave.ts",
  "src/lab/machine.ts",
  "src/lab/outputfile.ts",
  "src/lab/stats.ts",
];

const common = {
  outdir: "dist",
  outbase: ".",
  format: "esm",
  platform: "node",
  target: "node20",
  sourcemap: true,
};

/**
 * The bundle of an M, one file: with constant views (workers/views.ts says why), and without Piscina, for an M starts no
 * runtime. The hook leads imports of the package there.
 */
const ofM = (hooks) => ({
  name: "M",
  setup({ onResolve, onLoad }) {
    if (!hooks) onLoad({ filter: /\/workers\/hooked\.ts$/ }, () => ({ contents: "export const hooked = false;" }));
    onResolve({ filter: /\/(views|hooked)\.js$/ }, ({ path }) => ({
      path: resolve(`workers/${basename(path, ".js")}.ts`),
    }));
    onResolve({ filter: /\/start\.cjs$/ }, () => ({ path: "./start.cjs", external: true }));
    onResolve({ filter: /^piscina$/ }, ({ path }) => ({ path, namespace: "none" }));
    onLoad({ filter: /.*/, namespace: "none" }, () => ({ contents: "export const Piscina = undefined;" }));
  },
});

/**
 * The runtime and the programs of the stress test, into `outdir`; with failpoints or without (src/arena/failpoint.ts), with the
 * hooks of scheduling policies or without (src/sched/policy.ts).
 */
async function buildRuntime(outdir, { failpoints = false, hooks = true } = {}) {
  const bundled = {
    ...common,
    outdir,
    bundle: true,
    packages: "external",
    minifySyntax: true,
    define: { FAILPOINTS: String(failpoints) },
  };
  const { metafile } = await build({
    ...bundled,
    metafile: true,
    entryPoints: entries,
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
  });
  await build({ ...bundled, entryPoints: ["workers/m.ts"], plugins: [ofM(hooks)] });
  await build({
    ...common,
    outdir,
    entryPoints: ["workers/start.cts"],
    format: "cjs",
    outExtension: { ".js": ".cjs" },
  });
  // For the same reason as in start.cts.
  await writeFile(`${outdir}/workers/sysmon.cjs`, 'import("./sysmon.js");\n');
  await writeFile(`${outdir}/workers/netpoll.cjs`, 'import("./netpoll.js").then((m) => m.default());\n');

  // What an M finds as gosched/net and so on: parts of its bundle.
  for (const name of ["net", "http", "fs", "policy"]) {
    const names = metafile.outputs[`${outdir}/src/${name}.js`].exports.join(", ");
    await writeFile(
      `${outdir}/workers/${name}.js`,
      `import { ${name} } from "./m.js";\nexport const { ${names} } = ${name};\n`,
    );
  }

  // The bundler makes every constant of a module a `var`, which V8 does not take for a constant.
  let bundle = await readFile(`${outdir}/workers/m.js`, "utf8");
  const constants = [/^var (?=.*\bI = new Int32Array\(buffer\))/m];
  if (hooks) constants.push(/^var (?=hooked = start\d*\.hooked;)/m);
  else if (/\bif \(hooked\b/.test(bundle)) throw new Error("build: there are hooks in a build without");
  for (const constant of constants) {
    if (!constant.test(bundle)) throw new Error(`build: nothing in ${outdir}/workers/m.js looks like ${constant}`);
    bundle = bundle.replace(constant, "const ");
  }
  await writeFile(`${outdir}/workers/m.js`, bundle);

  // Written over what was there, so that a program that runs meanwhile finds its files; what no build wants any more goes.
  for (const file of globSync([`${outdir}/chunks/*`])) if (metafile.outputs[file] === undefined) await rm(file);

  // Programs: file by file. Not below src/, whose modules are the runtime's own, which no M compiles.
  await build({
    ...common,
    outdir,
    outbase: "src",
    entryPoints: globSync(["src/stress/**/*.ts", "!src/stress/{inspect,audit}.ts"]),
  });
}

/** Programs of our own, as users write them: file by file, importing the package by its name. */
const buildPrograms = (outdir) =>
  build({ ...common, outdir, entryPoints: globSync(["bench/**/*.ts", "examples/**/*.ts", "workloads/**/*.ts"]) });

/** A package of its own, so that what imports "gosched" there gets this runtime. */
async function buildPackage(dir, how) {
  await buildRuntime(`${dir}/dist`, how);
  const { name, version, type, exports: entryOf } = JSON.parse(await readFile("package.json", "utf8"));
  await writeFile(
    `${dir}/package.json`,
    `${JSON.stringify({ name, version, type, exports: entryOf }, undefined, 2)}\n`,
  );
}

// What `npm run bench:hooks` compares the others with, and nobody else needs.
if (process.argv[2] === "--without-hooks") {
  await buildPackage("dist/nohooks", { hooks: false });
  await buildPrograms("dist/nohooks/dist");
  process.exit();
}

await buildRuntime("dist");
await buildPackage("dist/faults", { failpoints: true });

/**
 * The inside of the runtime for the model checker: its facade in place of ours, and constants so small that a search comes
 * to its end (a ring of 4 overflows and wraps within a few steps; spinning is repeating).
 */
const SMALL = {
  "src/arena/layout.ts": { MAX_PROCS: 8, MAX_M: 16, RUNQ_LEN: 4, MAX_FUNCS: 64 },
  "src/arena/lockword.ts": { ACTIVE_SPIN: 1 },
  "src/sched/runq.ts": { RUNNEXT_PATIENCE: 1 },
  "src/sched/gopolicy.ts": { SPIN_ROUNDS: 1 },
  "src/policy/chase-lev/deque.ts": { FIRST: 2 },
  "src/policy/bwos/blocks.ts": { BLOCKS: 4, LEN: 2 },
  "src/sched/findrunnable.ts": { SPIN_PAUSE: 1, STEAL_TRIES: 1 },
  "src/sched/osyield.ts": { LOOKS: 1, SLEEP_MS: 0 },
  "src/sync/lock.ts": { ACTIVE_SPIN: 1, ACTIVE_SPIN_CNT: 1 },
  "src/sync/poolchain.ts": { FIRST: 2 },
};
/** What stands there instead. */
const INSTEAD = {
  "src/arena/atomics.ts": "workers/facade.ts",
  "src/arena/monotonic.ts": "workers/modelclock.ts",
  "src/sched/hooked.ts": "workers/modelhooked.ts",
};
const forChecker = {
  name: "for-checker",
  setup(b) {
    b.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const file = relative(process.cwd(), path);
      let contents = await readFile(INSTEAD[file] ?? path, "utf8");
      // Lines that do nothing, between the lines that seeded bugs change.
      contents = contents.replace(
        /^ *if \(FAILPOINTS(?:\) failpoint\(.*\)| && refuse\(.*\)\) (?:return false|continue|break));$/gm,
        "",
      );
      for (const [name, value] of Object.entries(SMALL[file] ?? {})) {
        const definition = new RegExp(`(\\bconst ${name} = )[^;]+;`);
        if (!definition.test(contents)) throw new Error(`build: ${file} has no constant ${name}`);
        contents = contents.replace(definition, `$1${value};`);
      }
      return { contents, loader: "ts", resolveDir: join(process.cwd(), dirname(INSTEAD[file] ?? file)) };
    });
  },
};
await build({
  ...common,
  outbase: "workers",
  outdir: "dist/check",
  entryPoints: ["workers/core.ts"],
  bundle: true,
  packages: "external",
  // It is evaluated as a function, once for each thread of a model.
  define: { "import.meta.url": '"file:///"', FAILPOINTS: "false" },
  plugins: [forChecker],
});

await buildPrograms("dist");
for (const file of globSync(["workloads/*.json"])) await copyFile(file, join("dist", file));
