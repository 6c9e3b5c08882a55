/**
 * `yield* wait(promise)`: a goroutine waits as async functions do with await.
 *
 * A promise cannot leave its thread, so the goroutine is pinned until it has the outcome, and its M runs its event loop
 * meanwhile (sched/eventloop.ts). The outcome stays in a table of the thread; G_PARAM says where.
 */
import { I } from "../arena/arena.js";
import { add } from "../arena/atomics.js";
import { G_PARAM, S_NETPOLLWAITERS } from "../arena/layout.js";
import { readyBound } from "../sched/bound.js";
import { countWait } from "../sched/eventloop.js";
import { gopark } from "../sched/proc.js";
import { waitReasonPromise } from "../sched/waitreason.js";
import { type Suspend } from "../stack/current.js";
import { builtin } from "../stack/native.js";
import { pin, unpin } from "../stack/pin.js";
import { registerFin } from "../stack/trampoline.js";

interface Outcome {
  failed: boolean;
  value: unknown;
}
/** What goroutines of this thread wait for, and what became of it. */
const outcomes: Outcome[] = [];
const free: number[] = [];

const finWait = registerFin((g) => {
  const i = I[g + G_PARAM]!;
  const { failed, value } = outcomes[i]!;
  outcomes[i]!.value = undefined;
  free.push(i);
  I[g + G_PARAM] = 0;
  add(S_NETPOLLWAITERS, -1);
  countWait(-1);
  unpin(g);
  if (failed) throw value;
  return value;
});

function isThenable(v: unknown): v is PromiseLike<unknown> {
  return (
    ((typeof v === "object" && v !== null) || typeof v === "function") &&
    typeof (v as { then?: unknown }).then === "function"
  );
}

/**
 * `yield* wait(promise)`: the value of a promise, as `await` gives it in an async function; a rejection is thrown. Other
 * goroutines run meanwhile. With it any library that returns promises works in goroutines.
 *
 * The goroutine stays on its thread until the promise settles. What is no promise is returned at once. A goroutine that
 * waits for a promise counts as one that waits for the network: a program in which nothing else can happen is no deadlock,
 * but waits, for the runtime cannot know what will settle a promise.
 *
 * @throws what the promise rejects with
 * @example
 * const { setTimeout: later } = yield* wait(import("node:timers/promises"));
 * println(yield* wait(later(5, "five milliseconds later")));
 * try {
 *   yield* wait(Promise.reject(new Error("no")));
 * } catch (e) {
 *   println("rejected:", (e as Error).message);
 * }
 * // Output:
 * // five milliseconds later
 * // rejected: no
 */
export const wait = builtin("wait", (g, _fp, _pc, _sent, promise) => {
  if (!isThenable(promise)) return promise;
  const i = free.length > 0 ? free.pop()! : outcomes.push({ failed: false, value: undefined }) - 1;
  const outcome = outcomes[i]!;
  const settle = (failed: boolean, value: unknown): void => {
    outcome.failed = failed;
    outcome.value = value;
    // Runs in this thread's event loop, so g has unwound and is Gwaiting.
    readyBound(g);
  };
  // Before the goroutine parks: the count must not be missed by who looks for a deadlock.
  add(S_NETPOLLWAITERS, 1);
  countWait(1);
  pin(g);
  I[g + G_PARAM] = i;
  Promise.resolve(promise).then(
    (v) => settle(false, v),
    (e: unknown) => settle(true, e),
  );
  return gopark(g, finWait, 0, waitReasonPromise);
}) as unknown as <T>(promise: T) => Generator<Suspend, Awaited<T>, unknown>;
