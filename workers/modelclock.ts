/** The monotonic clock inside a model, in place of arena/monotonic.ts (build.mjs): the machine's, so that a schedule replays. */
import type { Machine } from "../src/check/machine.js";

/** Given by load.ts. */
declare const $vm: Machine;

export function monotonic(): number {
  return $vm.time();
}
