/**
 * A TCP echo server and a load generator with many connections, in one program: a goroutine for each end of each connection.
 *
 *     npx gosched run examples/echo.ts -- [CONNECTIONS] [MESSAGES]
 */
import { chan, type Chan, go, goroutine, println } from "gosched";
import { type Conn, dial, listen, type Listener, OpError } from "gosched/net";

const SIZE = 128;

const echo = goroutine(function* echo(conn: Conn) {
  for (;;) {
    const data = yield* conn.read();
    if (data === undefined) break; // the client has closed
    yield* conn.write(data);
  }
  conn.close();
});

const serve = goroutine(function* serve(listener: Listener, done: Chan<number>) {
  let served = 0;
  try {
    for (;;) {
      go(echo, yield* listener.accept());
      served++;
    }
  } catch (e) {
    if (!(e instanceof OpError && e.closed)) throw e;
  }
  yield* done.send(served);
});

/** Sends messages one after the other, each when the one before has come back. */
const client = goroutine(function* client(address: string, messages: number, done: Chan<number>) {
  const conn = yield* dial("tcp", address);
  const message = "x".repeat(SIZE);
  let echoed = 0;
  for (let i = 0; i < messages; i++) {
    yield* conn.write(message);
    for (let missing = SIZE; missing > 0;) {
      const data = yield* conn.read(missing);
      if (data === undefined) throw new Error("the server has closed");
      missing -= data.length;
    }
    echoed++;
  }
  conn.close();
  yield* done.send(echoed);
});

export const main = goroutine(function* main() {
  const connections = Number(process.argv[2] ?? 1000);
  const messages = Number(process.argv[3] ?? 10);
  const listener = yield* listen("tcp", "127.0.0.1:0");
  const served = chan<number>();
  go(serve, listener, served);

  const start = performance.now();
  const done = chan<number>();
  for (let i = 0; i < connections; i++) go(client, listener.address, messages, done);
  let echoed = 0;
  for (let i = 0; i < connections; i++) echoed += (yield* done.recv())!;
  const ms = performance.now() - start;
  listener.close();
  println(`${yield* served.recv()} connections, ${echoed} messages echoed, ${Math.round(ms)} ms`);
});
