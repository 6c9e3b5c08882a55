/** What policies have in common in which each P has a queue of its own and nobody takes from another's: sharded, tiny-quanta. */
import { count, type Hooks, kick, OWN, queue } from "./kit.js";

/** All hooks but `place`. `runq`: where a P has its queue (`layout.perP`). */
export function unshared(runq: number): Pick<Hooks, "pick" | "steal" | "spin" | "wake" | "pending"> {
  return {
    pick: (p) => queue.pop(p + runq),
    steal: () => 0,
    // Each P has its own work: nobody is woken to look for some.
    spin: () => false,
    wake: () => false,
    pending: (p) => queue.size(p + runq) > 0,
  };
}

/** The end of `place`: g goes to the P `to`. Counts in `counters[elsewhere]` if that is another one than p. The holder of p. */
export function give(p: number, to: number, runq: number, g: number, elsewhere: number): typeof OWN {
  queue.push(to + runq, g);
  if (to !== p) {
    count(p, elsewhere);
    kick(to);
  }
  return OWN;
}
