/**
 * An HTTP server whose handlers are goroutines, and its graceful shutdown by a context: when the context is cancelled no new
 * connections are accepted, but who has asked is answered.
 *
 *     npx gosched run examples/httpserver.ts
 *
 * It is its own client: it ends by itself after some requests.
 */
import { background, chan, type Chan, type Context, go, goroutine, println, withCancel } from "gosched";
import { get, listen, type Request, type Server } from "gosched/http";

/** `/slow` is answered only when the shutdown has begun. */
const handle = goroutine(function* handle(ctx: Context, req: Request, started: Chan<boolean>) {
  const path = req.url;
  if (path === "/slow") {
    yield* started.send(true);
    yield* ctx.done().recv();
  }
  yield* req.respond(200, `you asked for ${path}`, { "content-type": "text/plain" });
});

const serve = goroutine(function* serve(ctx: Context, server: Server, started: Chan<boolean>, served: Chan<number>) {
  let n = 0;
  for (;;) {
    const req = yield* server.accept();
    if (req === undefined) break; // shut down
    go(handle, ctx, req, started);
    n++;
  }
  yield* served.send(n);
});

/** Shuts the server down when the context is done. */
const guard = goroutine(function* guard(ctx: Context, server: Server, down: Chan<string>) {
  yield* ctx.done().recv();
  yield* server.shutdown();
  yield* down.send(ctx.err()!.message);
});

const ask = goroutine(function* ask(url: string, answers: Chan<string>) {
  const response = yield* get(url);
  yield* answers.send(new TextDecoder().decode(response.body));
});

export const main = goroutine(function* main() {
  const ctx = withCancel(background());
  const server = yield* listen("127.0.0.1:0");
  const started = chan<boolean>();
  const served = chan<number>();
  const down = chan<string>();
  const answers = chan<string>();
  go(serve, ctx, server, started, served);
  go(guard, ctx, server, down);

  for (let i = 0; i < 3; i++) go(ask, `http://${server.address}/page/${i}`, answers);
  const pages = [yield* answers.recv(), yield* answers.recv(), yield* answers.recv()];
  for (const answer of pages.sort()) println(answer);

  // A request is being worked on when the shutdown begins.
  go(ask, `http://${server.address}/slow`, answers);
  yield* started.recv();
  ctx.cancel();
  println(yield* answers.recv());
  println("requests:", yield* served.recv());
  println("shut down:", yield* down.recv());
});
