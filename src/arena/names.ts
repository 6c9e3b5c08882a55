/**
 * Interned strings: a name gets one small number in all threads, and keeps it as long as the runtime lives.
 *
 * For what a goroutine must remember across a park in one word, where a copy of the string would be too dear: the name of
 * a select's case. Names come from source texts, so there are few; nothing is ever taken out.
 *
 * The arena holds them in a list, newest first, each with its number; S_NAMELOCK guards it. A thread copies what it has
 * not seen yet into tables of its own, once, and then asks those: a look-up of a known name touches no shared word.
 * The nodes never change once they are published, so what a thread has copied stays true.
 */
import { I, onAttach, U8 } from "./arena.js";
import { KIND_NOSCAN, S_NAMELOCK, S_NAMES } from "./layout.js";
import { lock, unlock } from "./lock.js";
import { mallocgc, mfree } from "./malloc.js";

/** A node: the next older one, its number, its length in bytes, then the text in UTF-16. */
export const N_OLDER = 0;
const N_ID = 1;
const N_BYTES = 2;
const N_TEXT = 3;

interface Tables {
  ids: Map<string, number>;
  texts: string[];
}
const tables = new WeakMap<Int32Array, Tables>();
let ids = new Map<string, number>();
/** By number; 0 is no name. */
let texts: string[] = [""];
onAttach((view) => {
  let t = tables.get(view);
  if (t === undefined) tables.set(view, (t = { ids: new Map(), texts: [""] }));
  ({ ids, texts } = t);
});

/** The number of a name. A holder of a P. */
export function intern(name: string): number {
  return ids.get(name) ?? internSlow(name);
}

/** The name with this number, which some thread got from `intern`. Any thread. */
export function nameOf(id: number): string {
  if (id >= texts.length) {
    lock(S_NAMELOCK);
    learn();
    unlock(S_NAMELOCK);
  }
  return texts[id]!;
}

function internSlow(name: string): number {
  // Before the lock: an allocation may fail.
  const bytes = N_TEXT * 4 + name.length * 2;
  const node = mallocgc(bytes, KIND_NOSCAN);
  lock(S_NAMELOCK);
  learn();
  const known = ids.get(name);
  const id = known ?? texts.length;
  if (known === undefined) {
    I[node + N_OLDER] = I[S_NAMES]!;
    I[node + N_ID] = id;
    I[node + N_BYTES] = name.length * 2;
    text(node).ucs2Write(name, 0, name.length * 2);
    I[S_NAMES] = node;
    learn();
  }
  unlock(S_NAMELOCK);
  if (known !== undefined) mfree(node, bytes, KIND_NOSCAN);
  return id;
}

/** Copies the names that this thread does not know. Under S_NAMELOCK. */
function learn(): void {
  const fresh: number[] = [];
  for (let n = I[S_NAMES]!; n !== 0 && I[n + N_ID]! >= texts.length; n = I[n + N_OLDER]!) fresh.push(n);
  for (const n of fresh.reverse()) {
    const s = text(n).ucs2Slice(0, I[n + N_BYTES]!);
    ids.set(s, texts.push(s) - 1);
  }
}

function text(node: number): Buffer {
  return Buffer.from(U8.buffer as unknown as ArrayBuffer, (node + N_TEXT) * 4, I[node + N_BYTES]!);
}
