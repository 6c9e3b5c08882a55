/** A program whose Ps are all idle again and again for a moment. Prints how often its threads went to sleep for each such moment. */
import { readdirSync, readFileSync } from "node:fs";
import { goroutine, println, sleep } from "gosched";

const ROUNDS = 1000;

function sleeps(): Map<string, number> {
  const tasks = "/proc/self/task";
  const count = (t: string): number =>
    Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync(`${tasks}/${t}/status`, "utf8"))![1]);
  return new Map(readdirSync(tasks).map((t) => [t, count(t)]));
}

export const main = goroutine(function* main() {
  yield* sleep(300); // sysmon comes after the first thread
  const before = sleeps();
  for (let i = 0; i < ROUNDS; i++) yield* sleep(1);
  const each = [...sleeps()].map(([t, n]) => (n - (before.get(t) ?? n)) / ROUNDS);
  println(
    each
      .sort((a, b) => b - a)
      .slice(0, 3)
      .map((n) => n.toFixed(1))
      .join(" "),
  );
});
