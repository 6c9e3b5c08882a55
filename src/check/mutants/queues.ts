/** Seeded bugs of the run queues, the locks and the channels. */
import type { Mutant } from "./mutant.js";

export const queues: readonly Mutant[] = [
  // The local run queue
  {
    name: "runqget takes the head without a CAS",
    museum: "crossbeam-deque, GHSA-pqqp-xmhj-wgcw: one task popped by two",
    near: "runqput",
    find: "if (pcas(p + P_RUNQHEAD, h, h + 1 | 0)) return g;",
    put: "pstore(p + P_RUNQHEAD, h + 1 | 0); return g;",
  },
  {
    name: "runqgrab stores the head instead of swapping it",
    near: "runqput",
    find: "if (pcas(p + P_RUNQHEAD, h, h + n | 0)) return n;",
    put: "pstore(p + P_RUNQHEAD, h + n | 0); return n;",
  },
  {
    name: "runqput publishes the tail before it writes the slot",
    near: "runqput",
    find: "I[p + P_RUNQ + (t & RUNQ_MASK)] = g;\n      pstore(p + P_RUNQTAIL, t + 1 | 0);",
    put: "pstore(p + P_RUNQTAIL, t + 1 | 0);\n      I[p + P_RUNQ + (t & RUNQ_MASK)] = g;",
    search: { stale: true },
  },
  {
    name: "runqput compares the indices without wrapping",
    museum: "Tokio #5041: the width of the indices",
    near: "at the wrap",
    find: "if ((t - h | 0) < RUNQ_LEN) {",
    put: "if (t < h + RUNQ_LEN) {",
  },
  {
    name: "runqput fills a ring that is full",
    near: "runqput",
    find: "if ((t - h | 0) < RUNQ_LEN) {",
    put: "if ((t - h | 0) <= RUNQ_LEN) {",
  },
  {
    name: "the overflow takes its half without a CAS",
    near: "runqput",
    find: "if (!pcas(p + P_RUNQHEAD, h, h + n | 0)) return false;",
    put: "pstore(p + P_RUNQHEAD, h + n | 0);",
  },
  {
    name: "the overflow forgets the goroutine that did not fit",
    near: "runqput",
    find: "globrunqputbatch(batch[0], g, n + 1);",
    put: "globrunqputbatch(batch[0], batch[n - 1], n);",
  },
  {
    name: "runnext is taken with a store (two run it)",
    near: "runnext",
    // The bundler may have numbered the variable.
    find: /if \((next\d*) !== 0 && pcas\(p \+ P_RUNNEXT, next\d*, 0\)\) \{/,
    put: "if ($1 !== 0) { pstore(p + P_RUNNEXT, 0);",
  },
  {
    name: "a thief takes runnext without looking whether it was faster",
    near: "runnext",
    find: /if \(!pcas\(p \+ P_RUNNEXT, (next\d*), 0\)\) continue;/,
    put: "pcas(p + P_RUNNEXT, $1, 0);",
  },
  {
    name: "a goroutine that is kicked out of runnext is dropped",
    near: "runnext",
    find: "if (old === 0) return;\n    g = old;",
    put: "return;",
  },
  {
    name: "a thief publishes the goroutine that it runs, too",
    near: "runqput",
    find: "if (n > 0) pstore(p + P_RUNQTAIL, t + n | 0);",
    put: "pstore(p + P_RUNQTAIL, t + n + 1 | 0);",
  },
  // The global queue
  {
    name: "globrunqputbatch without the lock",
    near: "glob",
    find: /plock\(S_RUNQLOCK\);\n( *if \(I\[S_RUNQSIZE\] === 0\) I\[S_RUNQHEAD\] = first\d*;)/,
    put: "$1",
  },
  {
    name: "globrunqget reads the size before it has the lock",
    near: "glob",
    find: /plock\(S_RUNQLOCK\);\n {2}const (size\d*) = I\[S_RUNQSIZE\];/,
    put: "const $1 = I[S_RUNQSIZE];\n  plock(S_RUNQLOCK);",
  },
  {
    name: "injectg pushes with a store",
    near: "injectg",
    find: "while (!cas(S_INJECT, h, g));",
    put: "while (store(S_INJECT, g));",
  },
  {
    name: "drainInject takes the stack in two steps",
    museum: "crossbeam-channel 2025: the head is loaded where it should be exchanged, and what it leads to freed twice",
    near: "injectg",
    find: "let g = xchg(S_INJECT, 0);",
    put: "let g = load(S_INJECT); store(S_INJECT, 0);",
  },
  // The queues of policies
  {
    name: "the owner of a deque takes the last one without a CAS",
    near: "dequePush",
    find: "const ours = pcas(p + top, t, t + 1 | 0);",
    put: "const ours = true; pstore(p + top, t + 1 | 0);",
  },
  {
    name: "the owner of a deque looks at top before it lowers bottom",
    near: "dequePush",
    find: "pstore(p + bottom, b);\n  const t = pload(p + top);",
    put: "const t = pload(p + top);\n  pstore(p + bottom, b);",
  },
  {
    name: "the owner of blocks takes a full one over without an exchange",
    near: "blocksPush",
    find: "return pxchg(h, v & ~255 | CLOSED2) & 255;",
    put: "pstore(h, v & ~255 | CLOSED2); return v & 255;",
  },
  {
    name: "a thief takes from a block without a CAS",
    near: "blocksPush",
    find: "if (pcas(head(a, i2), h, h + 1)) return g;",
    put: "pstore(head(a, i2), h + 1); return g;",
  },
  // Locks and notes
  {
    name: "the mutex tests and sets in two steps",
    near: "lock of",
    find: "if (load(a) === UNLOCKED && cas(a, UNLOCKED, LOCKED)) return;",
    put: "if (load(a) === UNLOCKED) { store(a, LOCKED); return; }",
  },
  {
    name: "a woken waiter takes the mutex as one without waiters (lost wake-up of the third)",
    near: "lock of",
    find: /while \(xchg\(a, SLEEPING\) !== UNLOCKED\)\s+if \(!wait\(a, SLEEPING, patience\)\)/,
    put: "while (!cas(a, UNLOCKED, LOCKED)) { if (cas(a, LOCKED, SLEEPING) || load(a) === SLEEPING) wait(a, SLEEPING, Infinity); }\nif (false)",
  },
  {
    name: "unlock forgets to wake",
    near: "lock of",
    find: "if (old === SLEEPING) notify(a, 1);",
    put: "if (old === SLEEPING) ;",
  },
  {
    name: "unlock notifies before it stores",
    near: "lock of",
    find: "const old = xchg(a, UNLOCKED);\n  if (old === SLEEPING) notify(a, 1);",
    put: "const old = load(a);\n  if (old === SLEEPING) { notify(a, 1); store(a, UNLOCKED); } else if (old === LOCKED) store(a, UNLOCKED);",
  },
  {
    name: "a note is notified before it is set",
    near: "a note",
    find: "if ((v & 1) !== 0 || !cas(n, v, v + 1 | 0)) {",
    put: "notify(n, 1); if ((v & 1) !== 0 || !cas(n, v, v + 1 | 0)) {",
    also: { find: "  notify(n, 1);\n}\nfunction notesleep", put: "}\nfunction notesleep" },
  },
  // Channels
  {
    name: "a receiver parks without the lock",
    near: "send and receive",
    find: "return gopark(g, fin, c + C_LOCK, waitReasonChanReceive);",
    put: "punlock(c + C_LOCK); return gopark(g, fin, 0, waitReasonChanReceive);",
  },
  {
    name: "close forgets the receivers",
    near: "receive and close",
    find: "for (let s = dequeue(c + C_RECVQ); s !== 0; s = dequeue(c + C_RECVQ)) woken.push(s);",
    put: "",
  },
  {
    name: "close forgets the senders",
    near: "send and close",
    find: "for (let s = dequeue(c + C_SENDQ); s !== 0; s = dequeue(c + C_SENDQ)) woken.push(s);",
    put: "",
  },
  {
    name: "close looks whether it is closed before it has the lock",
    near: "close and close",
    find: 'plock(c + C_LOCK);\n  if (I[c + C_CLOSED] !== 0) {\n    punlock(c + C_LOCK);\n    throw new GoPanic("close of closed channel");\n  }',
    put: 'if (racy(c + C_CLOSED) !== 0) throw new GoPanic("close of closed channel");\n  plock(c + C_LOCK);',
  },
];
