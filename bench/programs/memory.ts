import { type Chan, chan, go, goroutine, gosched, WaitGroup } from "gosched";

/** How large the process was with all goroutines parked, in bytes, and how many of them woke up afterwards. */
export interface Parked {
  rss: number;
  checksum: number;
}

/** Parks n goroutines, each on a channel of its own, then passes one value along all of them. */
export const daisy = goroutine(function* daisy(n: number) {
  const parked = new WaitGroup();
  parked.add(n);
  const first = chan<number>();
  let left = first;
  for (let i = 0; i < n; i++) {
    const right = chan<number>();
    go(whisper, left, right, parked);
    left = right;
  }
  const rss = yield* rssOnceParked(parked);
  yield* left.send(0);
  const checksum = (yield* first.recv()) as number;
  return { rss, checksum } satisfies Parked;
});

const whisper = goroutine(function* whisper(left: Chan<number>, right: Chan<number>, parked: WaitGroup) {
  parked.done();
  const v = (yield* right.recv()) as number;
  yield* left.send(v + 1);
});

/** Parks n goroutines on one channel, then closes it. */
export const gate = goroutine(function* gate(n: number) {
  const parked = new WaitGroup();
  parked.add(n);
  const closed = chan<number>();
  const woken = chan<number>();
  for (let i = 0; i < n; i++) {
    go(waiter, closed, woken, parked);
  }
  const rss = yield* rssOnceParked(parked);
  closed.close();
  let checksum = 0;
  for (let i = 0; i < n; i++) {
    checksum += (yield* woken.recv()) as number;
  }
  return { rss, checksum } satisfies Parked;
});

const waiter = goroutine(function* waiter(closed: Chan<number>, woken: Chan<number>, parked: WaitGroup) {
  parked.done();
  yield* closed.recv();
  yield* woken.send(1);
});

const rssOnceParked = goroutine(function* rssOnceParked(parked: WaitGroup) {
  yield* parked.wait();
  // A goroutine that has reported may still be on its way to its channel.
  for (let i = 0; i < 100; i++) {
    yield* gosched();
  }
  return process.memoryUsage.rss();
});
