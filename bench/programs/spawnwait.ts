import { go, goroutine, WaitGroup } from "gosched";

const BATCH = 1000;

/** Starts n goroutines that do nothing but report to a WaitGroup, a batch at a time, and waits for each batch. */
export const spawnWait = goroutine(function* spawnWait(n: number) {
  const wg = new WaitGroup();
  let started = 0;
  while (started < n) {
    wg.add(BATCH);
    for (let i = 0; i < BATCH; i++) {
      go(nothing, wg);
    }
    yield* wg.wait();
    started += BATCH;
  }
  return started;
});

const nothing = goroutine(function* nothing(wg: WaitGroup) {
  wg.done();
});
