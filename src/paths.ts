/**
 * Where the package lies. The build bundles modules into chunks, so a path relative to a module says nothing: the
 * root is the nearest folder upwards with a package.json.
 */
import { existsSync } from "node:fs";

function findRoot(): URL {
  let dir = new URL("./", import.meta.url);
  while (!existsSync(new URL("package.json", dir))) {
    const up = new URL("../", dir);
    if (up.href === dir.href) return new URL("./", import.meta.url);
    dir = up;
  }
  return dir;
}

const root = findRoot();
/** Also when this runs from the TypeScript sources (tests): threads always run the build. */
const dist = new URL("dist/", root);

export const PACKAGE_JSON = new URL("package.json", root);
/** Loads the bundle of an M. */
export const WORKER = new URL("workers/start.cjs", dist);
/** Loads workers/sysmon.js. */
export const SYSMON = new URL("workers/sysmon.cjs", dist);
/** Loads workers/netpoll.js likewise. */
export const NETPOLL = new URL("workers/netpoll.cjs", dist);
export const INDEX = new URL("src/index.js", dist);
/** The other modules of the package for users, and what an import of them leads to in an M (build.mjs). */
export const SUBPATHS = new Map(
  ["net", "http", "fs", "policy"].map((name) => [
    new URL(`src/${name}.js`, dist).href,
    new URL(`workers/${name}.js`, dist).href,
  ]),
);
/** The bundle of an M: what emitted code imports, and what an import of the package leads to in an M (build.mjs). */
export const ABI = new URL("workers/m.js", dist);
export const COMPILER = new URL("src/compiler/compile.js", dist);
export const HOOKS = new URL("src/compiler/hooks.js", dist);
/** A thread of the litmus tests. */
export const LITMUS = new URL("workers/litmus.js", dist);
/** A trial of the lab, and the workloads that it comes with. */
export const TRIAL = new URL("src/lab/trial.js", dist);
export const WORKLOADS = new URL("workloads/", dist);
/** What the model checker runs. */
export const CORE = new URL("check/core.js", dist);
/** The stress test's session: a program of its own, built beside the runtime. */
export const STRESS = new URL("stress/session.js", dist);
/** Folders whose frames and modules are the runtime's own, not the user's. */
export const OWN = ["dist/src/", "dist/workers/", "dist/chunks/", "src/", "workers/"].map((d) => new URL(d, root).href);
