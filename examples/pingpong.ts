/**
 * Ping-pong: two goroutines hand one ball back and forth over unbuffered channels. Every pass parks one goroutine and
 * wakes the other, so this is the price of a switch.
 *
 *     npx gosched run examples/pingpong.ts [--procs 1] [-- ROUNDS]
 */
import { type Chan, chan, go, goroutine, println } from "gosched";

const player = goroutine(function* player(inp: Chan<number>, out: Chan<number>) {
  for (;;) {
    const ball = yield* inp.recv();
    if (ball === undefined) break;
    yield* out.send(ball + 1);
  }
  out.close();
});

export const main = goroutine(function* main() {
  const rounds = Number(process.argv[2] ?? 1_000_000);
  const ping = chan<number>();
  const pong = chan<number>();
  go(player, ping, pong);

  // Not performance.now(): it counts from the start of a thread, and a goroutine may end on another one.
  const begin = Date.now();
  let ball = 0;
  for (let i = 0; i < rounds; i++) {
    yield* ping.send(ball);
    ball = (yield* pong.recv())!;
  }
  const ns = ((Date.now() - begin) * 1e6) / rounds;
  ping.close();
  println(`${ball} round trips, ${ns.toFixed(0)} ns each`);
});
