/**
 * Once (Go: sync/once.go): a flag, and a lock under which the function runs.
 *
 *   do   1. the flag is set: done
 *        2. lock; the flag is set: unlock, done
 *        3. call f; whatever way it ends, set the flag, then unlock
 *
 * The lock is what makes the others wait until f has ended, and not only begun. The flag is set before the unlock, so who gets
 * the lock after that finds it set; and it is set after f, so who finds it set in 1 sees what f has done.
 *
 * f may suspend, in 3, and so may the lock, in 2. So `do` has a frame (stack/library.ts):
 *   point 1, waiting for the lock    slots: the Once, number of arguments, f, its arguments
 *   point 2, f is running            slot: the Once
 *
 * Atomics: 1 load when it is done. With one P: none.
 */
import { pload, pstore } from "../arena/atomics.js";
import { ONCE_BYTES, ONCE_DONE, ONCE_MU } from "../arena/layout.js";
import { AT, decode, Handle, HANDLE_ONCE, handleAt, handleClass, madeAt } from "../arena/value.js";
import { SUSPEND, type Suspend } from "../stack/current.js";
import type { Compiled, FuncObject } from "../stack/funcs.js";
import { libraryFunction } from "../stack/library.js";
import { builtin, lift } from "../stack/native.js";
import { base, enter } from "../stack/stack.js";
import { put } from "../stack/trampoline.js";
import { finLock, mutexlock, mutexunlock } from "./lock.js";
import { newObject } from "./object.js";

/**
 * Runs a function once, whoever asks first: the others wait until it has ended. For setting something up when it is first
 * needed.
 *
 * A function that throws counts as done: the exception goes to the caller who ran it, and nobody runs it again. A function
 * that calls `do` of the same Once waits for itself for ever, as in Go.
 *
 * Like a Mutex it is a reference, made in a goroutine, never copied.
 *
 * Algorithm: Go's `sync/once.go`.
 *
 * @example
 * const connect = goroutine(function* connect(name: string) {
 *   yield* gosched(); // as long as it takes
 *   println("connected to", name);
 * });
 * const once = new Once();
 * const wg = new WaitGroup();
 * wg.add(3);
 * for (let i = 0; i < 3; i++) {
 *   go(function* () {
 *     yield* once.do(connect, "the database");
 *     wg.done();
 *   });
 * }
 * yield* wg.wait();
 * // Output:
 * // connected to the database
 */
export class Once extends Handle {
  constructor();
  /** @internal */
  constructor(addr: number, at: typeof AT);
  constructor(addr?: number, at?: typeof AT) {
    super(madeAt(addr, at, "Once") ?? newObject(HANDLE_ONCE, ONCE_BYTES, "Once"), AT);
    if (addr === undefined) return handleAt(HANDLE_ONCE, this.addr) as Once;
  }

  /**
   * `yield* once.do(f, ...args)`: runs `f(...args)` if this is the first call of `do` on this Once; else waits until that first
   * call has ended. Suspends while it waits, and where `f` does.
   *
   * @param f a goroutine function, or a generator function; what it returns is dropped
   * @param args its arguments
   * @throws what `f` throws, to the caller who ran it
   * @throws TypeError if f is no such function
   * @example
   * const fails = goroutine(function* fails() {
   *   throw new Error("not today");
   * });
   * const once = new Once();
   * try {
   *   yield* once.do(fails);
   * } catch (e) {
   *   println((e as Error).message);
   * }
   * yield* once.do(fails);
   * println("done all the same");
   * // Output:
   * // not today
   * // done all the same
   */
  do<A extends unknown[]>(
    f: (...args: A) => Generator<Suspend, unknown, unknown>,
    ...args: A
  ): Generator<Suspend, void, unknown> {
    return run(this, f, ...args) as Generator<Suspend, void, unknown>;
  }

  /** @internal */
  $do(g: number, fp: number, _pc: number, _sent: unknown, f: unknown, ...args: unknown[]): unknown {
    return pload(this.addr + ONCE_DONE) !== 0 ? undefined : doSlow(g, fp, this, f, args);
  }
}

const run = builtin("once.do", (g, fp, pc, sent, once, f, ...args) =>
  (once as Once).$do(g, fp, pc, sent, f, ...args),
) as unknown as (...args: unknown[]) => unknown;

/** Step 2. */
function doSlow(g: number, fp: number, once: Once, f: unknown, args: unknown[]): unknown {
  if (typeof f !== "function") throw new TypeError("once.do: the first argument is not a goroutine function");
  if (mutexlock(g, once.addr + ONCE_MU, finLock)) return locked(g, fp, once, f, args);
  const b = enter(g, fp, 4 + args.length, (frame.id << 12) | 1);
  put(b + 1, once);
  put(b + 2, args.length);
  put(b + 3, f);
  for (let i = 0; i < args.length; i++) put(b + 4 + i, args[i]);
  return SUSPEND;
}

/** Step 3. */
function locked(g: number, fp: number, once: Once, f: unknown, args: unknown[]): unknown {
  // Plain would do: it is written under the lock, which we hold.
  if (pload(once.addr + ONCE_DONE) !== 0) {
    mutexunlock(once.addr + ONCE_MU);
    return undefined;
  }
  let ended = true;
  try {
    const c = (f as Partial<FuncObject>).$c ?? lift(f, "f").$c;
    if (c(g, fp + 2, 0, undefined, ...args) === SUSPEND) {
      ended = false;
      put(enter(g, fp, 2, (frame.id << 12) | 2) + 1, once);
      return SUSPEND;
    }
    return undefined;
  } finally {
    if (ended) end(once);
  }
}

function end(once: Once): void {
  pstore(once.addr + ONCE_DONE, 1);
  mutexunlock(once.addr + ONCE_MU);
}

/** Resumed at one of its points; `sent` is thrown if pc is below 0. */
const resumed: Compiled = (g, fp, pc, sent) => {
  const b = base(g) + fp;
  const once = decode(b + 1) as Once;
  if (pc === 2 || pc === ~2) {
    end(once);
    if (pc < 0) throw sent;
    return undefined;
  }
  const args: unknown[] = [];
  const n = decode(b + 2) as number;
  const f = decode(b + 3);
  for (let i = 0; i < n; i++) args.push(decode(b + 4 + i));
  if (pc < 0) throw sent; // the lock is broken
  return locked(g, fp, once, f, args);
};
const frame = libraryFunction("once.do", resumed);

handleClass(HANDLE_ONCE, Once, ONCE_BYTES);
