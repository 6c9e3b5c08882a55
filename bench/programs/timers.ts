import { afterFunc, chan, type Chan, go, goroutine, now, sleep, type Timer } from "gosched";

const HOUR = 3_600_000;
const BATCH = 1000;

const nothing = goroutine(function* nothing() {});

/** Starts n timers of an hour, 1000 at a time, and stops them. */
export const timerStartStop = goroutine(function* timerStartStop(n: number) {
  let stopped = 0;
  for (let i = 0; i < n; i += BATCH) stopped += startStop();
  return stopped;
});

function startStop(): number {
  const timers: Timer[] = [];
  for (let k = 0; k < BATCH; k++) timers.push(afterFunc(HOUR, nothing));
  let stopped = 0;
  for (const t of timers) if (t.stop()) stopped++;
  return stopped;
}

/** Sleeps n times for a millisecond. */
export const sleep1ms = goroutine(function* sleep1ms(n: number) {
  let slept = 0;
  for (let i = 0; i < n; i++) {
    yield* sleep(1);
    slept++;
  }
  return slept;
});

/** How late n sleepers woke up, in milliseconds. */
export interface Lateness {
  p50: number;
  p99: number;
  max: number;
  checksum: number;
}

/** So long after the start the first sleeper is due: all of them must be asleep by then. */
const HEAD_START_MS = 500;

const sleeper = goroutine(function* sleeper(due: number, late: Chan<number>) {
  yield* sleep(due - now());
  yield* late.send(now() - due);
});

const sleepers = goroutine(function* sleepers(n: number, windowMs: number) {
  const late = chan<number>(n);
  const first = now() + HEAD_START_MS;
  for (let i = 0; i < n; i++) go(sleeper, first + (windowMs * i) / n, late);
  // Until the last one: main wakes once and looks, instead of with each of them.
  yield* sleep(HEAD_START_MS + windowMs);
  const all: number[] = [];
  for (let i = 0; i < n; i++) all.push((yield* late.recv()) as number);
  all.sort((a, b) => a - b);
  const at = (q: number): number => all[Math.ceil(q * n) - 1] as number;
  return { p50: at(0.5), p99: at(0.99), max: at(1), checksum: all.length } satisfies Lateness;
});

/** n sleepers that are due one after the other within a second. Once before, as everything here is warmed up. */
export const timersSpread = goroutine(function* timersSpread(n: number) {
  yield* sleepers(n, 1000);
  return yield* sleepers(n, 1000);
});

/** n sleepers that are due at the same moment. */
export const timersAtOnce = goroutine(function* timersAtOnce(n: number) {
  yield* sleepers(n, 0);
  return yield* sleepers(n, 0);
});
