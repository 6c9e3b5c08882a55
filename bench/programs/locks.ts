import { atomic, type Chan, chan, Cond, go, goroutine, Mutex, runtime, RWMutex, WaitGroup } from "gosched";
import { share } from "./share.js";

/** Two goroutines lock and unlock one mutex n/2 times each. */
export const mutexContended = goroutine(function* mutexContended(n: number) {
  const mu = new Mutex();
  const counts = chan<number>();
  go(contender, mu, share(n, 2, 0), counts);
  go(contender, mu, share(n, 2, 1), counts);
  return ((yield* counts.recv()) as number) + ((yield* counts.recv()) as number);
});

const contender = goroutine(function* contender(mu: Mutex, n: number, counts: Chan<number>) {
  let count = 0;
  for (let i = 0; i < n; i++) {
    yield* mu.lock();
    count++;
    mu.unlock();
  }
  yield* counts.send(count);
});

/** As many goroutines as there are Ps lock one RWMutex n times for reading. */
export const rwMutexRead = goroutine(function* rwMutexRead(n: number) {
  const procs = runtime.gomaxprocs();
  const rw = new RWMutex();
  const counts = chan<number>();
  for (let p = 0; p < procs; p++) {
    go(reader, rw, share(n, procs, p), counts);
  }
  let sum = 0;
  for (let p = 0; p < procs; p++) {
    sum += (yield* counts.recv()) as number;
  }
  return sum;
});

const reader = goroutine(function* reader(rw: RWMutex, n: number, counts: Chan<number>) {
  let count = 0;
  for (let i = 0; i < n; i++) {
    yield* rw.rLock();
    count++;
    rw.rUnlock();
  }
  yield* counts.send(count);
});

/** As many goroutines as there are Ps add one to a WaitGroup and take it off again, n times. */
export const waitGroup = goroutine(function* waitGroup(n: number) {
  const procs = runtime.gomaxprocs();
  const wg = new WaitGroup();
  const counts = chan<number>(procs);
  wg.add(procs);
  for (let p = 0; p < procs; p++) {
    go(adder, wg, share(n, procs, p), counts);
  }
  yield* wg.wait();
  let sum = 0;
  for (let p = 0; p < procs; p++) {
    sum += (yield* counts.recv()) as number;
  }
  return sum;
});

const adder = goroutine(function* adder(wg: WaitGroup, n: number, counts: Chan<number>) {
  let count = 0;
  for (let i = 0; i < n; i++) {
    wg.add(1);
    count++;
    wg.done();
  }
  yield* counts.send(count);
  wg.done();
});

const WAITERS = 8;

/** n rounds in which eight goroutines wait on a condition and the ninth wakes them all. */
export const cond8 = goroutine(function* cond8(n: number) {
  const cond = new Cond(new Mutex());
  const arrived = new atomic.Int32();
  const rounds = new atomic.Int32();
  const wg = new WaitGroup();
  wg.add(WAITERS + 1);
  for (let i = 0; i <= WAITERS; i++) {
    go(rounder, n, cond, arrived, rounds, wg);
  }
  yield* wg.wait();
  return rounds.load();
});

const rounder = goroutine(function* rounder(
  n: number,
  cond: Cond,
  arrived: atomic.Int32,
  rounds: atomic.Int32,
  wg: WaitGroup,
) {
  const mu = cond.l;
  for (;;) {
    yield* mu.lock();
    if (rounds.load() === n) {
      break;
    }
    if (arrived.add(1) === WAITERS + 1) {
      arrived.store(0);
      rounds.add(1);
      cond.broadcast();
    } else {
      yield* cond.wait();
    }
    mu.unlock();
  }
  mu.unlock();
  wg.done();
});
