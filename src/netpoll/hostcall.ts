/** Functions of the host as goroutines call them. */
import { post } from "../sched/hostlink.js";
import { waitReasonHostCall } from "../sched/waitreason.js";
import type { Suspend } from "../stack/current.js";
import type { FuncObject } from "../stack/funcs.js";
import { builtin } from "../stack/native.js";
import { call } from "./call.js";

/** What `hostFunctions` returns: the functions of `T`, each called with `yield*`. */
export type HostFunctions<T> = {
  readonly [K in keyof T as T[K] extends (...args: never[]) => unknown ? K : never]: T[K] extends (
    ...args: infer A
  ) => infer R
    ? (...args: A) => Generator<Suspend, Awaited<R>, unknown>
    : never;
};

const submit = (a: number): void => post({ t: "call", call: a });

/**
 * The functions that the host has exposed, with `rt.expose(functions)` or the option `expose`, for goroutines to call:
 * `yield* host.name(...args)`. The function runs on the main thread, so it may use what only lives there (a window, a
 * database connection, the request it serves); the goroutine waits, other goroutines run, and it may go on on
 * another thread. Arguments and result are copied as through a channel.
 *
 * A call costs two trips between threads, 20-100 us: not for inner loops. Make it once, at module level.
 *
 * @throws what the function throws, or what its promise rejects with
 * @throws ReferenceError if nothing of that name has been exposed; it lists what has
 * @throws TypeError if an argument or the result cannot cross threads
 * @example
 * const functions = { add: (a: number, b: number) => a + b };
 * const host = hostFunctions<typeof functions>();
 * const main = goroutine(function* main() {
 *   println(yield* host.add(2, 3)); // 5
 * });
 * await run(main, { expose: functions });
 */
export function hostFunctions<T extends object>(): HostFunctions<T> {
  const made = new Map<string, FuncObject>();
  const get = (name: string): FuncObject => {
    let f = made.get(name);
    if (f === undefined) {
      f = builtin(name, (g, _fp, _pc, _sent, ...args) => call(g, name, args, submit, waitReasonHostCall));
      made.set(name, f);
    }
    return f;
  };
  return new Proxy({} as HostFunctions<T>, {
    // Compiled code asks for `$name`. A `then` would make it a promise to whoever awaits it.
    get: (_target, key) =>
      typeof key !== "string" || key === "then" ? undefined : key.startsWith("$") ? get(key.slice(1)).$c : get(key),
  });
}
