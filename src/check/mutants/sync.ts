/** Seeded bugs of select and of what sync/ is made of. */
import type { Mutant } from "./mutant.js";

export const sync: readonly Mutant[] = [
  // select
  {
    name: "two peers win one select",
    museum: "what Go's test/chan/doubleselect.go looks for",
    near: "select:",
    find: /pcas\((I\[s \+ SG_G\] \+ G_SELECTDONE), 0, s\)/,
    put: "(pstore($1, s), true)",
  },
  {
    name: "a select leaves its losing cases in their queues",
    museum: "goroutine libraries of JavaScript: a losing receive swallows a value",
    near: "select:",
    find: /for \(let s = first\d*; s !== 0; s = I\[s \+ SG_WAITLINK\]\) if \(s !== won\) dequeueSudog\(queueOf\(s\), s\);/,
    put: "",
  },
  {
    name: "select locks its channels in the order of its cases",
    near: "select:",
    find: "if (chans[o] <= c) break;",
    put: "break;",
  },
  {
    name: "the default is taken after one look at each channel",
    museum: "what Go's TestNonblockSelectRace looks for",
    near: "at each moment",
    find: /if \(!(block\d*) && \(smp === 0 \|\| norder === 0\)\) \{/,
    put: "if (!$1) {",
  },
  {
    name: "select unlocks its channels before its goroutine can be readied",
    near: "select:",
    find: /G_WAITING\] = (first\d*);([\s\S]*?)return goparkselect\(g, finSelect, (.*)\);/,
    put: "G_WAITING] = $1;$2selunlock($1); return gopark(g, finSelect, 0, $3);",
  },
  // Mutex
  {
    name: "Mutex: lock tests and sets in two steps",
    near: "Mutex of 2",
    find: "if (pcas(this.addr + MUTEX_MU + MU_STATE, 0, mutexLocked)) return void 0;",
    put: "if (pload(this.addr + MUTEX_MU + MU_STATE) === 0) { pstore(this.addr + MUTEX_MU + MU_STATE, mutexLocked); return void 0; }",
  },
  {
    name: "Mutex: unlock takes the bit off in two steps (a waiter is lost)",
    near: "Mutex of 2",
    find: "const state = padd(mu + MU_STATE, -mutexLocked);",
    put: "const state = pload(mu + MU_STATE) - mutexLocked; pstore(mu + MU_STATE, state);",
  },
  {
    name: "Mutex: a waiter that goes to sleep again keeps the flag that somebody is awake",
    near: "Mutex of 3",
    find: "state &= ~mutexWoken;",
    put: "",
  },
  {
    name: "Mutex: in starvation mode the waiter does not take itself off the count",
    near: "every waiter starves",
    find: "let delta = mutexLocked - mutexWaiter;",
    put: "let delta = mutexLocked;",
  },
  // Semaphores
  {
    name: "semacquire queues without a second look",
    near: "semacquire and semrelease: one each",
    find: /padd\((root\d*) \+ SR_NWAIT, 1\);\n {2}if \(cansemacquire\(addr\)\) \{/,
    put: "padd($1 + SR_NWAIT, 1);\n  if (false) {",
  },
  {
    name: "semrelease looks for waiters before it gives back",
    near: "semacquire and semrelease: one each",
    find: /padd\(addr, 1\);\n {2}if \(pload\((root\d*) \+ SR_NWAIT\) === 0\) return;/,
    put: "const none = pload($1 + SR_NWAIT) === 0; padd(addr, 1);\n  if (none) return;",
  },
  {
    name: "a hand-off gives a ticket, and leaves the semaphore to others as well",
    museum: "Go #33747 is where the hand-off comes from",
    near: "hand-off",
    find: "if (handoff && cansemacquire(addr)) I[s + SG_TICKET] = 1;",
    put: "if (handoff) I[s + SG_TICKET] = 1;",
  },
  // RWMutex
  {
    name: "RWMutex: a writer counts the readers before it keeps new ones out",
    near: "RWMutex: a reader and a writer",
    find: "const r = padd(a + RW_READERCOUNT, -rwmutexMaxReaders) + rwmutexMaxReaders;",
    put: "const r = pload(a + RW_READERCOUNT); padd(a + RW_READERCOUNT, -rwmutexMaxReaders);",
  },
  {
    name: "RWMutex: a writer stores how many readers it waits for",
    near: "RWMutex: a reader and a writer",
    find: "padd(a + RW_READERWAIT, r) === 0",
    put: "(pstore(a + RW_READERWAIT, r), r === 0)",
  },
  {
    name: "RWMutex: a writer wakes the readers before it lets new ones in",
    near: "RWMutex: a reader and a writer",
    find: /const r = padd\(this\.addr \+ RW_READERCOUNT, rwmutexMaxReaders\);\n([\s\S]*?)\n( *for \(let (i\d*) = 0; [^\n]*\n)/,
    put: "let r = pload(this.addr + RW_READERCOUNT) + rwmutexMaxReaders;\n$2 r = padd(this.addr + RW_READERCOUNT, rwmutexMaxReaders);\n$1\n",
  },
  // WaitGroup, Once, Cond, Semaphore, Pool
  {
    name: "WaitGroup: a waiter announces itself with a store",
    near: "WaitGroup",
    find: "if (pcas(a + WG_STATE, state, state | WG_WAITERS)) break;",
    put: "pstore(a + WG_STATE, state | WG_WAITERS); break;",
  },
  {
    name: "WaitGroup: a waiter looks at the counter before it has the lock, and not again",
    near: "WaitGroup",
    find: /const (root\d*) = semalock\(a \+ WG_SEMA\);\n {2}for \(; ; \) \{\n {4}const state = pload\(a \+ WG_STATE\);/,
    put: "const seen = pload(a + WG_STATE); const $1 = semalock(a + WG_SEMA);\n  for (; ; ) {\n    const state = pload(a + WG_STATE) | (seen & ~1);",
  },
  {
    name: "Once: the flag is set before the function has run",
    museum: "double-checked locking as it is usually got wrong",
    near: "Once by two",
    find: /let (ended\d*) = true;\n {2}try \{/,
    put: "let $1 = true; pstore(once.addr + ONCE_DONE, 1);\n  try {",
  },
  {
    name: "Cond: the ticket is taken after the lock was released (a signal in between is lost)",
    near: "Cond:",
    find: "const ticket = notifyListAdd(list);\n    l.unlock();",
    put: "l.unlock();\n    const ticket = notifyListAdd(list);",
  },
  {
    name: "Cond: a waiter joins the list without looking whether it was notified already",
    near: "Cond:",
    find: "if ((ticket - I[l + NL_NOTIFY] | 0) < 0) {",
    put: "if (false) {",
  },
  {
    name: "Pool: a thief takes a value, then moves the tail",
    near: "Pool",
    find: /if \(!pcas\(r \+ PR_HEADTAIL, ht, (ht & ~INDEX\d* \| ht \+ 1 & INDEX\d*)\)\) continue;/,
    put: "pstore(r + PR_HEADTAIL, $1);",
  },
  {
    name: "Pool: the owner moves the head before it writes the slot",
    near: "Pool",
    find: /(move\(slot\d* >> 1, w\);)\n {2}(padd\(r \+ PR_HEADTAIL, HEAD_ONE\);)/,
    put: "$2\n  $1",
  },
];
