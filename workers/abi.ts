/**
 * What compiled modules import: stack/abi.ts, in the same bundle chunk as the rest of the runtime. Importing the index makes
 * the set of modules behind this entry the same as behind the others, so the bundler does not cut between them.
 */
import "../src/index.js";
export * from "../src/stack/abi.js";
