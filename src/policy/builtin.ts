/** The policies that come with gosched. */
import { builtinBase } from "./base.js";
import chaos from "./chaos/chaos.js";
import type { Policy } from "./policy.js";

export const builtin: readonly Policy[] = [...Object.values(builtinBase), chaos];
