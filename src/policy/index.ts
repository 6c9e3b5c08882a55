/** What the host and the command line know of policies. */
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { builtin } from "./builtin.js";
import type { Knobs } from "./policy.js";
import { type Choice, isModule, knobValues, splitSpec } from "./spec.js";

/** A built-in policy, for lists. */
export interface PolicyInfo {
  readonly name: string;
  readonly description: string;
  readonly knobs: Knobs;
  /** What it counts: `rt.stats().policy.counters`. */
  readonly counters: readonly string[];
}

/** The built-in policies, the default one first. */
export function policies(): PolicyInfo[] {
  return builtin.map((policy) => {
    const { name, description, knobs } = policy;
    return { name, description, knobs, counters: policy.counters(knobValues(policy, {})) };
  });
}

/** The policy of a runtime that is told nothing: Go's. */
export const DEFAULT_POLICY = "gmp";

/**
 * The policy that a user has named; undefined: the default one. Knobs of a module are checked when a thread has loaded it.
 *
 * @throws TypeError, RangeError with the remedy
 */
export function choose(spec: unknown): Choice | undefined {
  if (spec === undefined) return undefined;
  if (typeof spec !== "string" || spec === "")
    throw new TypeError(`policy: expected a string such as "global-fifo" or "./mine.js:knob=1", got ${String(spec)}`);
  const { name, knobs } = splitSpec(spec);
  if (isModule(name)) {
    const url = name.startsWith("file:") ? new URL(name) : pathToFileURL(name);
    if (!existsSync(url)) throw new TypeError(`policy ${name}: no such file`);
    return { name, knobs, url: url.href };
  }
  const policy = builtin.find((p) => p.name === name);
  if (builtin.some((p) => name.startsWith(`${p.name}:`)))
    throw new TypeError(`policy ${name}: write knobs behind the colon as name=value, several separated by commas`);
  if (policy === undefined)
    throw new TypeError(
      `policy: there is no ${name}; built in are ${builtin.map((p) => p.name).join(", ")}, or give a module such as ./mine.js`,
    );
  knobValues(policy, knobs);
  return { name, knobs };
}
