/**
 * An HTTP server whose handlers are goroutines, and its graceful shutdown: no new connections, but who has asked is answered.
 *
 *     npx gosched run examples/httpserver.ts
 *
 * It is its own client: it ends by itself after some requests.
 */
import { chan, type Chan, go, goroutine, println, WaitGroup } from "gosched";
import { get, listen, type Request, type Server } from "gosched/http";

/** Answers when it is told to, or at once. */
const handle = goroutine(function* handle(req: Request, started: Chan<boolean>, finish: Chan<boolean>) {
  const path = req.url;
  if (path === "/slow") {
    yield* started.send(true);
    yield* finish.recv();
  }
  yield* req.respond(200, `you asked for ${path}`, { "content-type": "text/plain" });
});

const serve = goroutine(function* serve(
  server: Server,
  started: Chan<boolean>,
  finish: Chan<boolean>,
  done: Chan<number>,
) {
  let n = 0;
  for (;;) {
    const req = yield* server.accept();
    if (req === undefined) break; // shut down
    go(handle, req, started, finish);
    n++;
  }
  yield* done.send(n);
});

const ask = goroutine(function* ask(url: string, answers: Chan<string>) {
  const response = yield* get(url);
  yield* answers.send(new TextDecoder().decode(response.body));
});

const shutDown = goroutine(function* shutDown(server: Server, wg: WaitGroup) {
  yield* server.shutdown();
  wg.done();
});

export const main = goroutine(function* main() {
  const server = yield* listen("127.0.0.1:0");
  const [started, finish] = [chan<boolean>(), chan<boolean>()];
  const [done, answers] = [chan<number>(), chan<string>()];
  go(serve, server, started, finish, done);

  for (let i = 0; i < 3; i++) go(ask, `http://${server.address}/page/${i}`, answers);
  const pages = [yield* answers.recv(), yield* answers.recv(), yield* answers.recv()];
  for (const answer of pages.sort()) println(answer);

  // A request is being worked on when the shutdown begins.
  go(ask, `http://${server.address}/slow`, answers);
  yield* started.recv();
  const wg = new WaitGroup();
  wg.add(1);
  go(shutDown, server, wg);
  println("shutting down after", yield* done.recv(), "requests");
  finish.close();
  println(yield* answers.recv());
  yield* wg.wait();
  println("shut down");
});
