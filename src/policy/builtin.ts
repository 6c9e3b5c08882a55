/** The policies that come with gosched. */
import globalFifo from "./global-fifo/global-fifo.js";
import gmp from "./gmp/gmp.js";
import type { Policy } from "./policy.js";

export const builtin: readonly Policy[] = [gmp, globalFifo];
