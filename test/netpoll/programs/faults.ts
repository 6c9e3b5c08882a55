/** Goroutine functions for the tests of faults. */
import { fileURLToPath } from "node:url";
import { chan, fs, goroutine, hostFunctions, sleep, syscall, wait } from "gosched";
import { type Conn, dial, listen, OpError } from "gosched/net";
import * as http from "gosched/http";

const host = hostFunctions<{ never(): Promise<void>; blocked(where: string, address: string): void }>();

const text = (e: unknown): string => (e instanceof OpError ? e.message.replace(/:\d{2,5}\b/g, ":P") : String(e));

/** Dials, sends, and reads until it fails: the error, and how many bytes came before. */
export const readsOn = goroutine(function* readsOn(address: string) {
  const conn = yield* dial("tcp", address);
  let n = 0;
  try {
    yield* conn.write("go on");
    for (let b: Uint8Array | undefined; (b = yield* conn.read()) !== undefined;) n += b.length;
    return [n, "END", "", ""];
  } catch (e) {
    let write = "";
    let again = "";
    try {
      for (;;) yield* conn.write("more");
    } catch (w) {
      write = text(w);
    }
    try {
      yield* conn.read();
    } catch (w) {
      again = text(w);
    }
    conn.close();
    return [n, text(e), write, again];
  }
});

/** Blocks for ever in the operation, and tells the host just before. */
export const blocks = goroutine(function* blocks(where: string) {
  const listener = yield* listen("tcp", "127.0.0.1:0");
  if (where === "accept") {
    yield* host.blocked(where, listener.address);
    yield* listener.accept();
  } else if (where === "read" || where === "write") {
    const conn = yield* dial("tcp", listener.address);
    const peer = yield* listener.accept();
    yield* host.blocked(where, listener.address);
    if (where === "read") yield* conn.read();
    for (;;) yield* fills(conn, peer);
  } else if (where === "wait") {
    yield* host.blocked(where, listener.address);
    yield* wait(new Promise(() => {}));
  } else if (where === "syscall" || where === "known syscall") {
    yield* host.blocked(where, listener.address);
    const forever = (): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    if (where === "syscall") yield* syscall(forever);
    else yield* syscall.blocking(forever);
  } else if (where === "sleep") {
    yield* host.blocked(where, listener.address);
    yield* sleep(1e9);
  } else if (where === "channel") {
    yield* host.blocked(where, listener.address);
    yield* chan<number>().recv();
  } else if (where === "host") {
    yield* host.blocked(where, listener.address);
    yield* host.never();
  } else if (where === "fs") {
    yield* host.blocked(where, listener.address);
    for (;;) yield* fs.readFile(fileURLToPath(import.meta.url));
  } else {
    const server = yield* http.listen("127.0.0.1:0");
    const url = `http://${server.address}`;
    if (where === "http accept") {
      yield* host.blocked(where, server.address);
      yield* server.accept();
    } else if (where === "http get") {
      yield* host.blocked(where, server.address);
      yield* http.get(url); // nobody answers
    } else {
      const x = yield* http.open(url, { method: "POST", write: true });
      const req = (yield* server.accept())!;
      yield* host.blocked(where, server.address);
      if (where === "http request read") yield* req.read();
      else if (where === "http bytes") yield* req.bytes();
      else if (where === "http response") yield* x.response();
      else if (where === "http serve") yield* server.serve(never);
      else if (where === "http end") {
        // Longer than what the kernel takes for a client that does not read.
        yield* req.respond(200, new Uint8Array(30_000_000));
      } else for (;;) yield* x.write(new Uint8Array(50_000)); // "http request write"
    }
  }
});

/** Ends its thread, as a native module that fails might. */
export const dies = goroutine(function* dies() {
  yield* syscall(() => process.exit(3));
});

const never = goroutine(function* never(req: http.Request) {
  yield* req.end();
});

const fills = goroutine(function* fills(conn: Conn, _peer: Conn) {
  yield* conn.write(new Uint8Array(50_000));
});
