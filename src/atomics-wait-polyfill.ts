/**
 * `Atomics.waitAsync` where the engine lacks it. (There is no package of this name on the registry, hence this file.)
 *
 * A helper thread sleeps in `Atomics.wait` on behalf of the caller and posts when it wakes. Helpers are kept and used again,
 * so their number is the largest number of waits at a time: here one for each thread, which waits on one note at a time.
 * Rejected: looking at the word on a timer, which is late when it matters and burns a core when it is not.
 *
 * As with the engine's own, a pending wait does not keep the process alive. A notification between the call and the helper's
 * sleep is not counted as one that woke somebody, but the wait ends all the same if the word has changed: callers change the
 * word before they notify.
 */
import { Worker } from "node:worker_threads";

/** What `Atomics.waitAsync` returns. */
export type WaitAsync =
  { async: false; value: "not-equal" | "timed-out" } | { async: true; value: Promise<"ok" | "timed-out"> };

const HELPER = `
const { parentPort } = require("node:worker_threads");
parentPort.on("message", ([buffer, offset, length, index, value, timeout]) => {
  const woken = Atomics.wait(new Int32Array(buffer, offset, length), index, value, timeout);
  parentPort.postMessage(woken === "timed-out" ? woken : "ok");
});
`;

const idle: Worker[] = [];

/** The same parameters and results as `Atomics.waitAsync` on an Int32Array over shared memory. */
export function waitAsync(view: Int32Array, index: number, value: number, timeout = Infinity): WaitAsync {
  if (!(view.buffer instanceof SharedArrayBuffer))
    throw new TypeError("waitAsync: the array must lie in shared memory; make it over a SharedArrayBuffer");
  if (Atomics.load(view, index) !== value) return { async: false, value: "not-equal" };
  if (timeout <= 0) return { async: false, value: "timed-out" };
  const helper = idle.pop() ?? new Worker(HELPER, { eval: true });
  helper.unref();
  return {
    async: true,
    value: new Promise((resolve, reject) => {
      const done = (result: "ok" | "timed-out"): void => {
        helper.off("error", reject);
        idle.push(helper);
        resolve(result);
      };
      helper.once("message", done);
      helper.once("error", reject);
      // Listening for messages holds the process; a wait must not.
      helper.unref();
      helper.postMessage([view.buffer, view.byteOffset, view.length, index, value, timeout]);
    }),
  };
}
