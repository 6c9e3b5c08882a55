/** Seeded bugs of timers, and of the M that waits for the next one. */
import type { Mutant } from "./mutant.js";

export const time: readonly Mutant[] = [
  {
    name: "a timer is stopped by a look and a store (stopped, and it fires)",
    near: "timers: stop",
    find: /if \(pcas\(t \+ T_STATUS, s, timerModifying\)\) \{\n( *const p = I\[t \+ T_PP\];\n *leave\d*\(t, timerDeleted\);)/,
    put: "{ pstore(t + T_STATUS, timerModifying);\n$1",
  },
  {
    name: "a timer is run by a look and a store",
    near: "timers: stop",
    find: "if (!pcas(t + T_STATUS, s, timerRunning)) break;",
    put: "pstore(t + T_STATUS, timerRunning);",
  },
  {
    name: "a timer is stopped before its P is read (which may have let it go by then)",
    near: "timers: stop",
    find: /const p = I\[t \+ T_PP\];\n( *leave\d*\(t, timerDeleted\);)/,
    put: "$1 const p = I[t + T_PP];",
  },
  {
    name: "the earliest changed time is cleared after the look through all",
    near: "is looked for",
    find: /(if \(racyF\(p \+ P_MODIFIEDEARLIEST\) > now\) return;\n) {2}clearTimerModifiedEarliest\(p\);\n([\s\S]*?)(\n {2}for \(let k = 0; k < moved\.length; k\+\+\) \{)/,
    put: "$1$2\n  clearTimerModifiedEarliest(p);$3",
  },
  {
    name: "timers are run without the lock of their heap",
    near: "owner and thief",
    find: /plock\(p \+ P_TIMERSLOCK\);\n {2}let ran = false;([\s\S]*?)\n {2}punlock\(p \+ P_TIMERSLOCK\);\n {2}return ran;/,
    put: "let ran = false;$1\n  return ran;",
  },
  {
    name: "nobody is told that a timer is due earlier now",
    near: "goes to sleep",
    find: /(leave\d*\(t, timerModifiedEarlier\);)\n *wakePoller\d*\(when\);/,
    put: "$1",
  },
  {
    name: "an M that parks does not offer to wait for the next timer",
    near: "took its timer computes",
    find: "offerPoller(until);",
    put: "",
  },
  {
    name: "the poller is poked without a change of its note",
    museum: "folly's SharedMutex: a word that has the same value again lets a late sleeper sleep (ABA)",
    near: "goes to sleep",
    find: "if ((v & 1) === 0 && cas(n, v, v + 2 | 0)) notify(n, 1);",
    put: "if ((v & 1) === 0) notify(n, 1);",
  },
  {
    name: "an M that parks does not look at the timers of all Ps",
    near: "took its timer computes",
    find: "const until = timeSleepUntil();\n  const due",
    put: "const until = Infinity;\n  const due",
  },
];
