/** Computing for a message: so many rounds of a hash over it. The same on both sides, one message or several at once. */
export const MESSAGE = 128;

let sink = 0;
/** `rounds` for each message in `data`. */
export function compute(data: Uint8Array, rounds: number): void {
  let h = sink;
  for (let m = 0; m < data.length; m += MESSAGE)
    for (let i = 0; i < rounds; i++) h = (Math.imul(h ^ data[m + (i & (MESSAGE - 1))]!, 0x01000193) + i) | 0;
  sink = h;
}

/** Rounds that take so many microseconds here: the median of some tries, after warming up. */
export function roundsFor(us: number): number {
  const data = new Uint8Array(MESSAGE).fill(7);
  const tries: number[] = [];
  for (let i = 0; i < 30; i++) {
    const from = performance.now();
    compute(data, 100_000);
    tries.push((performance.now() - from) * 1000);
  }
  const median = tries.slice(10).sort((a, b) => a - b)[10]!;
  return Math.round((us / median) * 100_000);
}
