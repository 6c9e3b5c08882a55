/** A goroutine function of the user: see stack/funcs.ts. */
export interface FuncInfo {
  readonly id: number;
  readonly name: string;
  readonly file: string;
  readonly lines: readonly number[];
}

/** Words that tell how long the queues of a policy are: policy/policy.ts. */
export interface PolicyLengths {
  readonly shared?: readonly (number | readonly [number, number])[];
  readonly perP?: readonly (number | readonly [number, number])[];
}

/**
 * What Ms tell the host. One message for each event that leaves the arena: results, output of a fatal error, a thread
 * that is needed. Posting works from a thread whose own event loop is blocked; the host answers through the arena.
 */
export type ToHost =
  /** `marked`: the value has markers in it for handles and goroutine functions (arena/clone.ts). */
  | { t: "result"; id: number; value: unknown; marked: boolean }
  | { t: "error"; id: number; error: unknown }
  | { t: "newm"; mid: number }
  /** The thread of an M is up. */
  | { t: "up" }
  /** Something was submitted to the network poller for the first time: its thread is to be started. */
  | { t: "netpoll" }
  /** A goroutine calls a host function: address of the call (netpoll/call.ts). */
  | { t: "call"; call: number }
  /** The policy is in force, what it counts, and where the lengths of its queues are; later perhaps, that and why it has been given up. */
  | { t: "policy"; name: string; counters?: readonly string[]; lengths?: PolicyLengths; failure?: string }
  /** The functions that the first M has loaded: for reports that no M can make. */
  | { t: "funcs"; funcs: readonly FuncInfo[] }
  /** sysmon: the goroutine that runs on `m` has kept P `p` for `ms` and does not give way. */
  | { t: "held"; m: number; p: number; ms: number }
  | { t: "fatal"; kind: "panic" | "fatal"; message: string; error?: unknown }
  | { t: "idle" }
  | { t: "busy" };

export let post: (m: ToHost) => void = () => {
  throw new Error("not a worker of a runtime");
};
export function setPost(f: (m: ToHost) => void): void {
  post = f;
}
