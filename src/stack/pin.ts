/**
 * Pinning: a live local that cannot leave its thread (a Map, a socket, a closure) stays in a table of the thread, and
 * the G stays with it until that local dies. The slot in the arena holds thread and index.
 *
 * G_PINS counts the references in the G's frames, G_PINM names the thread; the scheduler hands a pinned G to its
 * thread only. Both are owned by whoever owns the G; here that is the running G itself.
 */
import { I } from "../arena/arena.js";
import { G_PINM, G_PINS } from "../arena/layout.js";
import { encode, Handle, putPortable, setRefTable } from "../arena/value.js";
import { TAG_REF } from "../arena/tags.js";
import { curg, curmid } from "./current.js";

const refs: unknown[] = [];
const free: number[] = [];

/** Keeps `v` in this thread's table and writes a reference to slot w of g's stack. The owner of g. */
export function putRef(w: number, v: unknown, g = curg): void {
  const i = free.length > 0 ? free.pop()! : refs.push(undefined) - 1;
  refs[i] = v;
  I[(w << 1) + 1] = TAG_REF | curmid;
  I[w << 1] = i;
  pin(g);
}

/** Holds g to this thread, once more. The owner of g. */
export function pin(g: number): void {
  I[g + G_PINM] = curmid + 1;
  I[g + G_PINS] = I[g + G_PINS]! + 1;
}

/** Undoes one `pin`. The owner of g. */
export function unpin(g: number): void {
  const n = I[g + G_PINS]! - 1;
  I[g + G_PINS] = n;
  if (n === 0) I[g + G_PINM] = 0;
}

setRefTable((mid, i) => {
  if (mid !== curmid) throw new Error(`fatal error: pinned object of thread ${mid} resumed on thread ${curmid}`);
  const v = refs[i];
  refs[i] = undefined;
  free.push(i);
  unpin(curg);
  return v;
});

/** Spills what is not a number. */
export function putSlow(w: number, v: unknown): void {
  if (!putPortable(w, v)) putRef(w, v);
}

/** Beyond this, copying a private array at each suspension costs more than staying on one thread. */
const PORTABLE_ARRAY = 32;

/**
 * Spills an array that nothing else can refer to (the compiler proved it): a small one of primitives and handles
 * travels by copy, any other pins.
 */
export function putArr(w: number, v: unknown): void {
  if (Array.isArray(v) && v.length <= PORTABLE_ARRAY && v.every(isPlain)) encode(w, v);
  else putSlow(w, v);
}

function isPlain(v: unknown): boolean {
  return (
    (typeof v !== "object" && typeof v !== "function" && typeof v !== "symbol") || v === null || v instanceof Handle
  );
}
