/**
 * `node dist/bench/primitives.js [PATTERN]`: times what the scheduler and the channels are made of.
 *
 * The suite reaches into the package, whose build is one bundle without an inside. So it gets a bundle of its own, made
 * in the same way (build.mjs says why that matters), beside this file where Node finds the packages.
 */
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const outfile = new URL("primitives/suite.bundle.js", import.meta.url);
await build({
  entryPoints: [fileURLToPath(new URL("../../bench/primitives/suite.ts", import.meta.url))],
  outfile: fileURLToPath(outfile),
  bundle: true,
  define: { FAILPOINTS: "false" },
  packages: "external",
  format: "esm",
  platform: "node",
  target: "node20",
  minifySyntax: true,
});
await import(outfile.href);
