/** `syscall`, as users call it: the halves of the runtime (sched/syscall.ts) around a function of theirs. */
import { entersyscall, entersyscallblock, exitsyscall } from "../sched/syscall.js";
import type { Suspend } from "../stack/current.js";
import type { Compiled } from "../stack/funcs.js";
import { builtin } from "../stack/native.js";
import { describe } from "./goroutine.js";

function body(name: string, enter: (g: number) => void): Compiled {
  return (g, _fp, _pc, _sent, f) => {
    if (typeof f !== "function")
      throw new TypeError(`${name}: ${describe(f)} is not a function; write ${name}(() => readFileSync(path))`);
    enter(g);
    let v: unknown;
    try {
      v = (f as () => unknown)();
    } finally {
      exitsyscall(g);
    }
    if (v instanceof Promise)
      throw new TypeError(
        `${name}: the function returned a promise, which cannot settle while its thread runs goroutines; call something synchronous`,
      );
    return v;
  };
}

/** What `syscall` is. */
export interface Syscall {
  <T>(f: () => T): Generator<Suspend, T, unknown>;
  blocking<T>(f: () => T): Generator<Suspend, T, unknown>;
}

const plain = body("syscall", entersyscall);
const blocking = body("syscall.blocking", entersyscallblock);

/**
 * `yield* syscall(f)`: calls `f()`, which may block the thread for long, without stopping the other goroutines, and returns
 * what it returns. For any synchronous call: `readFileSync`, `execFileSync`, a database driver without promises.
 *
 * If the call lasts, its P, with all goroutines that wait for it, goes on on another thread; usually after less than a
 * millisecond. A short call costs about as much as an unlocked mutex more than the call alone. `yield* syscall.blocking(f)`
 * is for calls that are known to last: it gives the P away at once.
 *
 * `f` runs at once and on this thread; it sees the locals around it. It runs without a P, so no channel, no `go` and no
 * lock may be used inside: that is an error. It cannot be interrupted: closing the runtime ends the thread when the call returns.
 *
 * Source: Go's entersyscall, exitsyscall and retake (runtime/proc.go).
 *
 * @throws whatever `f` throws
 * @throws TypeError if `f` is not a function, or returns a promise
 * @throws FatalError `thread exhaustion` ends the program when more than `maxThreads` threads are needed
 * @example
 * import { execFileSync } from "node:child_process";
 *
 * const text = yield* syscall(() => execFileSync("echo", ["hello"]).toString());
 * println(text.trim());
 * // Output:
 * // hello
 */
export const syscall = Object.assign(builtin("syscall", plain), {
  blocking: builtin("syscall.blocking", blocking),
  /** What compiled code calls for `syscall.blocking(...)`. */
  $blocking: blocking,
}) as unknown as Syscall;
