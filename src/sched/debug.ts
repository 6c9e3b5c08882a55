/** Go's runtime.Caller and runtime/debug: where the running goroutine stands. */
import { curg, mustg } from "../stack/current.js";
import { writeAll } from "./panic.js";
import { callers, type Frame, goroutineText, infoOf } from "./traceback.js";

/**
 * Where the running goroutine stands: file, line and function of the caller, or of its caller (`skip` 1), and so on; undefined
 * beyond the goroutine's first function.
 *
 * @param skip frames to leave out, 0 or more
 * @throws Error outside of a goroutine
 */
export function caller(skip = 0): Frame | undefined {
  return callers(mustg("runtime.caller"), caller)[skip];
}

/** All of them, innermost first; at most 100. */
export function allCallers(): Frame[] {
  return callers(mustg("runtime.callers"), allCallers);
}

/**
 * Go's runtime/debug. Inside goroutines.
 *
 * @example
 * const inner = goroutine(function* inner() {
 *   println(debug.stack().split("\n").slice(0, 2).join(" "));
 *   yield* gosched();
 *   println(runtime.caller()?.name, runtime.caller(1)?.name);
 * });
 * const outer = goroutine(function* outer() {
 *   yield* inner();
 * });
 * yield* outer();
 * // Output:
 * // goroutine 1 [running]: inner(...)
 * // inner outer
 */
export const debug = {
  /** The running goroutine as a panic would show it. */
  stack(): string {
    mustg("debug.stack");
    return `${goroutineText(infoOf(curg, callers(curg, debug.stack)))}\n`;
  },
  /** The same on stderr. */
  printStack(): void {
    mustg("debug.printStack");
    writeAll(2, `${goroutineText(infoOf(curg, callers(curg, debug.printStack)))}\n`);
  },
};
