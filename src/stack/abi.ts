/**
 * What emitted code imports (as `$rt`), among the exports of an M's bundle. The contract between the compiler and the runtime:
 *
 *   f$(g, fp, pc, sent, ...args) -> value | SUSPEND
 *     pc 0      fresh call, parameters are JavaScript arguments
 *     pc 4095   START: spawned or called through the trampoline, parameters are in slots 1..n of the frame at fp
 *     pc k      resumed at suspension point k, `sent` is the value of the call that suspended
 *     pc ~k     resumed at point k by throwing `sent`
 *
 * Locals are JavaScript variables. When a callee returns SUSPEND, the function enters its frame, puts its live locals,
 * and returns SUSPEND too. On resume it gets them back, each exactly once (blobs and pinned references move out),
 * also when it is resumed by an exception it does not catch.
 */
import { F, I } from "../arena/arena.js";
import { TAG_INT } from "../arena/tags.js";
import { decode as get, keep, putNumber as putNum } from "../arena/value.js";
import { setSite, SUSPEND } from "./current.js";
import { deferreturn, recoverplain } from "./defer.js";
import { deferget, deferproc, deferput, Defers } from "./deferlist.js";
import type { Compiled, FuncObject, Meta } from "./funcs.js";
import { guardWord } from "./guard.js";
import { adapt, adaptKey, delegate, funcObject, lift } from "./native.js";
import { gorecover, uncatchable } from "./panics.js";
import { putArr } from "./pin.js";
import { base, enter } from "./stack.js";
import { stopped } from "./stops.js";
import { deep, giveWay, put } from "./trampoline.js";

/** Around the callee of each go statement: notes where it stands. */
export function at<T>(id: number, line: number, go: T): T {
  setSite(id, line);
  return go;
}

/** A compiled function becomes the object that users hold. */
export function compiled(key: string, name: string, f: Compiled, meta: Meta): FuncObject {
  return funcObject(key, name, f, meta);
}

/**
 * Not exported by its own name: V8 takes a constant of a module for one (workers/views.ts) only if the module does not export it.
 */
const view = I;
const floats = F;
export {
  adapt,
  adaptKey,
  base,
  deep,
  deferget,
  deferproc,
  deferput,
  deferreturn,
  Defers,
  delegate,
  enter,
  get,
  giveWay,
  gorecover,
  guardWord,
  keep,
  lift,
  put,
  putArr,
  putNum,
  recoverplain,
  stopped,
  SUSPEND,
  uncatchable,
  floats as F,
  TAG_INT as INT,
  view as I,
};
