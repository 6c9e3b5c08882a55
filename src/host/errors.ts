/** How a run ends badly, as the host sees it. */

/** A goroutine panicked and nobody recovered: the run has ended. `cause` is what was thrown. */
export class PanicError extends Error {
  override readonly name = "PanicError";
  /** Exit code of a Go program that panics. */
  declare readonly exitCode: 2;
}
// Not own: a report of the error need not list it.
Object.defineProperty(PanicError.prototype, "exitCode", { value: 2 });
