/** HTTP with wrong input, and with peers that do not keep to it. */
import { chan, type Chan, go, goroutine, println, sleep } from "gosched";
import * as http from "gosched/http";
import * as net from "gosched/net";

const utf8 = new TextDecoder();
const named = (e: unknown): string => (e instanceof Error ? `${e.name}: ${e.message}` : String(e));
const coded = (e: unknown): string => String((e as { code?: string }).code);

const handle = goroutine(function* handle(req: http.Request) {
  const { url } = req;
  try {
    if (url === "/over") {
      req.writeHead(200, { "content-length": "3" });
      yield* req.write("123");
      yield* req.write("45");
    } else if (url === "/short") {
      req.writeHead(200, { "content-length": "10" });
      yield* req.write("12345");
    } else if (url === "/respondshort") yield* req.respond(200, "12345", { "content-length": "10" });
    else if (url === "/respondover") yield* req.respond(200, "12345", { "Content-Length": "3" });
    else if (url === "/nonsense") req.writeHead(200, { "content-length": "5 or so" });
    else if (url === "/head") req.writeHead(200, { "content-length": "10" });
    else yield* req.respond(200, url);
  } catch (e) {
    println(`${url}: ${named(e)}`);
    if (url !== "/over") yield* req.respond(200, "then this");
  }
});

/** All that comes back, without what Node adds. */
const raw = goroutine(function* raw(address: string, text: string) {
  const conn = yield* net.dial("tcp", address);
  yield* conn.write(text);
  let all = "";
  for (let data; (data = yield* conn.read()) !== undefined;) all += utf8.decode(data);
  conn.close();
  return `${all.replace(/(Date|Connection|Keep-Alive): .*\r\n/g, "").replaceAll("\r\n", "|")}<EOF>`;
});

/** Two requests at once, so that a wrong end of the first answer is seen in the second. */
function pipelined(method: string, url: string): string {
  return `${method} ${url} HTTP/1.1\r\nhost: x\r\n\r\nGET /after HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`;
}

/** The next connection; undefined when the listener is closed. */
const accepted = goroutine(function* accepted(listener: net.Listener) {
  try {
    return yield* listener.accept();
  } catch {
    return undefined;
  }
});

/** Answers each request of each connection with `text`, and closes after `ms`. */
const canned = goroutine(function* canned(listener: net.Listener, text: string, ms: number) {
  for (let conn; (conn = yield* accepted(listener)) !== undefined;) {
    yield* conn.read();
    yield* conn.write(text);
    if (ms > 0) yield* sleep(ms);
    conn.close();
  }
});

const request = goroutine(function* request(url: string, options: http.RequestOptions, open: boolean) {
  if (!open) {
    const { status, body } = yield* http.request(url, options);
    return `${status} ${utf8.decode(body)}`;
  }
  const x = yield* http.open(url, options);
  const text = `${x.status} ${yield* x.text()}`;
  x.close();
  return text;
});

/** Says something, and is told of its end. */
const quiet = goroutine(function* quiet(address: string, text: string, out: Chan<string>) {
  const conn = yield* net.dial("tcp", address);
  yield* conn.write(text);
  yield* out.send("connected");
  let got = "";
  try {
    for (let data; (data = yield* conn.read()) !== undefined;) got += utf8.decode(data);
    yield* out.send(got === "" ? "reset" : "answered");
  } catch {
    yield* out.send("reset");
  }
  conn.close();
});

/** Answers with "again", keeps the connection, and closes it as soon as the next request has come. */
const fickle = goroutine(function* fickle(listener: net.Listener) {
  for (let conn; (conn = yield* accepted(listener)) !== undefined;) {
    yield* conn.read();
    yield* conn.write("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nagain");
    yield* conn.read();
    conn.close();
  }
});

export const main = goroutine(function* main() {
  const server = yield* http.listen("127.0.0.1:0");
  const here = server.address;
  go(function* () {
    yield* server.serve(handle);
  });
  println(yield* raw(here, pipelined("GET", "/over")));
  println(yield* raw(here, pipelined("GET", "/short")));
  println(yield* raw(here, pipelined("GET", "/respondshort")));
  println(yield* raw(here, pipelined("GET", "/respondover")));
  println(yield* raw(here, pipelined("GET", "/nonsense")));
  println(yield* raw(here, pipelined("HEAD", "/head")));
  try {
    yield* http.get(`http://${here}/short`);
  } catch (e) {
    println(`short: ${coded(e)}`);
  }

  const upgrade = yield* net.listen("tcp", "127.0.0.1:0");
  go(canned, upgrade, "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n", 50);
  for (const open of [false, true]) {
    try {
      yield* request(`http://${upgrade.address}/`, {}, open);
    } catch (e) {
      const text = (e as Error).message.replace(/127[\d.:]+/, "HERE");
      println(`upgrade, ${open ? "open" : "request"}: ${coded(e)} ${text}`);
    }
  }
  upgrade.close();

  const more = yield* net.listen("tcp", "127.0.0.1:0");
  go(canned, more, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokAND MORE", 50);
  println(`more than the response: ${yield* request(`http://${more.address}/`, {}, false)}`);
  more.close();

  const kept = yield* net.listen("tcp", "127.0.0.1:0");
  go(fickle, kept);
  yield* request(`http://${kept.address}/`, {}, false);
  println(`kept and closed, GET: ${yield* request(`http://${kept.address}/`, { timeout: 20_000 }, false)}`);
  println(`kept and closed, open: ${yield* request(`http://${kept.address}/`, {}, true)}`);
  try {
    yield* request(`http://${kept.address}/`, { method: "POST", body: "only once" }, false);
  } catch (e) {
    println(`kept and closed, POST: ${coded(e)}`);
  }
  kept.close();

  for (const [url, options] of [
    ["foo", {}],
    ["ftp://x/", {}],
    [`http://${here}/`, { method: "POST", body: 42 }],
    [`http://${here}/`, { timeout: NaN }],
    [`http://${here}/`, 42],
  ] as [string, object][]) {
    try {
      yield* http.request(url, options);
    } catch (e) {
      println(named(e));
    }
  }
  println(`forever is none: ${(yield* http.request(`http://${here}/`, { timeout: Infinity })).status}`);

  // Who says nothing, or half a head, and whose next request is half a head, does not hold up the end.
  const out = chan<string>(10);
  go(quiet, here, "", out);
  yield* out.recv();
  go(quiet, here, "GET / HTTP/1.1\r\n", out);
  yield* out.recv();
  // Node needs a moment to hear of them.
  yield* request(`http://${here}/`, {}, false);
  const begun = Date.now();
  yield* server.shutdown();
  const took = Date.now() - begun;
  println(
    `shut down, in between: ${took > 1000 && took < 30_000}, half a head: ${yield* out.recv()}, silent: ${yield* out.recv()}`,
  );
});
