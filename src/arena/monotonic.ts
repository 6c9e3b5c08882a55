/**
 * The monotonic clock that all threads share (Go: nanotime), in milliseconds with fractions.
 *
 * `performance.now()` alone counts from the start of its own thread, and a goroutine may read it on two. Both it and
 * `process.hrtime()` are the system's monotonic clock, so their difference is a constant of the thread: taken once, it
 * leaves a read at the 70 ns of `performance.now()`, without the array that `hrtime` makes each time.
 */
/** The thread may be stopped between the two readings, for milliseconds on a busy machine: the closest pair of several counts. */
const TRIES = 8;

function readOrigin(): number {
  let closest = Infinity;
  let offset = 0;
  for (let i = 0; i < TRIES; i++) {
    const before = performance.now();
    const [seconds, nanoseconds] = process.hrtime();
    const after = performance.now();
    if (after - before >= closest) continue;
    closest = after - before;
    offset = seconds * 1e3 + nanoseconds / 1e6 - (before + after) / 2;
  }
  return offset;
}
const origin = readOrigin();

/** Any thread. Two threads agree to about a microsecond, the time between the readings of the closest pair. */
export function monotonic(): number {
  return origin + performance.now();
}
