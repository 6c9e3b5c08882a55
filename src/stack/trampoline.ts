/**
 * Running a G: from where it stopped until it stops again.
 *
 * Only the innermost frame is entered; when it returns, its caller is called with the value, and so on outwards: this
 * loop is the return path of frames that were spilled. Exceptions take the same path: a frame is entered with ~pc and
 * the exception, also one without a try block, because it must take its spilled values out of the arena.
 *
 * The thread that runs the G owns everything here.
 */
import { DONE, PANIC, UNLOADED } from "./acts.js";
import { I } from "../arena/arena.js";
import { G_FIN, G_STACK, G_TOP } from "../arena/layout.js";
import { act, SUSPEND, suspend } from "./current.js";
import { ACT_CALL, ACT_PREEMPT } from "./acts.js";
import { type Compiled, fns, register } from "./funcs.js";
import { preempted, setGuard } from "./guard.js";
import { putSlow } from "./pin.js";
import { enter } from "./stack.js";
import { decode, putNumber } from "../arena/value.js";

/** fp of the frame that the trampoline has entered: what is called from there is on the JavaScript stack. */
let entered = 0;
/** The running G. */
export function enteredAt(): number {
  return entered;
}

/**
 * Continuations of parked operations: what Go writes after `gopark` returns (did a peer or a close wake us, take the
 * value, release the sudog). They return the operation's value, throw its panic, or park again (SUSPEND).
 */
const fins: ((g: number) => unknown)[] = [() => undefined];
/** Registers a continuation. Same order in all threads: called at load time of modules of this package only. */
export function registerFin(f: (g: number) => unknown): number {
  return fins.push(f) - 1;
}

/** DONE: the function's value. PANIC: what was thrown. UNLOADED: id of a function this thread lacks. */
export let outcome: unknown;

/**
 * Return ids of the frames that the exception in `outcome` passed after the frame that threw it, innermost first: they are
 * gone when nobody catches it, and the report shows them. The frame that threw is in the error's own trace.
 */
export const passed: number[] = [];

/** Runs g until it suspends (returns ACT_*), ends (DONE) or panics (PANIC). */
export function resume(g: number): number {
  let v: unknown;
  let fail = false;
  const fin = I[g + G_FIN]!;
  if (fin !== 0) {
    // Before the operation is finished: what it returns is this thread's, and would be lost with the turn.
    const top = I[g + G_TOP]!;
    const rid = I[(I[g + G_STACK]! + top) << 1]!;
    if (fns[rid >>> 12] === undefined) return unloaded(g, top, rid);
    I[g + G_FIN] = 0;
    try {
      v = fins[fin]!(g);
    } catch (e) {
      passed.length = 0;
      fail = true;
      v = e;
    }
    if (v === SUSPEND) return act;
  }
  let fp = I[g + G_TOP]!;
  I[g + G_TOP] = -1;
  for (;;) {
    const h = (I[g + G_STACK]! + fp) << 1;
    const rid = I[h]!;
    // Read before the call: a fresh callee may overwrite it.
    const caller = I[h + 1]!;
    const f = fns[rid >>> 12];
    if (f === undefined) {
      // A value, or an exception, on its way out: from a function that is known here to one that is not.
      const kept = v !== undefined || fail;
      if (kept) keep(g, entered, fp, v, fail);
      return unloaded(g, kept ? entered : fp, rid);
    }
    entered = fp;
    setGuard(fp);
    try {
      v = f(g, fp, fail ? ~(rid & 0xfff) : rid & 0xfff, v);
      fail = false;
    } catch (e) {
      if (fail && e === v) passed.push(rid);
      else passed.length = 0;
      fail = true;
      v = e;
    }
    if (v === SUSPEND && !fail) {
      if (act !== ACT_CALL) return act;
      fp = I[g + G_TOP]!;
      I[g + G_TOP] = -1;
      v = undefined;
      continue;
    }
    if (fp === 0) {
      outcome = v;
      return fail ? PANIC : DONE;
    }
    fp = caller;
  }
}

/**
 * The G cannot run here yet; it is left as it was, for who has the function or will have loaded it. Its module is one that the host
 * has imported since this thread began: the G may be fresh, or may have stopped elsewhere and been woken here.
 */
function unloaded(g: number, fp: number, rid: number): number {
  I[g + G_TOP] = fp;
  outcome = rid >>> 12;
  return UNLOADED;
}

/** Keeps what a call at `at` has come to, for its caller at fp: in a frame in its place, which returns or throws it. */
function keep(g: number, at: number, fp: number, v: unknown, fail: boolean): void {
  const b = enter(g, at, KEPT_FSZ, (keptId << 12) | (fail ? KEPT_THROWS : KEPT_RETURNS));
  I[(b << 1) + 1] = fp;
  put(b + 1, v);
}
/** header and value */
const KEPT_FSZ = 2;
const KEPT_RETURNS = 1;
const KEPT_THROWS = 2;
let keptId = 0;

/** In each thread, before it runs a G. */
export function initTrampoline(): void {
  const kept: Compiled = (g, fp, pc) => {
    const v = decode(I[g + G_STACK]! + fp + 1);
    if (pc === KEPT_THROWS) throw v;
    return v;
  };
  keptId = register("gosched:kept", "kept", kept, { params: 0, rest: false, file: "", lines: [] });
}

/** Emitted where a loop finds that the goroutine is to give way. */
export function giveWay(): typeof SUSPEND {
  return suspend(ACT_PREEMPT, 0);
}

/**
 * Emitted at the top of a function whose call is nested too deeply, or whose goroutine is to give way: the call becomes a START frame, everything
 * unwinds, and the trampoline runs it with an empty native stack, at once or when it is the goroutine's turn again.
 */
export function deep(g: number, fp: number, fsz: number, id: number, ...args: unknown[]): typeof SUSPEND {
  suspend(preempted() ? ACT_PREEMPT : ACT_CALL, 0);
  const b = enter(g, fp, fsz, id | 0xfff);
  I[(b << 1) + 1] = args.length;
  for (let i = 0; i < args.length; i++) put(b + 1 + i, args[i]);
  return SUSPEND;
}

/** Spills a value: numbers inline, the rest by type; objects pin the G. */
export function put(w: number, v: unknown): void {
  if (typeof v === "number") putNumber(w, v);
  else putSlow(w, v);
}
