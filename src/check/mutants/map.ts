/** Seeded bugs of SyncMap, atomic.Value, contexts, errgroup, tickers and sockets. */
import type { Mutant } from "./mutant.js";

export const map: readonly Mutant[] = [
  {
    name: "SyncMap: a deleted key is expunged without a look whether it was stored meanwhile",
    near: "a deleted key is stored",
    find: "return pload(e + ME_CELL) === MAP_NIL && pcas(e + ME_CELL, MAP_NIL, MAP_EXPUNGED);",
    put: "return pload(e + ME_CELL) === MAP_NIL && (pstore(e + ME_CELL, MAP_EXPUNGED), true);",
  },
  {
    name: "SyncMap: an expunged key is stored where only the old table has it",
    near: "an expunged key is stored",
    find: /insert\(dirty\d*, e\);\n( *pstore\(e \+ ME_CELL, MAP_NIL\);)/,
    put: "$1",
  },
  {
    name: "SyncMap: a deletion takes what it has seen, not what is there",
    near: "store, delete and load",
    find: "if (pcas(e + ME_CELL, c, MAP_NIL)) return c;",
    put: "pstore(e + ME_CELL, MAP_NIL); return c;",
  },
  {
    name: "SyncMap: compareAndSwap compares, then stores",
    near: "SyncMap: compareAndSwap",
    find: /if \(pcas\(e \+ ME_CELL, (now\d*), c\)\)/,
    put: "if (pstore(e + ME_CELL, c), true)",
  },
  {
    name: "atomic.Value: compareAndSwap compares, then stores",
    near: "atomic.Value: compareAndSwap",
    find: /if \(pcas\(w, (now\d*), c\)\) \{/,
    put: "if (pstore(w, c), true) {",
  },
  {
    name: "atomic.Value: two types are fixed at once",
    near: "atomic.Value: the first stores",
    find: /(known\d*) === 0 && \(pcas\(a \+ AT_TYPE, 0, type\) \|\| pload\(a \+ AT_TYPE\) === type\)/,
    put: "$1 === 0 && (pstore(a + AT_TYPE, type), true)",
  },
  {
    name: "atomic.Value: what is replaced is freed at once",
    near: "atomic.Value: stores against loads",
    find: "retirecell(pxchg(this.addr + AT_VALUE, c));",
    put: "const old = pxchg(this.addr + AT_VALUE, c); if (old !== 0) freecell(old);",
  },
  // Contexts
  {
    name: "contexts: whether the parent is cancelled is looked at before its lock is taken",
    near: "contexts: a child is made",
    find: /plock\(p \+ CTX_LOCK\);\n( *)const err = I\[p \+ CTX_ERR\];/,
    put: "const err = pload(p + CTX_ERR);\n$1plock(p + CTX_LOCK);",
  },
  {
    name: "contexts: a timer is started without a second look",
    near: "contexts: a child with a deadline",
    find: "if (pload(c + CTX_ERR) !== ALIVE) deltimer(t);",
    put: "",
  },
  {
    name: "contexts: whether it is cancelled is looked at before the lock is taken",
    near: "contexts: cancelled",
    find: /plock\(c \+ CTX_LOCK\);\n {2}if \(I\[c \+ CTX_ERR\] === ALIVE\) return true;\n {2}punlock\(c \+ CTX_LOCK\);\n {2}return false;/,
    put: "if (pload(c + CTX_ERR) !== ALIVE) return false;\n  plock(c + CTX_LOCK);\n  return true;",
  },
  {
    name: "contexts: who comes second to cancel does not wait",
    near: "contexts: who comes second",
    find: "if (cause === void 0 || pload(c + CTX_ERR) !== ALIVE) {",
    put: "if (pload(c + CTX_ERR) !== ALIVE) return;\n  if (cause === void 0) {",
  },
  {
    name: "contexts: errors are set downwards",
    near: "contexts: who sees an error",
    find: /(for \(let x = last; x !== 0; x = I\[x \+ CTX_PREV\]\) setErr\(x, err, causeOf\);)\n( *)(setErr\(c, err, causeOf\);)/,
    put: "$3\n$2$1",
  },
  {
    name: "contexts: the channel of a context that is cancelled meanwhile stays open",
    near: "contexts: who waits",
    find: "if (dead) closechan(ch);",
    put: "",
  },
  // errgroup
  {
    name: "errgroup: the last error wins",
    near: "errgroup: two fail",
    find: /if \(pcas\(a \+ EG_ERROR, 0, c\)\) (cancel\d*\(a\));/,
    put: "if (pstore(a + EG_ERROR, c), true) $1;",
    also: { find: "if (pload(a + EG_ERROR) !== 0) return;", put: "" },
  },
  {
    name: "errgroup: a goroutine leaves the group before its error is noted",
    near: "errgroup: one fails",
    find: /(if \(threw && !goesOn\) failed\d*\(group, v\);)\n( *ended\d*\(group\);)/,
    put: "$2\n$1",
  },
  {
    name: "errgroup: a goroutine gives its place under the limit back before it works",
    near: "errgroup: at most one",
    find: /( *v = f\.\$c\(g, fp \+ 2,)/,
    put: "limitOf(group.addr)?.release(1);\n$1",
    also: { find: "limitOf(a)?.release(1);", put: "" },
  },
  // Tickers
  {
    name: "a ticker goes on after its timer was let go",
    near: "ticker:",
    find: /if \(!pcas\(t \+ T_STATUS, s, timerRunning\)\) break;/,
    put: "pstore(t + T_STATUS, timerRunning);",
  },
  {
    name: "a ticker's period is changed after its timer was let go",
    near: "timers: reset against fire",
    find: /F\[t \+ T_PERIOD >> 1\] = period;\n( *F\[t \+ T_NEXTWHEN >> 1\] = when;[\s\S]*?\} else leave\d*\(t, timerModifiedLater\);)/,
    put: "$1\n  F[t + T_PERIOD >> 1] = period;",
  },
  // Sockets
  {
    name: "a socket's waiters are woken before its deadline is written",
    near: "netpoll: a read against",
    find: /lock\(pd \+ PD_LOCK\);\n( *for \(const w of words\) F\[pd \+ w >> 1\] = (at\d*);)/,
    put: "if (Date.now() >= $2) wakeBoth(pd); lock(pd + PD_LOCK);\n$1",
    also: {
      find: /if \(Date\.now\(\) >= (at\d*)\) wakeBoth\(pd\);\n {2}else if/,
      put: "if (Date.now() >= $1) ;\n  else if",
    },
  },
  {
    name: "a connection's waiters are woken before it is closed",
    near: "netpoll: a read against",
    find: /(lock\(pd \+ PD_LOCK\);\n {2}const again)/,
    put: "wakeBoth(pd); $1",
    also: { find: /if \(again\) return false;\n {2}wakeBoth\(pd\);/, put: "if (again) return false;" },
  },
];
