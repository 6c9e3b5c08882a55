/** Seeded bugs of the allocator and of what Ps share beside it. */
import type { Mutant } from "./mutant.js";

export const memory: readonly Mutant[] = [
  {
    name: "refill takes objects without the lock of its mcentral",
    near: "mcentral",
    find: "lock(m + MC_LOCK);\n  let s = I[m + MC_SPANS];",
    put: "store(m + MC_LOCK, 1); let s = I[m + MC_SPANS];",
  },
  {
    name: "refill unlocks before it has counted what it took",
    near: "mcentral",
    find: /I\[s \+ SP_NALLOC\] \+= n;\n( *if [^\n]*\n) {2}unlock\(m \+ MC_LOCK\);/,
    put: "unlock(m + MC_LOCK); I[s + SP_NALLOC] += n;\n$1",
  },
  {
    name: "the bit of a tiny half is cleared in two steps",
    near: "tiny",
    find: "const left = add(word, -bit);",
    put: "const left = load(word) - bit; store(word, left);",
  },
  {
    name: "sudogs are given away without the lock",
    near: "sudogs",
    find: /function give\(p, (keep\d*)\) \{\n {2}lock\(S_SUDOGLOCK\);/,
    put: "function give(p, $1) {\n  store(S_SUDOGLOCK, 1);",
  },
  {
    name: "what was retired is freed one epoch too early, and readers are not asked",
    near: "grace",
    find: "return turn3 !== racy(p + P_SWITCHES);",
    put: "return true;",
  },
  {
    name: "a reader does not publish its section",
    near: "grace",
    find: "I[p + P_TURN] = I[p + P_SWITCHES];\n  store(p + P_EPOCH, epoch);",
    put: "",
  },
];
