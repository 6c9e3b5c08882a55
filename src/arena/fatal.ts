/** Go's `throw`: the runtime cannot go on. User code cannot catch it. */
export class FatalError extends Error {
  override readonly name: string = "FatalError";
  /** Lines that Go prints before `fatal error:`. */
  declare readonly before: string;
  /** Go exits with 2. */
  declare readonly exitCode: 2;
  constructor(message: string, before = "") {
    super(message);
    // Not enumerable: a report of the error need not list them.
    Object.defineProperty(this, "before", { value: before });
  }
}
Object.defineProperty(FatalError.prototype, "exitCode", { value: 2 });
