/**
 * Rings of goroutines; a token goes round each of them. A ring of two is a ping-pong pair. Every pass parks one
 * goroutine and wakes another: the price of a switch, and of moving one to another P.
 */
import { type Chan, chan, go, goroutine } from "gosched";
import type { Outcome } from "gosched/lab";

const member = goroutine(function* member(inp: Chan<number>, out: Chan<number>) {
  for (;;) {
    const token = yield* inp.recv();
    if (token === undefined) break;
    yield* out.send(token + 1);
  }
  out.close();
});

/** The first one of a ring: it starts the others, sends the token round `laps` times, and then ends them. */
const leader = goroutine(function* leader(size: number, laps: number, done: Chan<number>) {
  const first = chan<number>();
  let last = first;
  for (let i = 1; i < size; i++) {
    const next = chan<number>();
    go(member, last, next);
    last = next;
  }
  let token = 0;
  for (let lap = 0; lap < laps; lap++) {
    yield* first.send(token);
    token = (yield* last.recv())! + 1;
  }
  first.close();
  yield* done.send(token);
});

export const main = goroutine(function* main(p: { rings: number; size: number; laps: number }) {
  const { rings, size, laps } = p;
  const done = chan<number>(rings);
  for (let r = 0; r < rings; r++) go(leader, size, laps, done);
  let check = 0;
  for (let r = 0; r < rings; r++) check += (yield* done.recv())!;
  if (check !== rings * size * laps) throw new Error(`rings: the tokens went through ${check} hands`);
  return { ops: check, check } satisfies Outcome;
});
