/** HTTP with bodies in pieces. */
import { chan, type Chan, go, goroutine, gosched, http } from "gosched";
import { lcg } from "../random.js";
import { chores, must, type Scenario } from "./common.js";

/** Byte k of every body. */
const byte = (k: number): number => (k * 13) & 255;

function piece(from: number, n: number): Uint8Array {
  const bytes = new Uint8Array(n);
  for (let k = 0; k < n; k++) bytes[k] = byte(from + k);
  return bytes;
}
function right(from: number, bytes: Uint8Array): boolean {
  for (let k = 0; k < bytes.length; k++) if (bytes[k] !== byte(from + k)) return false;
  return true;
}
function size(x: number): number {
  return 1 + ((x >>> 12) % ((x >>> 8) % 6 === 0 ? 90_000 : 1500));
}

const handle = goroutine(function* handle(req: http.Request) {
  const how = req.url;
  if (how === "/echo") {
    for (let b: Uint8Array | undefined; (b = yield* req.read(30_000)) !== undefined;) {
      yield* req.write(b);
      yield* gosched();
    }
    yield* req.end();
  } else if (how === "/whole") yield* req.respond(200, yield* req.bytes());
  else if (how === "/unread") yield* req.respond(200, "unread");
  else if (how === "/limit") {
    let why = "";
    try {
      yield* req.bytes(10);
    } catch (e) {
      why = (e as { code?: string }).code ?? String(e);
    }
    yield* req.respond(413, why);
  } else if (how === "/abort") {
    yield* req.write("some");
    req.abort();
  } else if (how === "/download") {
    for (let at = 0; at < 300_000; at += 20_000) yield* req.write(piece(at, 20_000));
  } else yield* req.end();
});

const serves = goroutine(function* serves(led: Chan<number>, id: number, server: http.Server, served: Chan<number>) {
  yield* served.send(yield* server.serve(handle));
  yield* led.send(id);
});

/** Writes a body of this many pieces. Throws nothing: the other end may go away. */
const writes = goroutine(function* writes(x: http.Exchange, pieces: number, seed: number, sent: Chan<number>) {
  let r = seed;
  let at = 0;
  try {
    for (let i = 0; i < pieces; i++) {
      r = lcg(r);
      const n = size(r);
      yield* x.write(piece(at, n));
      at += n;
    }
    x.closeWrite();
  } catch {
    at = -1;
  }
  yield* sent.send(at);
});

/** Reads to the end, or until it has `most` bytes; -1: an error came first. */
const reads = goroutine(function* reads(x: http.Exchange, most: number) {
  let n = 0;
  try {
    for (let b: Uint8Array | undefined; n < most && (b = yield* x.read(40_000)) !== undefined; n += b.length)
      must(right(n, b), `httpALot: wrong bytes at ${n}`);
  } catch (e) {
    must((e as { code?: string }).code === "ECONNRESET", `httpALot: a read gave ${String(e)}`);
    return -1;
  }
  return n;
});

/** What becomes of a request whose handler cuts the connection, before or after the head was sent. */
const aborted = goroutine(function* aborted(url: string) {
  let x: http.Exchange;
  try {
    // No GET: on a kept connection it would be sent again, and the requests could not be counted.
    x = yield* http.open(url, { method: "POST" });
  } catch (e) {
    return (e as { code?: string }).code ?? String(e);
  }
  try {
    for (; (yield* x.read()) !== undefined;);
    return "END";
  } catch (e) {
    return (e as { code?: string }).code ?? String(e);
  } finally {
    x.close();
  }
});

const KINDS = ["/echo", "/whole", "/unread", "/limit", "/abort", "/download", "/leave"];

const client = goroutine(function* client(
  led: Chan<number>,
  id: number,
  address: string,
  rounds: number,
  seed: number,
) {
  let r = seed;
  for (let i = 0; i < rounds; i++) {
    r = lcg(r);
    const how = KINDS[(r >>> 20) % KINDS.length]!;
    const url = `http://${address}${how}`;
    if (how === "/download" || how === "/leave") {
      const x = yield* http.open(`http://${address}/download`);
      const most = how === "/leave" ? 50_000 : Infinity;
      const n = yield* reads(x, most);
      must(n === 300_000 || (how === "/leave" && n >= most), `httpALot: ${n} bytes of a download`);
      x.close();
    } else if (how === "/abort") {
      const why = yield* aborted(url);
      must(why === "ECONNRESET", `httpALot: ${why} of a handler that aborts`);
    } else if (how === "/unread" || how === "/limit") {
      const body = piece(0, 11 + ((r >>> 3) % 100_000));
      const { status, body: text } = yield* http.request(url, { method: "PUT", body });
      const said = new TextDecoder().decode(text);
      must(
        how === "/unread" ? status === 200 && said === "unread" : status === 413 && said === "ERR_TOO_LARGE",
        `httpALot: ${status} ${said} for ${how}`,
      );
    } else {
      const x = yield* http.open(url, { method: "POST", write: true });
      const sent = chan<number>(1);
      go(writes, x, 1 + ((r >>> 6) % 8), r, sent);
      const status = yield* x.response();
      const n = yield* reads(x, Infinity);
      const bytes = yield* sent.recv();
      must(status === 200 && n === bytes, `httpALot: ${status}, ${n} of ${bytes} bytes came back of ${how}`);
      x.close();
    }
    if ((r >>> 26) % 3 === 0) yield* chores(r, 1);
  }
  yield* led.send(id);
});

/** n clients, a requests each, against handlers that read and write in pieces, as a whole, or not at all; then a shutdown. */
export const httpALot: Scenario = {
  kind: "httpALot",
  pick: (r) => ({ n: r.size(8), a: r.between(1, 6), b: 0 }),
  count: (p) => p.n + 1,
  body: goroutine(function* httpALot(led, base, n, a, _b, seed) {
    const server = yield* http.listen("127.0.0.1:0");
    const served = chan<number>(1);
    const ends = chan<number>(n);
    go(serves, led, base + n, server, served);
    for (let i = 0; i < n; i++) go(client, ends, base + i, server.address, a, seed + i);
    for (let i = 0; i < n; i++) yield* led.send((yield* ends.recv())!);
    yield* server.shutdown();
    const requests = yield* served.recv();
    must(requests === n * a, `httpALot: ${requests} requests in place of ${n * a}`);
  }),
};
