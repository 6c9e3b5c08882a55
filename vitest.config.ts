import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type Reporter, type TestModule, type TestSpecification } from "vitest/node";

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

/**
 * The files that take longest, the longest first. Vitest begins with the largest files, and few lines may take a minute: one of
 * these at the end would run alone while the other worker has nothing left to do.
 */
const LONG = ["policy/conformance", "examples", "docs/examples", "check/models", "bench/ours"];

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const at = LONG.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      return at < 0 ? LONG.length : at;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}

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
    sequence: { sequencer: LongFirst },
    // Only what hangs takes so long: a test that has more to wait for than its own computing must pass on a slow machine too.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    server: { deps: { external: [/\/dist\//] } },
    reporters: ["default", plainLine],
  },
});
