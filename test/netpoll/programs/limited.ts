/** An echo server for a process with few descriptors. It says what accept threw, and dials too often itself when told to. */
import { go, goroutine, println } from "gosched";
import { type Conn, dial, listen, OpError } from "gosched/net";

const echo = goroutine(function* echo(conn: Conn) {
  try {
    for (let b: Uint8Array | undefined; (b = yield* conn.read()) !== undefined;) {
      const command = new TextDecoder().decode(b);
      yield* conn.write(command === "dial" ? yield* dials() : b);
      if (command === "stop") process.exitCode = 0;
    }
  } catch (e) {
    if (!(e instanceof OpError)) throw e;
  }
  conn.close();
});

/** Dials until there are no descriptors left; closes them again. */
const dials = goroutine(function* dials() {
  const other = yield* listen("tcp", ":0");
  const conns: Conn[] = [];
  try {
    for (;;) conns.push(yield* dial("tcp", other.address));
  } catch (e) {
    for (const c of conns) c.close();
    other.close();
    return (e as Error).message.replace(/:\d{2,5}\b/g, ":P");
  }
});

export const main = goroutine(function* main() {
  const listener = yield* listen("tcp", "127.0.0.1:0");
  println(listener.address);
  for (;;) {
    try {
      go(echo, yield* listener.accept());
    } catch (e) {
      println((e as Error).message.replace(/:\d{2,5}\b/g, ":P"));
    }
  }
});
