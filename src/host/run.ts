/** `run` and `start`: how a program or a library begins. */
import { boot, type Runtime } from "./runtime.js";
import { checkOptions, type Options } from "./options.js";
import { PanicError } from "./errors.js";
import { FatalError } from "../stack/fatal.js";
import { neverInWorker } from "./worker-flag.js";

/**
 * Runs a program, as `go run` does: starts the runtime, runs `main`, and resolves with its result when it returns. Then
 * the program is over: other goroutines are stopped where they are.
 *
 * A panic that nobody catches, in any goroutine, and a deadlock (all goroutines asleep) end the run with Go's report on
 * stderr; the promise rejects with a PanicError or FatalError, and the process will exit with 2.
 *
 * The module that calls `run` is loaded by the worker threads as well; there the call does nothing, so put what must happen
 * once after it (`await run(main)`) or under `if (isMainThread)`.
 *
 * @param main a goroutine function without parameters, defined at module level
 * @example
 * const main = goroutine(function* main() { println("hello"); });
 * await run(main, { procs: 2 });
 * // Output:
 * // hello
 */
export function run<R>(main: () => Generator<unknown, R, unknown>, options?: Options): Promise<Awaited<R>> {
  return neverInWorker<Awaited<R>>() ?? runMain(main, options);
}

async function runMain<R>(main: () => Generator<unknown, R, unknown>, options?: Options): Promise<Awaited<R>> {
  const rt = boot(checkOptions(options), false);
  try {
    const result = rt.go(main);
    // Started before the threads: they find it when they come up, and never see an empty world.
    rt.startThreads();
    return await result;
  } catch (e) {
    // As a Go program exits; also when nobody handles the rejection (Node would say 1).
    if (e instanceof PanicError || e instanceof FatalError) process.once("exit", () => (process.exitCode = e.exitCode));
    throw e;
  } finally {
    await rt.close();
  }
}

/**
 * Starts a runtime inside a program of another kind, a server for instance: goroutines are started with `rt.go`, data is
 * exchanged through `rt.chan`, and `rt.close()` (or `await using`) ends it. The event loop is never blocked.
 *
 * Resolves as soon as the threads are being started; goroutines begin when the first one is up.
 *
 * @example
 * const sum = goroutine(function* sum(list: number[]) {
 *   let total = 0;
 *   for (const n of list) total += n;
 *   return total;
 * });
 * const rt = await start({ procs: 4 });
 * console.log(await rt.go(sum, [1, 2, 3]));
 * await rt.close();
 * // Output:
 * // 6
 */
export function start(options?: Options): Promise<Runtime> {
  return neverInWorker<Runtime>() ?? startOpen(options);
}

async function startOpen(options?: Options): Promise<Runtime> {
  const rt = boot(checkOptions(options), true);
  rt.startThreads();
  return rt;
}
