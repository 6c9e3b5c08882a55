import { ChildError } from "../src/lab/child.js";
import { GoError } from "./golang.js";
import { OptionError } from "./options.js";

/** Prints what went wrong, a stack trace only for a mistake of our own, and lets the process end with 1 (2: options). */
export function fail(program: string, ...errors: unknown[]): void {
  for (const error of errors) {
    const expected = error instanceof ChildError || error instanceof GoError || error instanceof OptionError;
    console.error(`${program}: ${expected ? error.message : ((error as Error).stack ?? String(error))}`);
    process.exitCode = error instanceof OptionError ? 2 : 1;
  }
}
