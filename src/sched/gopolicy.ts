/** Go's decisions as hooks: what a policy gets where it has none of its own, and what a policy that is given up is replaced by. */
import { I } from "../arena/arena.js";
import { load } from "../arena/atomics.js";
import { S_NCPU, S_NMSPINNING, S_NPIDLE, S_NPROCS } from "../arena/layout.js";
import { fruitless } from "./m.js";
import { fastrand } from "./p.js";
import { AGAIN, GLOBAL, type Hooks, LOCAL, NEXT, READY } from "./policy.js";
import { runqsteal } from "./runq.js";
import * as stealOrder from "./stealorder.js";

/**
 * Further rounds before parking, while there are cores to spare: waking costs about 100 us across cores, so looking for
 * about as long is at most twice the cost of the best choice (competitive spinning; Karlin et al. 1991).
 */
const SPIN_ROUNDS = 150;

/** No more than half of the busy Ps look for work (Go: findRunnable). A holder of a P. */
export function maySpin(procs: number): boolean {
  return 2 * load(S_NMSPINNING) < procs - load(S_NPIDLE);
}
/** A core is free for us as long as no more Ms run than there are cores. */
export function spinOn(round: number, procs: number): boolean {
  return round < SPIN_ROUNDS && !fruitless() && procs - load(S_NPIDLE) <= I[S_NCPU]!;
}

export const goHooks: Hooks = {
  place: (_p, _g, why) => (why <= READY ? NEXT : why === AGAIN ? LOCAL : GLOBAL),
  pick: () => 0,
  steal: (p, victim, last) => runqsteal(p, victim, last),
  amount: (_p, _victim, n) => n - (n >> 1),
  victim(p, k, procs) {
    if (k === 0) stealOrder.start(procs, fastrand(p));
    else stealOrder.next();
    return stealOrder.pos;
  },
  spin: (_p, round) => (round === 0 ? maySpin(I[S_NPROCS]!) : spinOn(round - 1, I[S_NPROCS]!)),
  wake: () => true,
  slice: () => 0,
  tick: () => false,
  running: () => {},
  stopping: () => {},
  pending: () => false,
};
