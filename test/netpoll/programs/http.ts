/** An HTTP server and clients in goroutines: parallel requests, bodies and their limit, and a shutdown that loses no answer. */
import { chan, type Chan, go, goroutine, println, wait, WaitGroup } from "gosched";
import { get, listen, type Request, request, type Server } from "gosched/http";
import { setTimeout as later } from "node:timers/promises";

const text = (b: Uint8Array): string => new TextDecoder().decode(b);

const handle = goroutine(function* handle(req: Request, arrived: Chan<boolean>) {
  if (req.url === "/slow") {
    yield* arrived.send(true);
    yield* wait(later(150));
    yield* req.respond(200, "slow but answered");
  } else if (req.url === "/json") {
    yield* req.respond(201, JSON.stringify({ got: yield* req.text(), type: req.headers["content-type"] }), {
      "content-type": "application/json",
      "x-several": ["a", "b"],
    });
  } else if (req.url === "/bad-header") {
    try {
      yield* req.respond(200, "x", { "bad name": "1" });
    } catch (e) {
      println("respond throws", (e as { code?: string }).code);
      yield* req.respond(500);
    }
  } else if (req.url === "/twice") {
    yield* req.respond(200, "once");
    try {
      yield* req.respond(200, "twice");
    } catch (e) {
      println((e as Error).message);
    }
  } else {
    try {
      const { length } = yield* req.bytes();
      yield* req.respond(200, `${req.method} ${req.url} ${length}`);
    } catch (e) {
      yield* req.respond((e as { code?: string }).code === "ERR_TOO_LARGE" ? 413 : 500, (e as Error).message);
    }
  }
});

const serve = goroutine(function* serve(server: Server, arrived: Chan<boolean>, over: Chan<string>) {
  let n = 0;
  for (let req: Request | undefined; (req = yield* server.accept()) !== undefined; n++) go(handle, req, arrived);
  yield* over.send(`served ${n}`);
});

const client = goroutine(function* client(url: string, i: number, wg: WaitGroup, bad: Chan<string>) {
  for (let k = 0; k < 5; k++) {
    const body = "x".repeat(i * 100 + k);
    const r = yield* request(`${url}/echo/${i}`, { method: "POST", body });
    const got = text(r.body);
    if (r.status !== 200 || got !== `POST /echo/${i} ${body.length}`) yield* bad.send(got);
  }
  wg.done();
});

const slow = goroutine(function* slow(url: string, out: Chan<string>) {
  const r = yield* get(url);
  yield* out.send(`${r.status} ${text(r.body)}`);
});

const failure = goroutine(function* failure(url: string, options: object) {
  try {
    yield* request(url, options);
    return "no error";
  } catch (e) {
    return (e as { code?: string }).code ?? String(e);
  }
});

export const main = goroutine(function* main() {
  const server = yield* listen("127.0.0.1:0", { maxBody: 10_000 });
  const url = `http://${server.address}`;
  const arrived = chan<boolean>();
  const over = chan<string>(1);
  go(serve, server, arrived, over);

  const wg = new WaitGroup();
  const bad = chan<string>(100);
  wg.add(20);
  for (let i = 0; i < 20; i++) go(client, url, i, wg, bad);
  yield* wg.wait();
  println("wrong answers", bad.len);

  const json = yield* request(`${url}/json`, { method: "PUT", body: "ü", headers: { "content-type": "text/x" } });
  println(json.status, json.headers["content-type"], json.headers["x-several"], text(json.body));
  const large = yield* request(url, { method: "POST", body: new Uint8Array(10_001) });
  println(large.status, text(large.body));
  println((yield* get(`${url}/bad-header`)).status);
  println(text((yield* get(`${url}/twice`)).body));
  println(yield* failure(`${url}/slow-reader`, { maxBody: 3 }), yield* failure("ftp://x", {}));
  const silent = yield* listen("127.0.0.1:0");
  println(yield* failure(`http://${silent.address}`, { timeout: 30 }));
  yield* silent.close();
  const out = chan<string>();
  go(slow, `${url}/slow`, out);
  yield* arrived.recv();
  go(slow, `${url}/slow`, out);
  yield* arrived.recv();
  yield* server.shutdown();
  println(yield* out.recv(), "|", yield* out.recv());
  println(yield* over.recv());
  println(yield* failure(url, {}));
});
