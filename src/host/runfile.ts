/**
 * Running a module by its file, for the command line: the host does not load it at all (so it needs no loader for
 * TypeScript); the Ms do, and they know the goroutine functions by key.
 */
import { PanicError } from "./errors.js";
import { FatalError } from "../stack/fatal.js";
import { hostObject } from "./goroutine.js";
import { MAIN_KEY } from "./hostchan.js";
import { checkOptions, type Options } from "./options.js";
import { boot } from "./runtime.js";

/** Runs the exported goroutine `main` of the module at `url`; returns the exit code. Mistakes of the user throw. */
export async function runExport(url: string, args: string[], options: Options): Promise<number> {
  const config = checkOptions(options);
  process.argv.splice(1, process.argv.length, url.startsWith("file:") ? new URL(url).pathname : url, ...args);
  const rt = boot(config, false, url);
  try {
    const done = rt.go(hostObject(MAIN_KEY, "", "main", 0) as never);
    rt.startThreads();
    await done;
    return 0;
  } catch (e) {
    if (e instanceof PanicError || e instanceof FatalError) return e.exitCode;
    throw e;
  } finally {
    await rt.close();
  }
}
