import { type Chan, chan, go, goroutine, runtime, SyncMap } from "gosched";
import { HITS } from "./constants.js";
import { share } from "./share.js";

/** Loads from one map n times, of 1024 keys all but one are there, as many goroutines as there are Ps. */
export const syncMapLoad = goroutine(function* syncMapLoad(n: number) {
  const procs = runtime.gomaxprocs();
  const m = new SyncMap<number, number>();
  for (let i = 0; i < HITS; i++) {
    m.loadOrStore(i, i);
  }
  // Into its steady state: enough misses for the keys to need no lock any more.
  for (let i = 0; i < HITS * 2; i++) {
    m.load(i % HITS);
  }
  const counts = chan<number>();
  for (let p = 0; p < procs; p++) {
    go(loader, share(n, procs, p), m, counts);
  }
  let sum = 0;
  for (let p = 0; p < procs; p++) {
    sum += (yield* counts.recv()) as number;
  }
  return sum;
});

const loader = goroutine(function* loader(n: number, m: SyncMap<number, number>, counts: Chan<number>) {
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const v = m.load(i % (HITS + 1));
    if (v !== undefined) sum += v;
  }
  yield* counts.send(sum);
});
