/** Not a workload: imports the module of one and returns its description (src/lab/describe.ts). */
import { goroutine, wait } from "gosched";

export const main = goroutine(function* main(url: string) {
  const module = (yield* wait(import(url))) as { workload?: object };
  return module.workload ?? null;
});
