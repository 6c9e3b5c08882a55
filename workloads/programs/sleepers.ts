/** Many goroutines that sleep for a random while, again and again. The samples say how late they were woken. */
import { go, goroutine, now, sleep, WaitGroup } from "gosched";
import { type Outcome, record, seeded, type TrialParams, uniform, xorshift32 } from "gosched/lab";

const sleeper = goroutine(function* sleeper(naps: number, longest: number, seed: number, done: WaitGroup) {
  let state = seed;
  for (let i = 0; i < naps; i++) {
    state = xorshift32(state);
    const due = now() + uniform(state) * longest;
    yield* sleep(due - now());
    record(0, now() - due);
  }
  done.done();
});

export const main = goroutine(function* main(
  p: { sleepers: number; naps: number; longest: number } & Pick<TrialParams, "seed">,
) {
  const { sleepers, naps, longest, seed } = p;
  const done = new WaitGroup();
  done.add(sleepers);
  for (let i = 0; i < sleepers; i++) go(sleeper, naps, longest, seeded(seed, i), done);
  yield* done.wait();
  return { ops: sleepers * naps } satisfies Outcome;
});
