/** What is wrong with a goroutine function, and where: one line that names the thing and the remedy. */
export class CompileError extends Error {
  override readonly name = "CompileError";
  constructor(
    readonly file: string,
    readonly line: number,
    readonly column: number,
    readonly problem: string,
  ) {
    super(`${file}:${line}:${column}: ${problem}`);
  }
}

/** Something the compiler could not make portable, for `gosched build -m` and its like. */
export interface PinReport {
  readonly name: string;
  readonly line: number;
  readonly reason: string;
}

export interface Warning {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}
