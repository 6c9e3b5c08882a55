import { type Chan, chan, go, goroutine } from "gosched";

/** Sends n values to a second goroutine over an unbuffered channel and gets each of them back, plus one, over another. */
export const pingPong = goroutine(function* pingPong(n: number) {
  const ping = chan<number>();
  const pong = chan<number>();
  go(partner, ping, pong);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    yield* ping.send(i);
    sum += (yield* pong.recv()) as number;
  }
  ping.close();
  return sum;
});

const partner = goroutine(function* partner(ping: Chan<number>, pong: Chan<number>) {
  for (;;) {
    const v = yield* ping.recv();
    if (v === undefined) break;
    yield* pong.send(v + 1);
  }
  pong.close();
});
