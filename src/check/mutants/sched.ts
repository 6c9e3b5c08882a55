/** Seeded bugs of parking and waking, system calls, bound goroutines, stops of the world, deadlocks and shutdown. */
import type { Mutant } from "./mutant.js";

export const sched: readonly Mutant[] = [
  // Parking (m.ts, findrunnable.ts)
  {
    name: "an M parks without a second look (step C)",
    near: "against an M that parks",
    find: /if \(due \|\| !globrunqempty\(\)[^\n]*\) \{/,
    put: "if (due) {",
  },
  {
    name: "the second look comes before the spinner stops counting (C before B)",
    near: "against an M that parks",
    find: /const spun = spinning;\n {2}if \(spun\) \{\n {4}setSpinning\(false\);\n {4}(if \(add\(S_NMSPINNING, -1\) < 0\) throw [^\n]*)\n {2}\}\n([\s\S]*?) {2}if \(due ([^\n]*)\) \{/,
    put: "const spun = spinning;\n$2  const look = due $3;\n  if (spun) { setSpinning(false); $1 }\n  if (look) {",
  },
  {
    name: "the last spinner that finds work wakes nobody",
    near: "it wakes the next",
    find: /(negative nmspinning"\);)\n {2}wakep\(\);/,
    put: "$1",
  },
  {
    name: "who cannot wake anybody forgets that it wanted to",
    museum: "Go #45867: work conservation broken by non-spinning Ms that do not look again",
    near: "beside a host that wakes",
    // All orders find it as well, after 15,000 executions.
    search: { strategy: "pct", seed: 2, depth: 4 },
    find: "I[S_NEEDSPINNING] = 1;",
    put: "",
  },
  {
    name: "an M is woken before it is told its P",
    near: "wakes the next",
    find: "I[m + M_NEXTP] = p;\n  I[m + M_SPINNING] = spinning2 ? 1 : 0;\n  unlock(S_LOCK);\n  if (curp !== 0) stat(curp, STAT_WAKES, 1);\n  notewakeup(m + M_NOTE);",
    put: "I[m + M_SPINNING] = spinning2 ? 1 : 0;\n  unlock(S_LOCK);\n  if (curp !== 0) stat(curp, STAT_WAKES, 1);\n  notewakeup(m + M_NOTE);\n  I[m + M_NEXTP] = p;",
  },
  {
    name: "an M clears its note before it sleeps (a wake-up that comes early is erased)",
    near: "wakes the next",
    find: "    sleepIdle();",
    put: "    noteclear(curm + M_NOTE); sleepIdle();",
  },
  {
    name: "an M on its way to sleep does not see that it is wanted",
    near: "against an M that parks",
    find: "if (I[S_NEEDM] !== 0) {",
    put: "if (false) {",
  },
  {
    name: "a waker of a host does not count as one: it wakes although it saw a spinner that has stopped",
    near: "injectg and wakeIdle",
    find: "if (load(S_NPIDLE) === 0 || load(S_NMSPINNING) !== 0) return;",
    put: "const spinners = load(S_NMSPINNING); if (spinners !== 0 || load(S_NPIDLE) === 0) return;",
    survives:
      "the order of the two looks does not matter: each of them, taken before or after the other, follows the push",
  },
  {
    name: "a goroutine that gives way is put into the queue before it is runnable",
    near: "G status",
    find: /casgstatus\(g, Grunning, Grunnable\);\n( *if \(hooked\) \{[^}]*\}\n *if \(runqempty\(q\)\) turn\d* = globrunqturn\(g\);\n *else globrunqput\(g\);)/,
    put: "$1\n casgstatus(g, Grunning, Grunnable);",
  },
  // System calls (syscall.ts, sysmon.ts)
  {
    name: "exitsyscall looks at the status, then takes the P (two hold it)",
    near: "exitsyscall",
    find: "if (cas(p + P_STATUS, Psyscall, Prunning)) {",
    put: "if (load(p + P_STATUS) === Psyscall) { store(p + P_STATUS, Prunning);",
  },
  {
    name: "retake looks at the status, then takes the P",
    near: "retake",
    find: "const took = cas(p + P_STATUS, Psyscall, Pidle);",
    put: "const took = load(p + P_STATUS) === Psyscall; if (took) store(p + P_STATUS, Pidle);",
  },
  {
    name: "entersyscall gives the P up before it has forgotten it",
    near: "retake",
    find: /I\[p \+ P_M\] = 0;\n( *I\[curm \+ M_P\] = 0;\n *casgstatus\(g, Grunning, Gsyscall\);\n *leave\d*\(\);)\n *store\(p \+ P_STATUS, Psyscall\);/,
    put: "store(p + P_STATUS, Psyscall);\n  I[p + P_M] = 0;\n$1",
  },
  {
    name: "who comes back and finds no P queues its goroutine before it says that it sleeps, and without the lock",
    near: "retake",
    find: /(I\[curm \+ M_IDLE\] = IDLE_SYSCALL;\n *I\[S_NMIDLELOCKED\] = I\[S_NMIDLELOCKED\] \+ 1;)\n *injectg\(g\);/,
    put: "unlock(S_LOCK); injectg(g); lock(S_LOCK); $1",
  },
  // Stopping the world (stw.ts)
  {
    name: "stopTheWorld forgets the Ps that are in system calls",
    near: "stopTheWorld against entersyscall",
    find: /if \(!cas\(p \+ P_STATUS, Psyscall, Pgcstop\)\) continue;/,
    put: "continue;",
    survives:
      "an M that comes out of its call stops between two goroutines, and sysmon gives up the P of one that does not (handoffp): the stop only lasts longer",
  },
  {
    name: "stopTheWorld counts the Ps to wait for without sched.lock",
    near: "stopTheWorld",
    find: "lock(S_LOCK);\n  I[S_STOPWAIT] = I[S_NPROCS];",
    put: "I[S_STOPWAIT] = I[S_NPROCS]; lock(S_LOCK);",
    survives: "nobody else writes the count before gcwaiting is set, and that is under the lock",
  },
  {
    name: "two stop the world at once",
    near: "stopTheWorld by two",
    find: "if (!cas(S_WORLDSEMA, 0, 1)) return false;",
    put: "",
  },
  // Bound goroutines (bound.ts)
  {
    name: "handBound looks whether the M sleeps before it pushes",
    near: "handBound",
    find: /if \(!back\) pushBound\(m, g\);\n {2}lock\(S_LOCK\);\n {2}const idle = I\[m \+ M_IDLE\];\n/,
    put: "lock(S_LOCK);\n  const idle = I[m + M_IDLE]; unlock(S_LOCK);\n if (!back) pushBound(m, g);\n lock(S_LOCK);\n",
  },
  {
    name: "an M goes to sleep without a look at its inbox",
    near: "handBound",
    find: "if (load(curm + M_PINQ) === 0) return false;",
    put: "return false;",
  },
  // The network poller (netpoll/)
  {
    name: "the poller sleeps without a second look (step C)",
    near: "netpoll: 1 submit",
    find: /return load\(S_NETSUBMIT\) === 0 \|\| !cas\(S_NETWAKE, 1, 0\);/,
    put: "return true;",
  },
  {
    name: "who submits looks whether the poller sleeps before it pushes",
    near: "netpoll: 1 submit",
    find: /(function submit\(o\) \{\n)([\s\S]*?) {2}(if \(load\(S_NETWAKE\) === 1 && cas\(S_NETWAKE, 1, 0\)\) notify\(S_NETWAKE, 1\);)/,
    put: "$1 $3\n$2",
  },
  {
    name: "the poller takes what is wanted before it says that the object is not queued any more",
    near: "the same object",
    find: "store(pd + PD_QUEUED, 0);\n  return xchg(pd + PD_WANT, 0);",
    put: "const w = xchg(pd + PD_WANT, 0); store(pd + PD_QUEUED, 0); return w;",
  },
  {
    name: "a goroutine goes to sleep although its event has come (the word is stored, not swapped)",
    museum: "Go's netpollblockcommit is a CAS for this reason",
    near: "completion",
    find: "if (!cas(parklock, pdWait, g)) {",
    put: "store(parklock, g); if (false) {",
  },
  {
    name: "an event looks at the word, then stores that it has come",
    near: "completion",
    find: "const old = xchg(word, pdReady);",
    put: "const old = load(word); store(word, pdReady);",
  },
  {
    name: "who waits for the network is called a deadlock",
    near: "completion",
    find: "if (load(S_NETPOLLWAITERS) !== 0) return",
    put: "if (false) return",
  },
  {
    name: "the count of who waits for the network drops when the event comes",
    near: "completion",
    find: "const old = xchg(word, pdReady);\n  if (old <= pdWait) return 0;",
    put: "const old = xchg(word, pdReady);\n  if (old <= pdWait) return 0; add(S_NETPOLLWAITERS, -1);",
  },
  // The end (panic.ts)
  {
    name: "stopAll wakes everybody before it says why",
    near: "shutdown",
    find: /store\(H_STATE, STATE_STOPPING\);\n([\s\S]*?)(\n *wakeForStop\(S_STOPNOTE\);)/,
    put: "$1 store(H_STATE, STATE_STOPPING);$2",
  },
  {
    name: "stopAll looks whether a note is armed, then stores",
    near: "shutdown",
    find: /for \(let v = load\((note\d*)\); \(v & 1\) === 0 && !cas\(\1, v, v \+ 1 \| 0\); v = load\(\1\)\) ?;/,
    put: "{ const v = load($1); if ((v & 1) === 0) store($1, v + 1 | 0); }",
    survives: "who wakes or pokes at the same moment writes a value that lets the sleeper look up as well",
  },
  {
    name: "two report a deadlock",
    near: "two Ms park at once",
    find: "if (!cas(S_PANICKING, 0, 1)) return;",
    put: "if (load(S_PANICKING) !== 0) return; store(S_PANICKING, 1);",
    survives: "only the last M that goes to sleep finds nobody running, under sched.lock: no second one gets here",
  },
  {
    name: "the last M to park does not count itself",
    near: "the deadlock detector",
    find: /if \((run\d*) > 0\) return void 0;/,
    put: "if ($1 > 1) return void 0;",
  },
  {
    name: "what a policy keeps for a P stays there when the P goes",
    near: "GOMAXPROCS under a policy with a queue for each P",
    find: "if (hooked) for (let g = pick(p); g !== 0; g = pick(p)) injectg(g);",
    put: "",
  },
];
