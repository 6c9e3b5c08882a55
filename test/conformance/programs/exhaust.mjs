/** qa T24: twenty calls that block, ten threads. */
import process from "node:process";
import { go, goroutine, run, sleep, syscall } from "gosched";

const blocks = goroutine(function* blocks() {
  yield* syscall.blocking(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
});

export const main = goroutine(function* main() {
  for (let i = 0; i < 20; i++) go(blocks);
  yield* sleep(100_000);
});

await run(main, { procs: 1, maxThreads: 10 }).catch((e) => process.stdout.write(`${e}\n`));
