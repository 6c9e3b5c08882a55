import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import type { Reporter, TestModule } from "vitest/node";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Ends the output with one plain line that a script can read. */
const plainLine: Reporter = {
  onTestRunEnd(modules: ReadonlyArray<TestModule>) {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) count[test.result().state]++;
      // A file that breaks before its tests are known counts as a failure too.
      if (module.state() === "failed" && [...module.children.allTests("failed")].length === 0) count.failed++;
    }
    process.stdout.write(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`);
  },
};

export default defineConfig({
  define: { FAILPOINTS: "false" },
  resolve: {
    // Tests that run threads use the build, as a user does: a worker thread loads plain JavaScript, not what vite serves.
    alias: [
      { find: /^gosched$/, replacement: at("dist/src/index.js") },
      { find: /^gosched\/(net|http|fs)$/, replacement: at("dist/src/$1.js") },
      { find: /^gosched\/lab$/, replacement: at("dist/src/lab/index.js") },
      { find: /^gosched\/eslint$/, replacement: at("dist/src/eslint/index.js") },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    // Tests start threads of their own; more test processes than cores would only make every one of them slow.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    server: { deps: { external: [/\/dist\//] } },
    reporters: ["default", plainLine],
  },
});
