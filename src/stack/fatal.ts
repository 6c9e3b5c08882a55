/** The two ways a program ends badly, as in Go: `throw` (fatal error, cannot be caught) and `panic` (can be). */

import { FatalError } from "../arena/fatal.js";

export { FatalError };

/** Go's runtime panics with their texts (`send on closed channel`, ...). User code may catch them. */
export class GoPanic extends Error {
  override readonly name = "GoPanic";
}

/** Ends the goroutine: Go's Goexit. Runs finally blocks, no catch block sees it. */
export const GOEXIT = Symbol("gosched.GOEXIT");
