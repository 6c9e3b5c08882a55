/**
 * The atomics facade inside a model: in the bundle that the checker runs, this module stands in for arena/atomics.ts (see
 * build.mjs and instrument.ts). Each operation stops the thread before it happens; the machine carries it out.
 *
 * The family of P-holders is plain with one P here too, so that what the real facade does then is checked as well: if two
 * threads touched such a word, that would be a race.
 */
import { S_NPROCS } from "../src/arena/layout.js";
import type { Body, Machine } from "../src/check/machine.js";
import { ADD, CAS, LOAD, NOTIFY, RACY, RACYSET, STORE, TIMED_OUT, WAIT, XCHG } from "../src/check/ops.js";

/** Given by load.ts. */
declare const $vm: Machine;

export let smp = 1;
export function setSmp(): void {
  smp = $vm.words[S_NPROCS] === 1 ? 0 : 1;
}

function* op(kind: number, a: number, x: number, y: number, site: number): Body<number> {
  $vm.kind = kind;
  $vm.a = a;
  $vm.x = x;
  $vm.y = y;
  $vm.site = site;
  return $vm.current < 0 ? $vm.now() : yield;
}

export function load(a: number, site: number): Body<number> {
  return op(LOAD, a, 0, 0, site);
}
export function store(a: number, v: number, site: number): Body<number> {
  return op(STORE, a, v, 0, site);
}
export function* cas(a: number, old: number, v: number, site: number): Body<boolean> {
  return (yield* op(CAS, a, old, v, site)) === 1;
}
export function xchg(a: number, v: number, site: number): Body<number> {
  return op(XCHG, a, v, 0, site);
}
export function add(a: number, d: number, site: number): Body<number> {
  return op(ADD, a, d, 0, site);
}
export function racy(a: number, site: number): Body<number> {
  return op(RACY, a, 0, 0, site);
}
export function racyset(a: number, v: number, site: number): Body<number> {
  return op(RACYSET, a, v, 0, site);
}
/** Two looks, so that it may be torn, as the language allows. */
export function* racyF(a: number, site: number): Body<number> {
  const low = yield* op(RACY, a, 0, 0, site);
  HALVES[1] = yield* op(RACY, a + 1, 0, 0, site);
  HALVES[0] = low;
  return DOUBLE[0]!;
}
const DOUBLE = new Float64Array(1);
const HALVES = new Int32Array(DOUBLE.buffer);

export function* pload(a: number, site: number): Body<number> {
  return smp !== 0 ? yield* op(LOAD, a, 0, 0, site) : $vm.read(a, site);
}
export function* pstore(a: number, v: number, site: number): Body<void> {
  if (smp !== 0) yield* op(STORE, a, v, 0, site);
  else $vm.write(a, v, site);
}
export function* pcas(a: number, old: number, v: number, site: number): Body<boolean> {
  if (smp !== 0) return (yield* op(CAS, a, old, v, site)) === 1;
  if ($vm.read(a, site) !== old) return false;
  $vm.write(a, v, site);
  return true;
}
export function* padd(a: number, d: number, site: number): Body<number> {
  if (smp !== 0) return yield* op(ADD, a, d, 0, site);
  return $vm.write(a, ($vm.read(a, site) + d) | 0, site);
}
export function* pxchg(a: number, v: number, site: number): Body<number> {
  if (smp !== 0) return yield* op(XCHG, a, v, 0, site);
  const old = $vm.read(a, site);
  $vm.write(a, v, site);
  return old;
}

export function* wait(a: number, v: number, ms: number, site: number): Body<boolean> {
  return (yield* op(WAIT, a, v, ms >= FOR_EVER_MS ? 0 : Math.max(ms, SHORTEST_MS), site)) !== TIMED_OUT;
}
/** 0 stands for no time-out, and a sleep of 24 days (the longest that there is) for one without. */
const SHORTEST_MS = 1e-6;
const FOR_EVER_MS = 2 ** 31 - 1;
export function notify(a: number, n: number, site: number): Body<number> {
  return op(NOTIFY, a, n, 0, site);
}
/** A thread of a model has no event loop. */
export function waitAsync(): never {
  throw new Error("waitAsync in a model");
}
