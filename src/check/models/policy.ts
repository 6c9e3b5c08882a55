/** A policy with queues of its own while the number of Ps changes: what it keeps for a P that goes, and what others then find. */
import type { Core } from "../load.js";
import type { Body } from "../machine.js";
import type { Act } from "../world.js";
import { assert, coreModel, type CoreModel } from "./common.js";
import { nothing } from "./park.js";
import { owned, ran, resize } from "./syscall.js";

/** The queues of the running execution: one for each P, or one for all. */
let queues: readonly number[] = [];

/** Turns hooks on in a thread: first in, first out, from queues that are the policy's, which are asked before the ring. */
function binds(c: Core): void {
  const of = (p: number): number => (queues.length === 1 ? queues[0]! : queues[(p - c["allp"](0)) / c["P_SIZE"]]!);
  c["setHooked"](true);
  c["bindHooks"]("fifo", {
    ...(c["goHooks"] as object),
    *place(p: number, g: number): Body {
      yield* c["queuePush"](of(p), g) as Body;
      return c["OWN"];
    },
    pick: (p: number): unknown => c["queuePop"](of(p)),
    steal: () => 0,
    *pending(p: number): Body {
      return ((yield* c["queueSize"](of(p)) as Body) as number) > 0;
    },
  });
}

/**
 * The resizer is in the queue of P0, the others in that of P1. No model has a P more in the end: with queues that nobody else takes
 * from, an M that finds nothing looks for ever while another M is being woken for the P whose queue is not empty. A thread
 * does wake up, but a search may let it wait for as long as it likes.
 */
const resized = (own: boolean, n: number, acts: Record<string, readonly Act[]>): CoreModel =>
  coreModel(
    `GOMAXPROCS under a policy with ${own ? "a queue for each P" : "one queue for all"}, 2 to ${n} Ps`,
    { procs: 2, ms: 3, open: true, goroutines: { resizer: resize(n), ...acts }, register: binds },
    (w) => {
      const { memory, host } = w;
      memory.words[host["S_POLICY"]] = host["POLICY_QUEUES"] | (own ? host["POLICY_PRIVATE"] : 0);
      queues = Array.from({ length: own ? 2 : 1 }, () => w.token());
      w.idle(2);
      const push = (i: number, g: number): void => w.now(host["queuePush"](queues[own ? i : 0], g));
      push(0, w.go(0, "resizer"));
      for (const each of Object.keys(acts)) push(1, w.go(1, each));
    },
    (_s, w) => ({ M0: w.schedules(0), M1: w.schedules(1), spare: w.schedules(2, true) }),
    (_s, w) => {
      for (const [each, list] of Object.entries(acts)) ran(w, each, list);
      ran(w, "resizer", resize(n));
      assert(w.memory.words[w.host["S_NPROCS"]] === n, `${w.memory.words[w.host["S_NPROCS"]]} Ps`);
      owned(w);
    },
    // With one P in the end: as in syscall.ts.
    { mayBlock: true, races: n > 1, search: { preemptions: 2 } },
  );

export const models: readonly CoreModel[] = [
  resized(true, 1, { a: [nothing], b: [nothing] }),
  resized(false, 1, { a: [nothing], b: [nothing] }),
];
