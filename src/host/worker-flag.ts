/** Whether this thread is an M of a runtime, and what it does when user code starts a runtime there. */

interface Worker {
  /** Called when the module that is being loaded reaches `run` or `start`. */
  reached: () => void;
}
let worker: Worker | undefined;

export function setWorker(w: Worker): void {
  worker = w;
}
/**
 * The Ms load the user's modules too, and a module may call `run(main)` at its top level. There the call does nothing and
 * its promise never settles: everything above it has been defined, which is what an M needs; what follows an
 * `await` belongs to the host.
 */
export function neverInWorker<T>(): Promise<T> | undefined {
  if (worker === undefined) return undefined;
  worker.reached();
  return new Promise<T>(() => {});
}
