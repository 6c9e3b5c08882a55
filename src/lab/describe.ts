/**
 * Reads the export `workload` of a user's module. The host could not import TypeScript on each version of Node, but the
 * threads of a runtime can (their module hook strips the types): so a goroutine imports it and returns what it found.
 */
import { fileURLToPath } from "node:url";
import { hostObject } from "../host/goroutine.js";
import { MAIN_KEY } from "../host/hostchan.js";
import { checkOptions } from "../host/options.js";
import { boot } from "../host/runtime.js";
import { WORKLOADS } from "../paths.js";
import { LabError } from "./fail.js";

export async function describeModule(url: string, shown: string): Promise<object> {
  const rt = boot(checkOptions({ procs: 1 }), true, new URL("programs/describe.js", WORKLOADS).href);
  try {
    rt.startThreads();
    const main = hostObject(MAIN_KEY, "", "main", 1) as never as (url: string) => Generator<unknown, unknown>;
    const found = await rt.go(main, url);
    if (typeof found !== "object" || found === null)
      throw new LabError(`workload ${shown}: ${fileURLToPath(url)} exports no workload; see docs/lab.md`);
    return found;
  } catch (error) {
    if (error instanceof LabError) throw error;
    throw new LabError(`workload ${shown}: cannot load it: ${(error as Error).message}`);
  } finally {
    await rt.close();
  }
}
