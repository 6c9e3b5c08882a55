/**
 * errgroup (golang.org/x/sync/errgroup): goroutines that work on parts of one task, and the first error of any.
 *
 * A WaitGroup counts them, a Semaphore limits them, one word holds a cell (sync/cell.ts) with the first error, set by CAS. The
 * cell stays: who waits later finds it too. A goroutine sets the error and cancels the context before it leaves the WaitGroup,
 * so who comes out of `wait` sees both.
 *
 * What a goroutine of the group throws is the group's error, and no panic. Goexit and fatal errors are what they always are.
 *
 * Frames (stack/library.ts): `run` is the goroutine's root, point 1: f is running, slot: the group. `go` waits for the
 * semaphore, point 1, slots: the group, number of arguments, f, its arguments. `wait`, point 1, slot: the group.
 */
import { I } from "../arena/arena.js";
import { padd, pcas, pload } from "../arena/atomics.js";
import { EG_ACTIVE, EG_BYTES, EG_CONTEXT, EG_ERROR, EG_LIMIT, EG_WAITGROUP, G_FN } from "../arena/layout.js";
import {
  AT,
  decode,
  Handle,
  HANDLE_CANCELCTX,
  HANDLE_ERRGROUP,
  HANDLE_SEMAPHORE,
  HANDLE_WAITGROUP,
  handleAt,
  handleClass,
  madeAt,
} from "../arena/value.js";
import { newproc } from "../sched/proc.js";
import { mustg, SUSPEND, type Suspend } from "../stack/current.js";
import { GoPanic } from "../stack/fatal.js";
import { uncatchable } from "../stack/panics.js";
import type { Compiled, FuncObject } from "../stack/funcs.js";
import { libraryFunction } from "../stack/library.js";
import { builtin, START } from "../stack/native.js";
import { pack, unpack } from "../stack/pack.js";
import { base, enter } from "../stack/stack.js";
import { put } from "../stack/trampoline.js";
import { freecell, newcell, readcell } from "../sync/cell.js";
import { newObject } from "../sync/object.js";
import { Semaphore } from "../sync/semaphore.js";
import { WaitGroup } from "../sync/waitgroup.js";
import { type CancelContext, type Context, withCancel } from "./context.js";

/** What a Group starts: a goroutine function. */
type Work<A extends unknown[]> = (...args: A) => Generator<Suspend, unknown, unknown>;

/**
 * Starts goroutines for the parts of a task and waits for all of them; `wait` throws the first error that any of them threw.
 * With `errgroup.withContext` that error also cancels a context, so that the others can stop.
 *
 * Made in a goroutine; it lives until the runtime closes. Errors are copied (text, stack, cause and class, if it is one of the
 * language's).
 *
 * Source: golang.org/x/sync/errgroup.
 *
 * @example
 * const check = goroutine(function* check(n: number) {
 *   yield* gosched();
 *   if (n === 2) throw new Error(`number ${n} is wrong`);
 * });
 * const group = new errgroup.Group();
 * for (let i = 0; i < 4; i++) yield* group.go(check, i);
 * try {
 *   yield* group.wait();
 * } catch (e) {
 *   println((e as Error).message);
 * }
 * // Output:
 * // number 2 is wrong
 */
export class Group extends Handle {
  constructor();
  /** @internal */
  constructor(addr: number, at: typeof AT);
  constructor(addr?: number, at?: typeof AT) {
    super(madeAt(addr, at, "errgroup.Group") ?? newgroup(), AT);
    if (addr === undefined) return handleAt(HANDLE_ERRGROUP, this.addr) as Group;
  }

  /**
   * `yield* group.go(f, ...args)`: runs `f(...args)` in a goroutine of the group. Waits, if the group has a limit and that many are
   * active; else it does not suspend.
   *
   * @param f a goroutine function; what it returns is dropped
   * @throws TypeError if f is no goroutine function, or an argument cannot cross threads
   * @throws RangeError if the limit is 0: it would wait for ever
   */
  go<A extends unknown[]>(f: Work<A>, ...args: A): Generator<Suspend, void, unknown> {
    return callGo(this, f, ...args) as Generator<Suspend, void, unknown>;
  }

  /** As `go` where that would not wait; whether it did start a goroutine. Never suspends. @throws TypeError as `go` */
  tryGo<A extends unknown[]>(f: Work<A>, ...args: A): boolean {
    const g = mustg("errgroup.tryGo");
    checkFunction(f, "errgroup.tryGo");
    const limit = limitOf(this.addr);
    if (limit !== undefined && !limit.tryAcquire(1)) return false;
    startOne(g, this, f, args);
    return true;
  }

  /**
   * `yield* group.wait()`: waits until all goroutines of the group have ended. A context of `withContext` is cancelled then.
   * @throws the first error that one of them threw, a copy
   */
  wait(): Generator<Suspend, void, unknown> {
    return callWait(this) as Generator<Suspend, void, unknown>;
  }

  /**
   * Limits how many goroutines of the group are active at the same time; below 0: no limit. Before they are started.
   * @throws GoPanic `errgroup: modify limit while N goroutines in the group are still active`
   * @example
   * const group = new errgroup.Group();
   * const quick = goroutine(function* quick() {});
   * group.setLimit(1);
   * println(group.tryGo(quick), group.tryGo(quick));
   * yield* group.wait();
   * println(group.tryGo(quick));
   * // Output:
   * // true false
   * // true
   */
  setLimit(n: number): void {
    mustg("errgroup.setLimit");
    if (!Number.isSafeInteger(n)) throw new RangeError(`errgroup.setLimit(${String(n)}): use an integer`);
    const active = pload(this.addr + EG_ACTIVE);
    if (active !== 0)
      throw new GoPanic(`errgroup: modify limit while ${active} goroutines in the group are still active`);
    // Plain: nobody is active, and who starts the first one does so after this.
    I[this.addr + EG_LIMIT] = n < 0 ? 0 : new Semaphore(n).addr;
  }

  /** @internal */
  $go(g: number, fp: number, _pc: number, _sent: unknown, f: unknown, ...args: unknown[]): unknown {
    checkFunction(f, "errgroup.go");
    const limit = limitOf(this.addr);
    if (limit === undefined || limit.$acquire(g, fp, 0, undefined, 1) !== SUSPEND) {
      startOne(g, this, f, args);
      return undefined;
    }
    const b = enter(g, fp, 4 + args.length, (goFrame.id << 12) | 1);
    put(b + 1, this);
    put(b + 2, args.length);
    put(b + 3, f);
    for (let i = 0; i < args.length; i++) put(b + 4 + i, args[i]);
    return SUSPEND;
  }

  /** @internal */
  $wait(g: number, fp: number): unknown {
    if (waitGroupOf(this.addr).$wait(g) !== SUSPEND) {
      waited(this);
      return undefined;
    }
    put(enter(g, fp, 2, (waitFrame.id << 12) | 1) + 1, this);
    return SUSPEND;
  }
}

const callGo = builtin("errgroup.go", (g, fp, pc, sent, group, f, ...args) =>
  (group as Group).$go(g, fp, pc, sent, f, ...args),
) as unknown as (...args: unknown[]) => unknown;
const callWait = builtin("errgroup.wait", (g, fp, _pc, _sent, group) => (group as Group).$wait(g, fp)) as unknown as (
  ...args: unknown[]
) => unknown;

/**
 * A group and a context below `parent`. The context is cancelled when a goroutine of the group throws, with that error as its
 * cause, and at the latest when `wait` is over.
 *
 * @example
 * const stopped = goroutine(function* stopped(ctx: Context) {
 *   yield* ctx.done().recv();
 *   println("stopped:", ctx.err()!.message);
 * });
 * const fails = goroutine(function* fails() {
 *   throw new Error("no disk");
 * });
 * const { group, ctx } = errgroup.withContext(background());
 * yield* group.go(stopped, ctx);
 * yield* group.go(fails);
 * try {
 *   yield* group.wait();
 * } catch (e) {
 *   println((e as Error).message);
 * }
 * // Output:
 * // stopped: context canceled
 * // no disk
 */
export function withContext(parent: Context): { group: Group; ctx: Context } {
  const ctx = withCancel(parent);
  const group = new Group();
  I[group.addr + EG_CONTEXT] = ctx.addr;
  return { group, ctx };
}

function checkFunction(f: unknown, what: string): void {
  if (typeof f === "function" && (f as Partial<FuncObject>).$id !== undefined) return;
  const name = typeof f === "function" ? `function ${f.name || "(anonymous)"}` : String(f);
  throw new TypeError(`${what}: ${name} is not a goroutine function; define it with goroutine(function* name() {...})`);
}

function newgroup(): number {
  const a = newObject(HANDLE_ERRGROUP, EG_BYTES, "errgroup.Group");
  I[a + EG_WAITGROUP] = new WaitGroup().addr;
  return a;
}

function waitGroupOf(a: number): WaitGroup {
  return handleAt(HANDLE_WAITGROUP, I[a + EG_WAITGROUP]!) as WaitGroup;
}

function limitOf(a: number): Semaphore | undefined {
  const s = I[a + EG_LIMIT]!;
  return s === 0 ? undefined : (handleAt(HANDLE_SEMAPHORE, s) as Semaphore);
}

/** Starts a goroutine of the group, whose place under the limit is taken. */
function startOne(g: number, group: Group, f: unknown, args: unknown[]): void {
  const a = group.addr;
  padd(a + EG_ACTIVE, 1);
  waitGroupOf(a).add(1);
  try {
    newproc({ $id: runFrame.id << 12 } as FuncObject, [group, f, ...args], I[g + G_FN]!);
  } catch (e) {
    ended(group); // an argument cannot cross threads
    throw e;
  }
}

/** A goroutine of the group is over: the limit first, so that who has waited may start others. */
function ended(group: Group): void {
  const a = group.addr;
  padd(a + EG_ACTIVE, -1);
  limitOf(a)?.release(1);
  waitGroupOf(a).done();
}

/** A goroutine of the group threw e. */
function failed(group: Group, e: unknown): void {
  const a = group.addr;
  if (pload(a + EG_ERROR) !== 0) return;
  let c: number;
  try {
    c = newcell(pack(e));
  } catch (cannot) {
    c = newcell(pack(cannot)); // what was thrown cannot cross threads; this says what
  }
  if (pcas(a + EG_ERROR, 0, c)) cancel(a);
  else freecell(c);
}

function cancel(a: number): void {
  const ctx = I[a + EG_CONTEXT]!;
  if (ctx === 0) return;
  const error = pload(a + EG_ERROR);
  (handleAt(HANDLE_CANCELCTX, ctx) as CancelContext).cancel(error === 0 ? undefined : unpack(readcell(error)));
}

function waited(group: Group): void {
  cancel(group.addr);
  const error = pload(group.addr + EG_ERROR);
  if (error !== 0) throw unpack(readcell(error));
}

const run: Compiled = (g, fp, pc, sent) => {
  const b = base(g) + fp;
  if (pc !== START) return over(decode(b + 1) as Group, pc < 0, sent);
  const n = I[(b << 1) + 1]!;
  const args: unknown[] = [];
  for (let i = 1; i <= n; i++) args.push(decode(b + i));
  const [group, f, ...rest] = args as [Group, FuncObject, ...unknown[]];
  let v: unknown;
  try {
    v = f.$c(g, fp + 2, 0, undefined, ...rest);
  } catch (e) {
    return over(group, true, e);
  }
  if (v !== SUSPEND) return over(group, false, v);
  put(enter(g, fp, 2, (runFrame.id << 12) | 1) + 1, group);
  return SUSPEND;
};
const runFrame = libraryFunction("errgroup.run", run);

function over(group: Group, threw: boolean, v: unknown): undefined {
  const goesOn = threw && uncatchable(v);
  if (threw && !goesOn) failed(group, v);
  ended(group);
  if (goesOn) throw v;
  return undefined;
}

const goFrame = libraryFunction("errgroup.go", (g, fp, pc, sent) => {
  const b = base(g) + fp;
  const group = decode(b + 1) as Group;
  const n = decode(b + 2) as number;
  const f = decode(b + 3);
  const args: unknown[] = [];
  for (let i = 0; i < n; i++) args.push(decode(b + 4 + i));
  if (pc < 0) throw sent;
  startOne(g, group, f, args);
  return undefined;
});

const waitFrame = libraryFunction("errgroup.wait", (g, fp, pc, sent) => {
  const group = decode(base(g) + fp + 1) as Group;
  if (pc < 0) throw sent;
  waited(group);
  return undefined;
});

handleClass(HANDLE_ERRGROUP, Group, EG_BYTES);
