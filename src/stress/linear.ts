/**
 * Is a history linearizable (Herlihy and Wing 1990)? That is: can each operation be thought to happen at one moment between its
 * call and its return, so that in this order the object behaves as its sequential model says?
 *
 * The search is Wing and Gong's (1993): of the operations not yet placed, one whose call comes before all returns among them
 * can be the next; try each. With Lowe's memory (2017): a set of placed operations that has led to a state once, and failed,
 * is not tried again. Exponential at worst; the histories here have few threads, so few candidates.
 *
 * A rendezvous (send and receive on a channel without a buffer) is two operations at one moment: `pair`.
 */

export interface Operation<O> {
  /** When it was called and when it returned, by one clock that all threads advance: no two times are the same. */
  call: number;
  ret: number;
  what: O;
}

/** The sequential object. States are immutable. */
export interface Model<S, O> {
  init: S;
  /** The state after `o` with the result that is in it; undefined: it cannot happen, or not with that result. */
  step(s: S, o: O): S | undefined;
  /** The state after `a` and `b` at the same moment. */
  pair?(s: S, a: O, b: O): S | undefined;
  /** Tells states apart. */
  key(s: S): string;
}

/** An order in which the history can have happened; undefined: there is none. */
export function linearize<S, O>(history: readonly Operation<O>[], model: Model<S, O>): O[] | undefined {
  const ops = [...history].sort((a, b) => a.call - b.call);
  for (const o of ops) if (!(o.call < o.ret)) throw new Error(`an operation returned at ${o.ret}, called at ${o.call}`);
  const placed = new Uint8Array(ops.length);
  const order: O[] = [];
  const failed = new Set<string>();

  /** `first`: no operation before it is left. */
  const place = (first: number, s: S): boolean => {
    while (placed[first] === 1) first++;
    if (first === ops.length) return true;
    const seen: number[] = [];
    const beyond: number[] = [];
    let soonest = Infinity;
    for (let i = first; i < ops.length; i++) {
      if (placed[i] === 1) beyond.push(i);
      // Called after a return: no candidate, and nothing later has been placed.
      else if (ops[i]!.call > soonest) break;
      else {
        seen.push(i);
        soonest = Math.min(soonest, ops[i]!.ret);
      }
    }
    const candidates = seen.filter((i) => ops[i]!.call < soonest);
    const key = `${first}:${beyond.join()}|${model.key(s)}`;
    if (failed.has(key)) return false;
    const attempt = (next: S | undefined, ...which: number[]): boolean => {
      if (next === undefined) return false;
      for (const i of which) {
        placed[i] = 1;
        order.push(ops[i]!.what);
      }
      if (place(first, next)) return true;
      for (const i of which) {
        placed[i] = 0;
        order.pop();
      }
      return false;
    };
    for (const i of candidates) {
      const o = ops[i]!.what;
      if (attempt(model.step(s, o), i)) return true;
      if (model.pair === undefined) continue;
      for (const j of candidates) if (i !== j && attempt(model.pair(s, o, ops[j]!.what), i, j)) return true;
    }
    failed.add(key);
    return false;
  };

  return place(0, model.init) ? order : undefined;
}

// ------------------------------------------------------------------------------------------- a channel

/** An operation on a channel of numbers. `none`: it could not be done at once; `closed`: receive from, or panic of a send on, a closed one. */
export interface ChanOp {
  op: "send" | "trySend" | "recv" | "tryRecv" | "close";
  /** What is sent, or was received. */
  value?: number;
  result: "ok" | "none" | "closed";
}

export interface ChanState {
  buffer: readonly number[];
  closed: boolean;
}

/** A channel with a buffer of `size`. */
export function chanModel(size: number): Model<ChanState, ChanOp> {
  const sends = (o: ChanOp): boolean => o.op === "send" || o.op === "trySend";
  return {
    init: { buffer: [], closed: false },
    key: (s) => `${s.closed ? "closed" : ""}${s.buffer.join()}`,
    step(s, o) {
      if (o.op === "close") return s.closed ? undefined : { ...s, closed: true };
      if (sends(o)) {
        if (o.result === "closed") return s.closed ? s : undefined;
        const full = s.buffer.length === size;
        if (o.result === "none") return full && !s.closed ? s : undefined;
        return full || s.closed ? undefined : { ...s, buffer: [...s.buffer, o.value!] };
      }
      if (o.result === "closed") return s.closed && s.buffer.length === 0 ? s : undefined;
      if (o.result === "none") return s.buffer.length === 0 && !s.closed ? s : undefined;
      return s.buffer[0] === o.value && s.buffer.length > 0 ? { ...s, buffer: s.buffer.slice(1) } : undefined;
    },
    pair(s, a, b) {
      if (size > 0 || s.closed || !sends(a) || sends(b) || b.op === "close") return undefined;
      return a.result === "ok" && b.result === "ok" && a.value === b.value ? s : undefined;
    },
  };
}

// ------------------------------------------------------------------------------------------- a key of a map

/** An operation on one key of a SyncMap; keys do not depend on each other. 0: no value. */
export interface MapOp {
  op: "load" | "store" | "swap" | "loadOrStore" | "loadAndDelete" | "compareAndSwap";
  value: number;
  /** Of compareAndSwap: what must be there. */
  old?: number;
  /** What was there; of compareAndSwap 1 if it was done, else 0. */
  result: number;
}

export const mapModel: Model<number, MapOp> = {
  init: 0,
  key: String,
  step(s, o) {
    switch (o.op) {
      case "store":
        return o.value;
      case "swap":
        return o.result === s ? o.value : undefined;
      case "load":
        return o.result === s ? s : undefined;
      case "loadOrStore":
        return o.result !== s ? undefined : s === 0 ? o.value : s;
      case "loadAndDelete":
        return o.result === s ? 0 : undefined;
      case "compareAndSwap":
        if (o.result === 1) return s === o.old ? o.value : undefined;
        return s === o.old ? undefined : s;
    }
  },
};

// ------------------------------------------------------------------------------------------- a run queue

/** An operation on the run queue of a P, without runnext. */
export interface RunqOp {
  op: "put" | "get" | "steal";
  /** What was put, taken, or stolen, oldest first; none: it was empty. */
  gs: readonly number[];
}

export const runqModel: Model<readonly number[], RunqOp> = {
  init: [],
  key: (s) => s.join(),
  step(s, { op, gs }) {
    if (op === "put") return [...s, ...gs];
    if (gs.length === 0) return s.length === 0 ? s : undefined;
    // A thief takes half, rounded up, of what it saw; more may have come since.
    if (gs.length > (op === "get" ? 1 : s.length - (s.length >> 1))) return undefined;
    return gs.every((g, i) => s[i] === g) ? s.slice(gs.length) : undefined;
  },
};

/** For the message of a failure: one operation a line, by the time of its call. */
export function showHistory<O>(history: readonly Operation<O>[]): string {
  return [...history]
    .sort((a, b) => a.call - b.call)
    .map((o) => `${o.call}-${o.ret} ${JSON.stringify(o.what)}`)
    .join("\n");
}
