/**
 * The runtime's mutex: one word, three states, as in Go's lock_futex.go (and Drepper's "Futexes are tricky").
 *
 *   UNLOCKED 0   LOCKED 1   SLEEPING 2 (locked, and someone may sleep on the word)
 *
 * Goal: 2 atomics for an uncontended pair, and no `notify` (65 ns) unless someone sleeps.
 *
 *   lock:   1. CAS 0 -> 1: done.
 *           2. Spin: the holder runs a few dozen instructions and never blocks with the lock held, so on a second
 *              core it is gone within a microsecond, far less than a sleep costs. On one core spinning is
 *              pointless, hence ACTIVE_SPIN is 0 there.
 *           3. XCHG 2. Old value 0: we own it (in state 2: at worst one needless notify).
 *              Otherwise sleep while the word is 2, and repeat 3.
 *   unlock: 4. XCHG 0. Old value 2: notify one.
 *
 * Why no wake-up is lost: a sleeper has put 2 (3) before it sleeps; the unlocker's exchange (4) sees that 2, or came
 * earlier, and then the word is not 2 when the sleeper looks, so `wait` returns at once. Whoever gets the lock
 * after having slept holds it in state 2, because others may sleep still.
 *
 * What if a thread stops right there? Holding the lock: everyone waits; therefore no user code and no allocation
 * of JavaScript objects beyond a few numbers happens under a lock, and a thread that dies ends the run (host/). An M that waits
 * for its lock is ended with the run. The host must not wait: it hears of the death only when it is back in its event
 * loop; nor must sysmon or the poller, which the host lets end by themselves. They give up (limitLocks).
 *
 * `lock`/`unlock`: any thread.  `plock`/`punlock`: holders of a P only (see atomics.ts, family 2).
 */
import { UNLOCKED, LOCKED, SLEEPING, ACTIVE_SPIN } from "./lockword.js";
import { I } from "./arena.js";
import { cas, load, notify, smp, wait, xchg } from "./atomics.js";
import { failpoint, refuse } from "./failpoint.js";
import { FatalError } from "./fatal.js";
import { S_NCPU } from "./layout.js";

/** A lock is held for microseconds, or as long as the system keeps its holder from running. */
const PATIENCE_MS = 3000;
let patience = Infinity;
/** From now on this thread, which is no M, waits for no lock longer than that: then `lock` throws. */
export function limitLocks(): void {
  patience = PATIENCE_MS;
}

/** Any thread. */
export function lock(a: number): void {
  if ((FAILPOINTS && refuse("lock: CAS")) || !cas(a, UNLOCKED, LOCKED)) lockSlow(a);
  if (FAILPOINTS) failpoint("lock: held");
}

/** The holder. */
export function unlock(a: number): void {
  const old = xchg(a, UNLOCKED);
  if (FAILPOINTS) failpoint("unlock: not notified");
  if (old === SLEEPING) notify(a, 1);
  else if (old === UNLOCKED) throw new Error("fatal error: unlock of unlocked lock");
}

/**
 * A holder of a P. With one P there is nobody to exclude, and the word stays unlocked: no lock is held while the number
 * of Ps changes (a resize happens between two goroutines, after the lock of a parked one was released).
 */
export function plock(a: number): void {
  if (smp !== 0 && ((FAILPOINTS && refuse("plock: CAS")) || !cas(a, UNLOCKED, LOCKED))) lockSlow(a);
  if (FAILPOINTS) failpoint("plock: held");
}

/** The holder, which holds a P. */
export function punlock(a: number): void {
  if (smp !== 0 && xchg(a, UNLOCKED) === SLEEPING) notify(a, 1);
}

function lockSlow(a: number): void {
  if (I[S_NCPU]! > 1) {
    for (let i = 0; i < ACTIVE_SPIN; i++) {
      if (load(a) === UNLOCKED && cas(a, UNLOCKED, LOCKED)) return;
    }
  }
  while (xchg(a, SLEEPING) !== UNLOCKED)
    if (!wait(a, SLEEPING, patience))
      throw new FatalError("a thread of the runtime died: a lock that it held was not released");
}
