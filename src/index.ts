/**
 * gosched: Go's runtime for TypeScript. Goroutines, channels and the G-M-P scheduler on real threads.
 *
 * Everything that users may import; the rest of the package is closed.
 */
import type { Suspend } from "./stack/current.js";
import type { FuncObject } from "./stack/funcs.js";
import { curmid, mustg } from "./stack/current.js";
import { builtin, nativeClosure } from "./stack/native.js";
import { load } from "./arena/atomics.js";
import { I } from "./arena/arena.js";
import { FLAG_NATIVE, G_FN, H_FLAGS, S_NCPU, S_NPROCS } from "./arena/layout.js";
import { numGoroutine } from "./sched/count.js";
import { goidOf } from "./sched/gname.js";
import { checkHints, type Hints } from "./sched/record.js";
import { goexit, gomaxprocsBody, gosched as goschedImpl, lockOSThread, newproc, unlockOSThread } from "./sched/proc.js";
import { allCallers, caller } from "./sched/debug.js";
import { checkProcs } from "./sched/stw.js";
import { defineGoroutine, describe } from "./host/goroutine.js";
import { FatalError } from "./stack/fatal.js";

/**
 * A goroutine function: what `goroutine()` makes of a generator function. Start it with `go(f, ...args)`, or call it from
 * another one with `yield* f(...args)`.
 */
export interface GoFunc<A extends unknown[], R> {
  (...args: A): Generator<Suspend, R, unknown>;
  /** @internal */
  readonly $id: number;
}

/**
 * Declares a goroutine function. At module level, with a generator function; `yield*` marks each place where it may be
 * suspended, and it may go on on another thread with its locals intact.
 *
 * The runtime compiles the module when its threads load it; nothing has to be built or flagged.
 *
 * @throws TypeError if `f` is not a generator function
 * @example
 * const square = goroutine(function* square(inp: Chan<number>, out: Chan<number>) {
 *   for (let n; (n = yield* inp.recv()) !== undefined; ) yield* out.send(n * n);
 *   out.close();
 * });
 *
 * const numbers = chan<number>(3);
 * const squares = chan<number>();
 * go(square, numbers, squares);
 * for (let n = 1; n <= 3; n++) yield* numbers.send(n);
 * numbers.close();
 * for (let n; (n = yield* squares.recv()) !== undefined; ) println(n);
 * // Output:
 * // 1
 * // 4
 * // 9
 */
export function goroutine<A extends unknown[], R>(f: (...args: A) => Generator<Suspend, R, unknown>): GoFunc<A, R> {
  return defineGoroutine(f as unknown as (...args: never[]) => Generator, goroutine) as unknown as GoFunc<A, R>;
}

/**
 * Starts a goroutine: `f` runs concurrently with the caller. Never waits. Inside a goroutine function a generator function
 * may be written in place; it gets the constants that it uses by value.
 *
 * Arguments are copied, as through a channel. On the host use `rt.go`.
 *
 * @throws FatalError `go of nil func value`
 * @throws TypeError if `f` is not a goroutine function, or an argument cannot cross threads
 * @example
 * const square = goroutine(function* square(n: number, out: Chan<number>) { yield* out.send(n * n); });
 *
 * const results = chan<number>();
 * go(square, 5, results);
 * println(yield* results.recv());
 * go(function* () { yield* results.send(1); });
 * println(yield* results.recv());
 * // Output:
 * // 25
 * // 1
 */
export function go<A extends unknown[]>(f: (...args: A) => Generator<Suspend, unknown, unknown>, ...args: A): void {
  const g = mustg("go");
  newproc(startable(f), args, I[g + G_FN]!);
}

/**
 * As `go`, with hints for the scheduling policy; one that does not heed them, the default one for instance, ignores them. `f` is
 * declared with `goroutine`, not written in place.
 *
 * @throws TypeError, RangeError which name the hint
 * @example
 * const say = goroutine(function* say(text: string, wg: WaitGroup) {
 *   println(text);
 *   wg.done();
 * });
 *
 * const wg = new WaitGroup();
 * wg.add(1);
 * go.with({ priority: 10, deadline: 50 }, say, "urgent", wg);
 * yield* wg.wait();
 * // Output:
 * // urgent
 */
go.with = <A extends unknown[]>(
  hints: Hints,
  f: (...args: A) => Generator<Suspend, unknown, unknown>,
  ...args: A
): void => {
  const g = mustg("go.with");
  newproc(startable(f), args, I[g + G_FN]!, checkHints(hints, "go.with"));
};

function startable(f: unknown): FuncObject {
  if (f === undefined || f === null) throw new FatalError("go of nil func value");
  const fo = f as FuncObject;
  return fo.$id === undefined ? inPlace(f) : fo;
}

/** A function written in place was lifted out by the compiler; in an uncompiled program it starts pinned to this thread. */
function inPlace(f: unknown): FuncObject {
  if ((I[H_FLAGS]! & FLAG_NATIVE) !== 0) return nativeClosure(f as (...args: never[]) => Generator);
  throw new TypeError(
    `go: ${describe(f)} is not a goroutine function; define it at module level with goroutine(function* name() {...})`,
  );
}

/**
 * `yield* gosched()`: gives other goroutines a turn; this one goes to the end of the global queue.
 */
export const gosched = goschedImpl as unknown as GoFunc<[], void>;

/**
 * `yield* gomaxprocs(n)`: sets how many threads run goroutines at the same time and returns the old number. Stops all
 * goroutines for a moment. Without an argument, or with 0, it only asks.
 *
 * @param n 1..1024
 * @throws RangeError
 */
export const gomaxprocs = builtin("gomaxprocs", (g, _fp, _pc, _sent, n) =>
  n === undefined || n === 0 ? load(S_NPROCS) : gomaxprocsBody(g, checkProcs(n, "gomaxprocs")),
) as unknown as GoFunc<[n?: number], number>;

/** Calls about the runtime itself. They never wait. Inside goroutines. */
export const runtime = {
  /** Cores that the process may use. */
  numCPU: (): number => I[S_NCPU]!,
  /** Goroutines that exist now. */
  numGoroutine: (): number => numGoroutine(),
  /** GOMAXPROCS. To change it: `yield* gomaxprocs(n)`. */
  gomaxprocs: (): number => load(S_NPROCS),
  /** Id of the running goroutine; main is 1. */
  goid: (): number => goidOf(mustg("runtime.goid")),
  /** Which thread runs this goroutine now: 0, 1, ... */
  threadId: (): number => curmid,
  /** Locks the goroutine to its thread; the thread runs nothing else until it unlocks as often, or ends. */
  lockOSThread: (): void => lockOSThread(mustg("runtime.lockOSThread")),
  unlockOSThread: (): void => unlockOSThread(mustg("runtime.unlockOSThread")),
  /** Ends this goroutine, running its finally blocks. */
  goexit: (): never => {
    mustg("runtime.goexit");
    return goexit();
  },
  caller,
  callers: allCallers,
} as const;

export type { Hints } from "./sched/record.js";
/** Numbers, booleans and values that goroutines on all threads read and change without a lock. */
export * as atomic from "./sync/atomic.js";
export { type MapKey, SyncMap } from "./sync/map.js";
export { Pool } from "./sync/pool.js";
/** Goroutines for the parts of one task, and the first error of any. */
export * as errgroup from "./context/errgroup.js";
/** Of many who want the same at the same time, one does the work. */
export * as singleflight from "./sync/singleflight.js";

export { Chan, chan, type Received, type SendCase } from "./chan/chan.js";
export { select, type SelectCases, type Selected } from "./chan/select.js";

// sync
export { Mutex } from "./sync/mutex.js";
export { type Locker, type RLocker, RWMutex } from "./sync/rwmutex.js";
export { WaitGroup } from "./sync/waitgroup.js";
export { Once } from "./sync/once.js";
export { Cond, type CondLocker } from "./sync/cond.js";
export { Semaphore } from "./sync/semaphore.js";
export { Barrier } from "./sync/barrier.js";
// end of sync
export { type HostFunctions, hostFunctions } from "./netpoll/hostcall.js";
export { wait } from "./netpoll/wait.js";
export { sleep } from "./time/sleep.js";
export { after, afterFunc, Timer } from "./time/timer.js";
export { tick, Ticker } from "./time/ticker.js";
export { now } from "./time/when.js";
export {
  background,
  CancelContext,
  Context,
  todo,
  withCancel,
  withDeadline,
  withTimeout,
  withValue,
} from "./context/context.js";
export { type ContextKey, contextKey } from "./context/key.js";
export { Canceled, CanceledError, DeadlineExceeded, DeadlineExceededError } from "./context/errors.js";
export * as net from "./net.js";
export * as http from "./http.js";
export * as fs from "./fs.js";
export { run, start } from "./host/run.js";
export { policies, type PolicyInfo } from "./policy/index.js";
export type { HostChan, Runtime } from "./host/runtime.js";
export type { PolicyStats, PStats, Stats } from "./host/stats.js";
export type { Options } from "./host/options.js";
export { PanicError } from "./host/errors.js";
export { FatalError, GoPanic } from "./stack/fatal.js";
export { println } from "./host/output.js";
export { syscall, type Syscall } from "./host/syscall.js";
export type { Suspend } from "./stack/current.js";

export { defer, recover, returned } from "./stack/defer.js";
export { panic } from "./stack/panics.js";
export { debug } from "./sched/debug.js";
export type { Frame, GoroutineInfo } from "./sched/traceback.js";
export { expectNoLeaks, leakCheck, LeakError, type LeakOptions } from "./host/leak.js";
