/** What `ctx.err()` gives, with Go's texts. */

/** The class of `Canceled`. */
export class CanceledError extends Error {
  override readonly name = "CanceledError";
  constructor() {
    super("context canceled");
  }
}

/** The class of `DeadlineExceeded`. */
export class DeadlineExceededError extends Error {
  override readonly name = "DeadlineExceededError";
  constructor() {
    super("context deadline exceeded");
  }
  /** Always true: tells it from other errors without knowing the class, as for errors of the network. */
  timeout(): boolean {
    return true;
  }
}

/**
 * What `ctx.err()` returns after the context was cancelled. One object in each thread, so compare it with `===` at once;
 * one that was sent through a channel is a copy, which has the same message.
 *
 * @example
 * const ctx = withCancel(background());
 * ctx.cancel();
 * println(ctx.err() === Canceled, ctx.err()!.message);
 * // Output:
 * // true context canceled
 */
export const Canceled: CanceledError = new CanceledError();

/**
 * What `ctx.err()` returns after the deadline of the context, or of one above it, has passed. One object in each thread,
 * see `Canceled`.
 *
 * @example
 * const ctx = withTimeout(background(), 1);
 * yield* ctx.done().recv();
 * println(ctx.err() === DeadlineExceeded, DeadlineExceeded.timeout(), ctx.err()!.message);
 * // Output:
 * // true true context deadline exceeded
 */
export const DeadlineExceeded: DeadlineExceededError = new DeadlineExceededError();

// The place where this module was loaded would mislead.
for (const e of [Canceled, DeadlineExceeded]) e.stack = `${e.name}: ${e.message}`;
