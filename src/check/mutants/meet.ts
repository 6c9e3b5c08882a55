/** Seeded bugs of the Barrier and of singleflight. */
import type { Mutant } from "./mutant.js";

export const meet: readonly Mutant[] = [
  {
    name: "Barrier: who arrives is counted before the lock is taken",
    near: "Barrier:",
    find: /const (root\d*) = semalock\(a \+ BAR_SEMA\);\n {4}const n = I\[a \+ BAR_ARRIVED\] \+ 1;/,
    put: "const n = pload(a + BAR_ARRIVED) + 1;\n    const $1 = semalock(a + BAR_SEMA);",
  },
  {
    name: "Barrier: the next round begins to count when those of this one are awake",
    near: "Barrier:",
    find: /I\[a \+ BAR_ARRIVED\] = 0;\n( *semawakeall\(root\d*, a \+ BAR_SEMA\);)/,
    put: "$1 pstore(a + BAR_ARRIVED, 0);",
  },
  {
    name: "singleflight: who waits is woken before the result is there",
    near: "singleflight: two",
    find: /I\[c \+ CL_FAILED\] = failed\d*;\n( *try \{)/,
    put: "for (let s = dequeue(c + CL_WAITQ); s !== 0; s = dequeue(c + CL_WAITQ)) goready(I[s + SG_G]);\n  $1",
  },
  {
    name: "singleflight: who has read the result takes itself off the count in two steps",
    near: "singleflight: three",
    find: "if (padd(c + CL_WAITING, -1) === 0) {",
    put: "if (pstore(c + CL_WAITING, pload(c + CL_WAITING) - 1), pload(c + CL_WAITING) === 0) {",
  },
  {
    name: "singleflight: the end of a forgotten call takes out the one that has its place",
    near: "singleflight: a call that is forgotten",
    find: "if (calls.load(key) === c) calls.delete(key);",
    put: "calls.delete(key);",
  },
  {
    name: "singleflight: a look for a call, and a new one, in two steps",
    near: "singleflight: two",
    find: /(const joined\d* = calls\.load\(key\);\n.*return join.*\n)( *let c = 0;)/,
    put: "$1punlock(a + SF_LOCK); plock(a + SF_LOCK); $2",
  },
];
