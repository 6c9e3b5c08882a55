/** Making the shared objects of sync/. */
import { I } from "../arena/arena.js";
import { KIND_OBJ } from "../arena/layout.js";
import { mallocgc } from "../arena/malloc.js";
import { mustg } from "../stack/current.js";

/** A new object of a HANDLE_* kind, otherwise all zero. The running G; others see it when it is sent to them, which orders these stores. */
export function newObject(kind: number, bytes: number, what: string): number {
  mustg(`new ${what}`);
  const a = mallocgc(bytes, KIND_OBJ);
  I.fill(0, a, a + bytes / 4);
  I[a] = kind;
  return a;
}
