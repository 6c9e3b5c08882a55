/** Files that a command is to write when it has ended. */
import { closeSync, openSync, rmSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { LabError } from "./fail.js";

/**
 * The absolute path of the file in `--flag`; undefined if it was not given. Whether it can be written is found out now, not
 * after the minutes that the command takes, and by opening it: permissions alone do not tell (a superuser's, a file system's
 * that is read-only). The file is left as it was.
 *
 * @throws LabError
 */
export function outputFile(flag: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (value === "" || typeof value === "boolean") throw new LabError(`--${flag}: which file?`);
  const shown = String(value);
  const file = resolve(shown);
  const before = statSync(file, { throwIfNoEntry: false });
  if (before?.isDirectory() === true) throw new LabError(`--${flag}: ${shown} is a directory`);
  try {
    closeSync(openSync(file, "a"));
    if (before === undefined) rmSync(file);
  } catch (error) {
    throw new LabError(`--${flag}: cannot write ${shown}: ${(error as Error).message}`);
  }
  return file;
}
