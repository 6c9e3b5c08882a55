/**
 * Goroutines that compute without end, beside some that sleep, do a little, and sleep again. How long do those wait for
 * a P that somebody keeps? And does each of the others get its share?
 */
import { atomic, type Chan, chan, go, goroutine, now, sleep } from "gosched";
import { burn, type Outcome, record } from "gosched/lab";

const hog = goroutine(function* hog(stop: atomic.Bool, shares: Chan<number>) {
  let done = 0;
  while (!stop.load()) {
    burn(1);
    done++;
  }
  yield* shares.send(done);
});

const interactive = goroutine(function* interactive(ticks: number, every: number, us: number, ends: Chan<number>) {
  for (let i = 0; i < ticks; i++) {
    const due = now() + every;
    yield* sleep(every);
    record(0, now() - due);
    burn(us);
  }
  yield* ends.send(1);
});

interface Params {
  hogs: number;
  interactive: number;
  ticks: number;
  every: number;
  us: number;
}

export const main = goroutine(function* main(p: Params) {
  const { hogs, interactive: n, ticks, every, us } = p;
  const stop = new atomic.Bool();
  const amounts = chan<number>(hogs);
  const ends = chan<number>(n);
  for (let i = 0; i < n; i++) go(interactive, ticks, every, us, ends);
  for (let i = 0; i < hogs; i++) go(hog, stop, amounts);
  for (let i = 0; i < n; i++) yield* ends.recv();
  stop.store(true);
  const shares: number[] = [];
  for (let i = 0; i < hogs; i++) shares.push((yield* amounts.recv())!);
  return { ops: n * ticks, shares } satisfies Outcome;
});
