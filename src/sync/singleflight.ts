/**
 * singleflight (golang.org/x/sync/singleflight): many want the result of the same work at the same time, one does it.
 *
 *   do   1. under the group's lock: there is a call for the key: join its queue and park; the scheduler releases the lock
 *        2. there is none: make one
 *        3. without the lock: run the function, which may suspend
 *        4. under the lock: take the call out of the map, unless it was forgotten; from here on nobody joins
 *        5. put the result into a cell, and ready all who wait
 *
 * Who waits copies the result and lets go of the call; the last one frees it. So a waiter that is slow keeps a call alive and
 * nobody waits for it. Calls are objects without a handle: a handle's address is never used again, a call's is.
 *
 * A call that fails fails for all. One whose goroutine exits (runtime.goexit) does so too: it has no result to give.
 *
 * `do` has a frame while its function runs (stack/library.ts), point 1, slots: the group, the key, the call.
 *
 * Atomics: 2 locks, and those of the map.
 */
import { I } from "../arena/arena.js";
import { padd } from "../arena/atomics.js";
import {
  CL_BYTES,
  CL_FAILED,
  CL_RESULT,
  CL_WAITING,
  CL_WAITQ,
  G_FN,
  G_WAITING,
  KIND_OBJ,
  SF_BYTES,
  SF_CALLS,
  SF_LOCK,
  SG_CHAN,
  SG_G,
} from "../arena/layout.js";
import { plock, punlock } from "../arena/lock.js";
import { mallocgc, mfree } from "../arena/malloc.js";
import { AT, decode, Handle, HANDLE_MAP, HANDLE_SINGLEFLIGHT, handleAt, handleClass, madeAt } from "../arena/value.js";
import { type Chan, chan } from "../chan/chan.js";
import { gopark, goready, newproc } from "../sched/proc.js";
import { acquireSudog, dequeue, enqueue, releaseSudog } from "../sched/sudog.js";
import { waitReasonSemacquire } from "../sched/waitreason.js";
import { mustg, SUSPEND, type Suspend } from "../stack/current.js";
import { GOEXIT } from "../stack/fatal.js";
import type { Compiled, FuncObject } from "../stack/funcs.js";
import { libraryFunction } from "../stack/library.js";
import { builtin, lift, START } from "../stack/native.js";
import { pack, unpack } from "../stack/pack.js";
import { uncatchable } from "../stack/panics.js";
import { base, enter } from "../stack/stack.js";
import { put, registerFin } from "../stack/trampoline.js";
import { freecell, newcell, readcell } from "./cell.js";
import { OBJ_CALL } from "./kinds.js";
import { SyncMap } from "./map.js";
import { newObject } from "./object.js";

/** What `do` gives: the value, and whether others got it as well. */
export interface Shared<T> {
  value: T;
  shared: boolean;
}

/** What comes out of the channel of `doChan`: a value, or the error that the function threw. */
export type Result<T> = { value: T; shared: boolean; error?: undefined } | { value?: undefined; error: unknown };

/**
 * Calls by key: of those who ask for the same key at the same time, one runs the function, and all get its result. For a
 * cache that has just expired and that a hundred requests want to fill.
 *
 * Not a cache itself: who asks after the function has ended runs it anew. Results are copied to each who waits, errors too
 * (text, cause and class, if it is one of the language's). Made in a goroutine; it lives until the runtime closes.
 *
 * Source: golang.org/x/sync/singleflight.
 *
 * @example
 * const load = goroutine(function* load(url: string) {
 *   println("loading", url);
 *   yield* gosched(); // as long as it takes
 *   return `page of ${url}`;
 * });
 * const flights = new singleflight.Group();
 * const wg = new WaitGroup();
 * wg.add(3);
 * for (let i = 0; i < 3; i++) {
 *   go(function* () {
 *     const { value } = yield* flights.do("home", load, "/home");
 *     println(value);
 *     wg.done();
 *   });
 * }
 * yield* wg.wait();
 * // Output:
 * // loading /home
 * // page of /home
 * // page of /home
 * // page of /home
 */
export class Group extends Handle {
  constructor();
  /** @internal */
  constructor(addr: number, at: typeof AT);
  constructor(addr?: number, at?: typeof AT) {
    super(madeAt(addr, at, "singleflight.Group") ?? newgroup(), AT);
    if (addr === undefined) return handleAt(HANDLE_SINGLEFLIGHT, this.addr) as Group;
  }

  /**
   * `yield* group.do(key, f, ...args)`: runs `f(...args)` and returns its result, or waits for the one who does so already.
   *
   * @param f a goroutine function; it runs in the goroutine that calls `do`
   * @throws what f throws; to who waits, a copy
   * @throws TypeError if the key is no string or f no goroutine function; to who waits also if the result cannot cross threads
   */
  do<A extends unknown[], R>(
    key: string,
    f: (...args: A) => Generator<Suspend, R, unknown>,
    ...args: A
  ): Generator<Suspend, Shared<R>, unknown> {
    return run(this, key, f, ...args) as Generator<Suspend, Shared<R>, unknown>;
  }

  /**
   * The same in a goroutine of its own: returns at once a channel that gets one result. For a `select` with a timeout.
   *
   * @param f a goroutine function
   * @throws TypeError if the key is no string, f no goroutine function, or an argument cannot cross threads
   * @example
   * const square = goroutine(function* square(n: number) {
   *   if (n < 0) throw new RangeError("below zero");
   *   return n * n;
   * });
   * const flights = new singleflight.Group();
   * println((yield* flights.doChan("a", square, 3).recv())?.value);
   * println(((yield* flights.doChan("b", square, -3).recv())?.error as Error).message);
   * // Output:
   * // 9
   * // below zero
   */
  doChan<A extends unknown[], R>(
    key: string,
    f: (...args: A) => Generator<Suspend, R, unknown>,
    ...args: A
  ): Chan<Result<R>> {
    const g = mustg("singleflight.doChan");
    check(key, f, "singleflight.doChan");
    const ch = chan<Result<R>>(1);
    newproc({ $id: sender.id << 12 } as FuncObject, [this, ch, key, f, ...args], I[g + G_FN]!);
    return ch;
  }

  /** Forgets a call that is under way: who asks for the key from now on runs the function anew. Never suspends. */
  forget(key: string): void {
    mustg("singleflight.forget");
    const calls = callsOf(this.addr);
    plock(this.addr + SF_LOCK);
    try {
      calls.delete(key);
    } finally {
      punlock(this.addr + SF_LOCK);
    }
  }

  /** @internal */
  $do(g: number, fp: number, _pc: number, _sent: unknown, key: string, f: unknown, ...args: unknown[]): unknown {
    check(key, f, "singleflight.do");
    const a = this.addr;
    const calls = callsOf(a);
    plock(a + SF_LOCK);
    const joined = calls.load(key);
    if (joined !== undefined) return join(g, a, joined);
    let c = 0;
    try {
      c = newcall();
      calls.store(key, c);
    } finally {
      punlock(a + SF_LOCK);
    }
    return lead(g, fp, this, key, c, f, args);
  }
}

const run = builtin("singleflight.do", (g, fp, pc, sent, group, key, f, ...args) =>
  (group as Group).$do(g, fp, pc, sent, key as string, f, ...args),
) as unknown as (...args: unknown[]) => unknown;

function check(key: unknown, f: unknown, what: string): void {
  if (typeof key !== "string")
    throw new TypeError(`${what}: the key is ${key === null ? "null" : typeof key}, not a string`);
  if (typeof f !== "function") throw new TypeError(`${what}: the second argument is not a goroutine function`);
}

function callsOf(a: number): SyncMap<string, number> {
  return handleAt(HANDLE_MAP, I[a + SF_CALLS]!) as SyncMap<string, number>;
}

function newgroup(): number {
  const a = newObject(HANDLE_SINGLEFLIGHT, SF_BYTES, "singleflight.Group");
  I[a + SF_CALLS] = new SyncMap().addr;
  return a;
}

function newcall(): number {
  const c = mallocgc(CL_BYTES, KIND_OBJ);
  I.fill(0, c, c + CL_BYTES / 4);
  I[c] = OBJ_CALL;
  return c;
}

/** Step 1. Under the lock, which the scheduler releases. */
function join(g: number, a: number, c: number): typeof SUSPEND {
  const s = acquireSudog();
  I[s + SG_G] = g;
  I[s + SG_CHAN] = c;
  I[g + G_WAITING] = s;
  I[c + CL_WAITING] = I[c + CL_WAITING]! + 1;
  enqueue(c + CL_WAITQ, s);
  return gopark(g, finShared, a + SF_LOCK, waitReasonSemacquire);
}

/** Step 3. */
function lead(g: number, fp: number, group: Group, key: string, c: number, f: unknown, args: unknown[]): unknown {
  let v: unknown;
  try {
    const call = (f as Partial<FuncObject>).$c ?? lift(f, "f").$c;
    v = call(g, fp + 4, 0, undefined, ...args);
  } catch (e) {
    complete(group, key, c, e, 1);
    throw e;
  }
  if (v !== SUSPEND) return { value: v, shared: complete(group, key, c, v, 0) };
  const b = enter(g, fp, 4, (frame.id << 12) | 1);
  put(b + 1, group);
  put(b + 2, key);
  put(b + 3, c);
  return SUSPEND;
}

const frame = libraryFunction("singleflight.do", (g, fp, pc, sent) => {
  const b = base(g) + fp;
  const group = decode(b + 1) as Group;
  const key = decode(b + 2) as string;
  const c = decode(b + 3) as number;
  const shared = complete(group, key, c, sent, pc < 0 ? 1 : 0);
  if (pc < 0) throw sent;
  return { value: sent, shared };
});

/** Steps 4 and 5; whether others got the result. */
function complete(group: Group, key: string, c: number, v: unknown, failed: number): boolean {
  const a = group.addr;
  const calls = callsOf(a);
  plock(a + SF_LOCK);
  // Forgotten, another call may have taken its place. Deleting allocates nothing and so cannot fail.
  if (calls.load(key) === c) calls.delete(key);
  punlock(a + SF_LOCK);
  // Nobody joins any more: the call is ours until the waiters have it.
  if (I[c + CL_WAITING] === 0) {
    mfree(c, CL_BYTES, KIND_OBJ);
    return false;
  }
  if (v === GOEXIT)
    v = new Error(`singleflight: the goroutine that ran the function for ${JSON.stringify(key)} has exited`);
  I[c + CL_FAILED] = failed;
  try {
    I[c + CL_RESULT] = newcell(failed !== 0 ? pack(v) : v);
  } catch (e) {
    I[c + CL_FAILED] = 1;
    I[c + CL_RESULT] = newcell(pack(e));
  }
  // Off the queue before anybody is readied: the last waiter frees the call.
  const waiting: number[] = [];
  for (let s = dequeue(c + CL_WAITQ); s !== 0; s = dequeue(c + CL_WAITQ)) waiting.push(s);
  for (const s of waiting) goready(I[s + SG_G]!);
  return true;
}

/** After a wait: a copy of the result. */
const finShared = registerFin((g) => {
  const s = I[g + G_WAITING]!;
  I[g + G_WAITING] = 0;
  const c = I[s + SG_CHAN]!;
  releaseSudog(s);
  const failed = I[c + CL_FAILED]!;
  const cell = I[c + CL_RESULT]!;
  const v = readcell(cell);
  // After the last look: who takes the count to zero has the call for itself.
  if (padd(c + CL_WAITING, -1) === 0) {
    freecell(cell);
    mfree(c, CL_BYTES, KIND_OBJ);
  }
  if (failed !== 0) throw unpack(v);
  return { value: v, shared: true };
});

/** The goroutine of doChan. Slots at START: group, channel, key, f, its arguments; at point 1: the channel. */
const send: Compiled = (g, fp, pc, sent) => {
  const b = base(g) + fp;
  if (pc !== START) {
    const ch = decode(b + 1) as Chan<unknown>;
    deliver(ch, pc < 0, sent);
    return undefined;
  }
  const n = I[(b << 1) + 1]!;
  const args: unknown[] = [];
  for (let i = 1; i <= n; i++) args.push(decode(b + i));
  const [group, ch, key, f, ...rest] = args as [Group, Chan<unknown>, string, unknown, ...unknown[]];
  let v: unknown;
  try {
    v = group.$do(g, fp + 2, 0, undefined, key, f, ...rest);
  } catch (e) {
    deliver(ch, true, e);
    return undefined;
  }
  if (v !== SUSPEND) deliver(ch, false, v);
  else put(enter(g, fp, 2, (sender.id << 12) | 1) + 1, ch);
  return v === SUSPEND ? SUSPEND : undefined;
};
const sender = libraryFunction("singleflight.doChan", send);

/** The channel has room for it. A result that cannot cross threads is an error that says so. */
function deliver(ch: Chan<unknown>, failed: boolean, v: unknown): void {
  if (failed && uncatchable(v)) throw v;
  try {
    ch.trySend(failed ? { error: v } : v);
  } catch (e) {
    ch.trySend({ error: e });
  }
}

handleClass(HANDLE_SINGLEFLIGHT, Group, SF_BYTES);
