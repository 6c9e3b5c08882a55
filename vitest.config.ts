import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    // Tests that run threads use the build, as a user does: a worker thread loads plain JavaScript, not what vite serves.
    alias: [
      { find: /^gosched$/, replacement: at("dist/src/index.js") },
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
  },
});
