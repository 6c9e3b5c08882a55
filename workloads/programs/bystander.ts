/**
 * Pairs that wake each other without end, and bystanders that only want a turn now and then. A scheduler that always runs
 * first whoever was woken last runs the pairs for ever. Stops after `limit` ms, so that starvation shows as a latency.
 */
import { atomic, type Chan, chan, go, goroutine, gosched, now, WaitGroup } from "gosched";
import { burn, type Outcome, record } from "gosched/lab";

const player = goroutine(function* player(
  inp: Chan<number>,
  out: Chan<number>,
  until: number,
  stop: atomic.Bool,
  done: WaitGroup,
) {
  for (;;) {
    const ball = yield* inp.recv();
    if (ball === undefined || stop.load() || now() > until) break;
    burn(1);
    yield* out.send(ball + 1);
  }
  out.close();
  done.done();
});

/** Its first turn is asked for by who starts it, the others by itself. */
const bystander = goroutine(function* bystander(started: number, turns: number, until: number, taken: Chan<number>) {
  let asked = started;
  let n = 0;
  for (;;) {
    record(0, now() - asked);
    if (++n === turns || now() > until) break;
    asked = now();
    yield* gosched();
  }
  yield* taken.send(n);
});

interface Params {
  pairs: number;
  bystanders: number;
  turns: number;
  limit: number;
}

export const main = goroutine(function* main(p: Params) {
  const { pairs, bystanders, turns, limit } = p;
  const stop = new atomic.Bool();
  const done = new WaitGroup();
  const taken = chan<number>(bystanders);
  const until = now() + limit;
  done.add(2 * pairs);
  for (let i = 0; i < pairs; i++) {
    const ping = chan<number>(1);
    const pong = chan<number>(1);
    go(player, ping, pong, until, stop, done);
    go(player, pong, ping, until, stop, done);
    yield* ping.send(0);
  }
  for (let i = 0; i < bystanders; i++) go(bystander, now(), turns, until, taken);
  const shares: number[] = [];
  let ops = 0;
  for (let i = 0; i < bystanders; i++) {
    const n = (yield* taken.recv())!;
    ops += n;
    shares.push(n);
  }
  stop.store(true);
  yield* done.wait();
  return { ops, shares } satisfies Outcome;
});
