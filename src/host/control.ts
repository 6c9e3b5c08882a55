/** Control calls between the host and an M that has a running event loop: while it starts, and when it loads modules. */
import type { Endpoint } from "comlink";
import nodeEndpoint from "comlink/dist/umd/node-adapter.js";
import type { MessagePort } from "node:worker_threads";
import type { Arena } from "../arena/arena.js";
import type { Choice } from "../policy/spec.js";

export interface HostControl {
  /** URLs of the modules to load, from index `from` on. */
  modules(from: number): string[];
  /** This M cannot go on: its modules do not load, or it was told to run something that it lacks. */
  failed(mid: number, error: unknown): void;
}

/** What the host hands to an M as its Piscina task. */
export interface MTask {
  arena: Arena;
  mid: number;
  /** Results and events, from the M to the host (hostlink.ts). */
  events: MessagePort;
  /** Comlink. */
  control: MessagePort;
  modules: string[];
  /** The first module's exported `main` is what runs (command line). */
  main: boolean;
  /** undefined: the default one, unchecked, and no hook is called. */
  policy: Choice | undefined;
  argv: string[];
}

export function endpoint(port: MessagePort): Endpoint {
  return (nodeEndpoint as unknown as (p: MessagePort) => Endpoint)(port);
}
