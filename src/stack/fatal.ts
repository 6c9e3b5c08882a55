/** The two ways a program ends badly, as in Go: `throw` (fatal error, cannot be caught) and `panic` (can be). */

/** Go's `throw`: the runtime cannot go on. User code cannot catch it. */
export class FatalError extends Error {
  override readonly name = 'FatalError';
  /** Lines that Go prints before `fatal error:`. */
  declare readonly before: string;
  /** Go exits with 2. */
  declare readonly exitCode: 2;
  constructor(message: string, before = '') {
    super(message);
    // Not enumerable: a report of the error need not list them.
    Object.defineProperty(this, 'before', { value: before });
  }
}
Object.defineProperty(FatalError.prototype, 'exitCode', { value: 2 });

/** Go's runtime panics with their texts (`send on closed channel`, ...). User code may catch them. */
export class GoPanic extends Error {
  override readonly name = 'GoPanic';
}

/** Ends the goroutine: Go's Goexit. Runs finally blocks, no catch block sees it. */
export const GOEXIT = Symbol('gosched.GOEXIT');

/** What a user's catch clause must rethrow: compiled code asks before it binds the variable. */
export function uncatchable(e: unknown): boolean {
  return e === GOEXIT || e instanceof FatalError;
}
