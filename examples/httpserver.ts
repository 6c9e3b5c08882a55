/**
 * An HTTP server whose handlers are goroutines, and its graceful shutdown by a context: when the context is cancelled no new
 * connections are accepted, but who has asked is answered.
 *
 *     npx gosched run examples/httpserver.ts
 *
 * It is its own client: it ends by itself after some requests.
 */
import { background, chan, type Chan, type Context, go, goroutine, println, withCancel } from "gosched";
import { type Exchange, get, listen, open, type Request, type Server } from "gosched/http";

/**
 * `/slow` is answered only when the shutdown has begun. What is posted to `/upper` comes back in upper case while it is still being sent:
 * neither side ever has all of it in memory.
 */
const handle = goroutine(function* handle(req: Request, ctx: Context, started: Chan<boolean>) {
  const path = req.url;
  if (path === "/upper") {
    for (let piece: Uint8Array | undefined; (piece = yield* req.read()) !== undefined;) {
      for (let i = 0; i < piece.length; i++) if (piece[i]! >= 97 && piece[i]! <= 122) piece[i]! -= 32;
      yield* req.write(piece);
    }
    return; // that ends the answer
  }
  if (path === "/slow") {
    yield* started.send(true);
    yield* ctx.done().recv();
  }
  yield* req.respond(200, `you asked for ${path}`, { "content-type": "text/plain" });
});

const serve = goroutine(function* serve(ctx: Context, server: Server, started: Chan<boolean>, served: Chan<number>) {
  yield* served.send(yield* server.serve(handle, ctx, started)); // until it is shut down
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

/** Posts a long text in pieces. */
const post = goroutine(function* post(x: Exchange, lines: number) {
  for (let i = 0; i < lines; i++) yield* x.write(`line ${i} of a long text\n`);
  x.closeWrite();
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

  const x = yield* open(`http://${server.address}/upper`, { method: "POST", write: true });
  go(post, x, 10_000);
  let bytes = 0;
  let small = 0;
  for (let piece: Uint8Array | undefined; (piece = yield* x.read()) !== undefined; bytes += piece.length)
    for (let i = 0; i < piece.length; i++) if (piece[i]! >= 97) small++;
  println(`${bytes} bytes came back, ${small} small letters among them`);
  x.close();

  // A request is being worked on when the shutdown begins.
  go(ask, `http://${server.address}/slow`, answers);
  yield* started.recv();
  ctx.cancel();
  println(yield* answers.recv());
  println("requests:", yield* served.recv());
  println("shut down:", yield* down.recv());
});
