/** Twelve goroutines that print counted lines by println, console.log and process.stdout.write, and yield in between. */
import { go, goroutine, gosched, println, WaitGroup } from "gosched";

const printer = goroutine(function* printer(id: number, wg: WaitGroup) {
  const how = "pcw"[id % 3]!;
  for (let i = 0; i < 200; i++) {
    const line = `${how}${id} ${i} ${"x".repeat(60)}`;
    if (how === "p") println(line);
    else if (how === "c") console.log(line);
    else process.stdout.write(`${line}\n`);
    yield* gosched();
  }
  wg.done();
});

export const main = goroutine(function* main() {
  const wg = new WaitGroup();
  for (let id = 0; id < 12; id++) {
    wg.add(1);
    go(printer, id, wg);
  }
  console.error("to stderr", 1);
  yield* wg.wait();
  process.stderr.write("to stderr 2\n");
});
