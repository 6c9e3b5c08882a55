/** Laps with a barrier after each: all wait for the slowest, and the next lap begins with everybody runnable at once. */
import { Barrier, go, goroutine, WaitGroup } from "gosched";
import { burn, type Outcome } from "gosched/lab";

const runner = goroutine(function* runner(laps: number, us: number, barrier: Barrier, done: WaitGroup) {
  for (let lap = 0; lap < laps; lap++) {
    burn(us);
    yield* barrier.wait();
  }
  done.done();
});

/** The work of the parties goes from `us` to `us` times `skew`. */
export const main = goroutine(function* main(p: { parties: number; laps: number; us: number; skew: number }) {
  const { parties, laps, us, skew } = p;
  const barrier = new Barrier(parties);
  const done = new WaitGroup();
  done.add(parties);
  for (let i = 0; i < parties; i++) go(runner, laps, us * (1 + ((skew - 1) * i) / parties), barrier, done);
  yield* done.wait();
  return { ops: parties * laps } satisfies Outcome;
});
