/** A weighted semaphore whose waiters give up: each line says what was to be seen. */
import {
  atomic,
  background,
  type CancelContext,
  type Context,
  go,
  goroutine,
  gosched,
  println,
  Semaphore,
  sleep,
  WaitGroup,
  withCancel,
  withTimeout,
} from "gosched";

const acquire = goroutine(function* acquire(sem: Semaphore, n: number, ctx: Context, what: string, wg?: WaitGroup) {
  try {
    yield* sem.acquire(n, ctx);
    if (wg === undefined) println(what, "acquired");
    return true;
  } catch (e) {
    println(what, (e as Error).message);
    return false;
  } finally {
    wg?.done();
  }
});

/** Until somebody waits: then even nothing cannot be had. */
const untilQueued = goroutine(function* untilQueued(sem: Semaphore) {
  while (sem.tryAcquire(0)) yield* gosched();
});

const small = goroutine(function* small(sem: Semaphore, wg: WaitGroup) {
  yield* sem.acquire(3);
  println("the small one behind it acquired");
  wg.done();
});

const givingUp = goroutine(function* givingUp() {
  const sem = new Semaphore(10);
  const ctx = withCancel(background());
  yield* acquire(sem, 4, ctx, "free:");
  yield* acquire(sem, 6, background(), "never cancelled:");
  yield* acquire(sem, 1, withTimeout(background(), 2), "full:");
  yield* acquire(sem, 11, ctx, "too many:");
  sem.release(6);
  ctx.cancel();
  yield* acquire(sem, 1, ctx, "cancelled before:");
  println("and holds nothing:", sem.tryAcquire(6), sem.tryAcquire(1));
  // 10 of 10 are held; the first in the queue wants 8, and gives up.
  sem.release(5);
  const wg = new WaitGroup();
  wg.add(2);
  const impatient = withCancel(background());
  go(acquire, sem, 8, impatient, "the large one:", wg);
  yield* untilQueued(sem);
  go(small, sem, wg);
  impatient.cancel();
  yield* wg.wait();
  println("left:", sem.tryAcquire(3), sem.tryAcquire(2));
  // Granted by a release.
  wg.add(1);
  go(acquire, sem, 2, withCancel(background()), "not printed", wg);
  yield* untilQueued(sem);
  sem.release(2);
  yield* wg.wait();
  println("handed over:", !sem.tryAcquire(1));
});

const ROUNDS = 300;
const SIZE = 5;

const holder = goroutine(function* holder(
  seed: number,
  sem: Semaphore,
  held: atomic.Int32,
  wrong: atomic.Int32,
  gave: atomic.Int32,
  wg: WaitGroup,
) {
  for (let i = 0; i < ROUNDS; i++) {
    seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
    const n = 1 + ((seed >>> 8) % SIZE);
    const ctx: CancelContext = withTimeout(background(), (seed >>> 16) % 3 === 0 ? 0.05 : 1000);
    try {
      yield* sem.acquire(n, ctx);
      if (held.add(n) > SIZE) wrong.add(1);
      if ((seed & 15) === 0) yield* sleep(0.1);
      else yield* gosched();
      held.add(-n);
      sem.release(n);
    } catch (e) {
      if ((e as Error).message !== "context deadline exceeded") throw e;
      gave.add(1);
    }
    ctx.cancel();
  }
  wg.done();
});

/** Releases meet ends of contexts: never more than there is, and in the end everything is there. */
const race = goroutine(function* race() {
  const sem = new Semaphore(SIZE);
  const [held, wrong, gave] = [new atomic.Int32(), new atomic.Int32(), new atomic.Int32()];
  const wg = new WaitGroup();
  wg.add(8);
  for (let i = 0; i < 8; i++) go(holder, i + 1, sem, held, wrong, gave, wg);
  yield* wg.wait();
  println("race:", wrong.load(), held.load(), gave.load() > 0, sem.tryAcquire(SIZE));
});

export const main = goroutine(function* main() {
  yield* givingUp();
  yield* race();
});
