/**
 * Nanoseconds on the system's monotonic clock. `performance.now()` would not do: it counts from the start of its own
 * thread, and a goroutine may end on another thread than it began; the child that measures its start compares with a
 * reading of its parent.
 */
export function clock(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e9 + nanoseconds;
}
