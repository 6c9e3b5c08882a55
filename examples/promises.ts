/**
 * Libraries that return promises work inside goroutines: `yield* wait(promise)`. Here Node's own fetch, fs and timers; a driver of
 * a database is used alike.
 *
 *     npx gosched run examples/promises.ts
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as later } from "node:timers/promises";
import { chan, type Chan, go, goroutine, println, wait } from "gosched";
import { listen, type Request, type Server } from "gosched/http";

const answer = goroutine(function* answer(server: Server) {
  for (let req: Request | undefined; (req = yield* server.accept()) !== undefined;)
    yield* req.respond(200, JSON.stringify({ path: req.url }));
});

/** While this goroutine waits for its promises, others run, also on its thread. */
const ticks = goroutine(function* ticks(n: number, out: Chan<number>) {
  for (let i = 0; i < n; i++) yield* wait(later(1));
  yield* out.send(n);
});

export const main = goroutine(function* main() {
  const out = chan<number>();
  go(ticks, 10, out);

  const server = yield* listen("127.0.0.1:0");
  go(answer, server);
  const response = yield* wait(fetch(`http://${server.address}/from/fetch`));
  println(response.status, yield* wait(response.json()));

  const folder = yield* wait(mkdtemp(join(tmpdir(), "gosched-")));
  const file = join(folder, "note");
  yield* wait(writeFile(file, "written and read with fs.promises"));
  println(yield* wait(readFile(file, "utf8")));
  yield* wait(rm(folder, { recursive: true }));

  try {
    yield* wait(readFile(file));
  } catch (e) {
    println("a rejection is thrown:", (e as { code?: string }).code);
  }
  println(yield* out.recv(), "ticks");
  yield* server.close();
});
