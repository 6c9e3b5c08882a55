// How programs end, under each policy of the command line: one line of JSON each. A process of its own, for what ends a
// program sets the exit code of its process.
import process from "node:process";
import { chan, go, goroutine, run } from "gosched";

const deadlock = goroutine(function* deadlock() {
  yield* chan().recv();
});
const child = goroutine(function* child() {
  throw new RangeError("of the child");
});
const panics = goroutine(function* panics() {
  go(child);
  yield* chan().recv();
});

for (const policy of process.argv.slice(2)) {
  const of = async (main, procs) => {
    try {
      return await run(main, { procs, policy, policyCheck: true, arena: 2 ** 26 });
    } catch (e) {
      return `${e.name} ${e.exitCode}: ${e.message}`;
    }
  };
  const ends = [await of(deadlock, 2)];
  // Of each kind of queues one.
  if (["gmp", "global-fifo", "chase-lev", "sharded"].includes(policy)) ends.push(await of(panics, 1));
  process.stdout.write(`${JSON.stringify({ policy, ends })}\n`);
}
