/**
 * Functions of this package that call goroutine functions of the user, and so have frames of their own: written by hand in
 * the form that the compiler emits (abi.ts). They are registered under an id as every function that stands in a frame is.
 */
import { type Compiled, register } from "./funcs.js";

interface LibraryFunction {
  readonly name: string;
  readonly f: Compiled;
  /** Known once the thread has attached to its arena. */
  id: number;
}
const library: LibraryFunction[] = [];

/** Declares one, at load time of its module. The frame header of its point k is `(it.id << 12) | k`. */
export function libraryFunction(name: string, f: Compiled): { readonly id: number } {
  const it = { name, f, id: 0 };
  library.push(it);
  return it;
}

/** Registers them all: each M, once, before it runs a goroutine. */
export function initLibrary(): void {
  // No file: reports leave these frames out.
  const meta = { params: 0, rest: true, file: "", lines: [] };
  for (const l of library) l.id = register(`gosched:${l.name}`, l.name, l.f, meta);
}
