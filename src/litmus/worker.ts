/** A thread of the litmus tests: runs what it is told to, as often as it is told to, and says when it is done. */
import { compileFunction } from "node:vm";
import type { MessagePort } from "node:worker_threads";
import { CONSTANTS } from "./language.js";

/** Atomic operations on words; `add` returns the new value. */
export interface Ops {
  load(a: number): number;
  store(a: number, v: number): void;
  cas(a: number, old: number, v: number): number;
  xchg(a: number, v: number): number;
  add(a: number, d: number): number;
}

export interface Job {
  readonly code: string;
  /** Through functions of WebAssembly, as the arena does, or through the engine's Atomics. */
  readonly wasm: boolean;
  readonly threads: number;
  readonly n: number;
}

type Thread = (I: Int32Array, F: Float64Array, B: BigInt64Array, ops: Ops, threads: number, n: number) => void;

/** `wasm`: the arena's operations on this memory, undefined if there are none. */
export function serve(port: MessagePort, buffer: SharedArrayBuffer, wasm: Ops | undefined): void {
  const I = new Int32Array(buffer);
  const F = new Float64Array(buffer);
  const B = new BigInt64Array(buffer);
  const scripted: Ops = {
    load: (a) => Atomics.load(I, a),
    store: (a, v) => void Atomics.store(I, a, v),
    cas: (a, old, v) => Atomics.compareExchange(I, a, old, v),
    xchg: (a, v) => Atomics.exchange(I, a, v),
    add: (a, d) => (Atomics.add(I, a, d) + d) | 0,
  };
  const compiled = new Map<string, Thread>();
  port.on("message", (job: Job) => {
    const key = `${job.wasm}\n${job.code}`;
    let f = compiled.get(key);
    if (f === undefined) {
      const constants = Object.keys(CONSTANTS);
      const make = compileFunction(`return function (I, F, B, ops, threads, n) {\n${job.code}\n};`, constants) as (
        ...v: unknown[]
      ) => Thread;
      compiled.set(key, (f = make(...Object.values(CONSTANTS))));
    }
    f(I, F, B, job.wasm ? wasm! : scripted, job.threads, job.n);
    port.postMessage("done");
  });
}
