/** The echo server of the benchmark, in goroutines: `node server.js PROCS ROUNDS`. Prints its port; ends with its stdin. */
import { go, goroutine, println, run } from "gosched";
import { type Conn, listen, OpError } from "gosched/net";
import { compute } from "./compute.js";

const serve = goroutine(function* serve(conn: Conn, rounds: number) {
  try {
    for (;;) {
      const data = yield* conn.read();
      if (data === undefined) break;
      compute(data, rounds);
      yield* conn.write(data);
    }
  } catch (e) {
    // The load ends without waiting for its last answers.
    if (!(e instanceof OpError)) throw e;
  }
  conn.close();
});

const main = goroutine(function* main() {
  const rounds = Number(process.argv[3]);
  const listener = yield* listen("tcp", "127.0.0.1:0");
  println(listener.address.replace(/.*:/, ""));
  for (;;) go(serve, yield* listener.accept(), rounds);
});

process.stdin.on("end", () => process.exit()).resume();
await run(main, { procs: Number(process.argv[2]) });
