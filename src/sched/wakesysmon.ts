/** Waking sysmon; the other side, and why it may be late, is at the top of sysmon.ts. */
import { add, notify, xchg } from "../arena/atomics.js";
import { S_SYSMONNOTE, S_SYSMONSLEEP, SYSMON_NAP } from "../arena/layout.js";

/** Any thread, after it saw that sysmon sleeps. */
export function wakesysmon(): void {
  if (xchg(S_SYSMONSLEEP, SYSMON_NAP) === SYSMON_NAP) return;
  add(S_SYSMONNOTE, 1);
  notify(S_SYSMONNOTE, 1);
}
