/** Sockets: what arrives, how it ends, and the texts of the errors. */
import { chan, type Chan, go, goroutine, gosched, println, WaitGroup } from "gosched";
import { type Conn, dial, listen, type Listener, OpError } from "gosched/net";

const text = (b: Uint8Array | undefined): string | undefined => b && new TextDecoder().decode(b);

const echo = goroutine(function* echo(conn: Conn) {
  for (;;) {
    const data = yield* conn.read();
    if (data === undefined) break;
    yield* conn.write(data);
  }
  conn.close();
});

const serve = goroutine(function* serve(listener: Listener) {
  for (;;) {
    let conn: Conn;
    try {
      conn = yield* listener.accept();
    } catch (e) {
      if (e instanceof OpError && e.closed) return;
      throw e;
    }
    go(echo, conn);
  }
});

/** The text of what an operation throws, without the ports. */
const failure = goroutine(function* failure(op: string, conn: Conn | undefined, listener: Listener | undefined) {
  try {
    if (op === "read") yield* conn!.read();
    else if (op === "write") for (;;) yield* conn!.write("x".repeat(10_000));
    else if (op === "accept") yield* listener!.accept();
    else if (op === "close") conn!.close();
    return "no error";
  } catch (e) {
    return e instanceof OpError ? e.message.replace(/:\d{2,5}\b/g, ":P") : `${String(e)}`;
  }
});
const later = goroutine(function* later(
  op: string,
  conn: Conn | undefined,
  listener: Listener | undefined,
  out: Chan<string>,
) {
  yield* out.send(yield* failure(op, conn, listener));
});

const client = goroutine(function* client(
  address: string,
  id: number,
  rounds: number,
  wg: WaitGroup,
  bad: Chan<string>,
) {
  const conn = yield* dial("tcp", address);
  for (let i = 0; i < rounds; i++) {
    const sent = `message ${i} of ${id}`;
    yield* conn.write(sent);
    let got = "";
    while (got.length < sent.length) got += text(yield* conn.read()) ?? "END";
    if (got !== sent) yield* bad.send(`${got} instead of ${sent}`);
  }
  conn.close();
  wg.done();
});

/** A stream in one direction, longer than what is read ahead and written behind; the sum says that all came, in order. */
const big = goroutine(function* big(network: "tcp" | "unix", address: string, total: number) {
  const conn = yield* dial(network, address);
  const sum = chan<number>();
  go(function* () {
    let n = 0;
    let mix = 0;
    for (let b: Uint8Array | undefined; (b = yield* conn.read(50_000)) !== undefined;) {
      for (let i = 0; i < b.length; i++) mix = (mix * 31 + b[i]!) | 0;
      n += b.length;
      yield* gosched();
    }
    yield* sum.send(n);
    yield* sum.send(mix);
  });
  let mix = 0;
  for (let sent = 0; sent < total;) {
    const part = new Uint8Array(Math.min(30_011, total - sent));
    for (let i = 0; i < part.length; i++) mix = (mix * 31 + (part[i] = (sent + i) % 251)) | 0;
    yield* conn.write(part);
    sent += part.length;
  }
  conn.closeWrite();
  const n = yield* sum.recv();
  const same = (yield* sum.recv()) === mix;
  conn.close();
  return `${n} bytes ${same}`;
});

const tries = goroutine(function* tries(op: "dial" | "listen", network: "tcp" | "unix", address: string) {
  try {
    if (op === "listen") yield* listen(network, address);
    else (yield* dial(network, address)).close();
    return `${op} works`;
  } catch (e) {
    return (e as Error).message.replace(/:\d{2,5}\b/g, ":P");
  }
});

export const main = goroutine(function* main() {
  const listener = yield* listen("tcp", "127.0.0.1:0");
  go(serve, listener);
  const wg = new WaitGroup();
  const bad = chan<string>(10);
  wg.add(20);
  for (let i = 0; i < 20; i++) go(client, listener.address, i, 30, wg, bad);
  yield* wg.wait();
  println("echoed", bad.len === 0, bad.tryRecv()?.value);
  println(yield* big("tcp", listener.address, 3_000_000));

  const path = process.argv[2]!;
  const local = yield* listen("unix", path);
  go(serve, local);
  println("unix", yield* big("unix", path, 500_000));
  println((yield* tries("listen", "unix", path)).replace(path, "PATH"));
  local.close();

  // Deadlines: one that has passed, one that passes while we wait, one that is moved on.
  const conn = yield* dial("tcp", listener.address);
  conn.setReadDeadline(Date.now() - 1);
  println(yield* failure("read", conn, undefined));
  conn.setReadDeadline(Date.now() + 30);
  println(yield* failure("read", conn, undefined));
  conn.setDeadline(0);
  yield* conn.write("after");
  println(text(yield* conn.read()));

  // Closing wakes who waits.
  const out = chan<string>();
  go(later, "read", conn, undefined, out);
  for (let i = 0; i < 100; i++) yield* gosched();
  conn.close();
  println(yield* out.recv());
  println(yield* failure("write", conn, undefined));
  println(yield* failure("close", conn, undefined));
  const other = yield* listen("tcp", ":0");
  other.setDeadline(Date.now() + 30);
  println(yield* failure("accept", undefined, other));
  other.setDeadline(0);
  go(later, "accept", undefined, other, out);
  for (let i = 0; i < 100; i++) yield* gosched();
  other.close();
  println(yield* out.recv());

  // A writer whose peer does not read stops, and its deadline ends that.
  const third = yield* listen("tcp", ":0");
  const writer = yield* dial("tcp", third.address);
  const reader = yield* third.accept();
  writer.setWriteDeadline(Date.now() + 200);
  println(yield* failure("write", writer, undefined));
  writer.close();
  reader.close();

  println(yield* tries("dial", "tcp", third.address));
  third.close();
  println(yield* tries("dial", "tcp", third.address));
  println(yield* tries("listen", "tcp", listener.address));
});
