import { definePolicy, GLOBAL, OWN, READY, stole } from "../kit.js";
import * as deque from "./deque.js";

export default definePolicy({
  name: "chase-lev",
  description:
    "A deque for each P that grows: its owner puts in and takes out at one end, so what was spawned or readied last runs first; thieves take the oldest one at the other end, one at a time.",
  queues: "perP",
  lengths: { perP: [deque.ends] },
  hooks: () => ({
    place(p, g, why) {
      // Who gives way must not come right back: the end that the owner takes from is no place for it.
      if (why > READY) return GLOBAL;
      deque.push(p, g);
      return OWN;
    },
    pick: (p) => deque.pop(p),
    steal(p, victim) {
      const g = deque.steal(victim);
      if (g !== 0) stole(p);
      return g;
    },
    pending: (p) => deque.length(p) > 0,
  }),
});
