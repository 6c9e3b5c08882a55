/** Goroutine functions for the tests that are hosts themselves. */
import { goroutine } from "gosched";

/** Computes in a plain function. */
export const computes = goroutine(function* computes(ms: number) {
  let n = 0;
  (() => {
    for (const until = performance.now() + ms; performance.now() < until;) n++;
  })();
  return n > 0;
});

const step = (s: number, i: number): number => (Math.imul(s ^ i, 16777619) + 1) | 0;

/** Loops of all forms, with locals of all kinds: what it returns depends on each round. */
export const loops = goroutine(function* loops(seed: number, rounds: number) {
  let s = seed;
  let float = 0.5;
  let text = "";
  const list: number[] = [];
  for (let i = 0; i < rounds; i++) s = (Math.imul(s, 1664525) + 1013904223) | 0;
  for (let i = 0; i <= rounds; i++) float += i * 0.25;
  for (let i = 0, n = rounds >> 2; i < n; i++) s = step(s, i);
  for (let i = 0; i < 100; i++) list.push(i ^ s);
  outer: for (let i = 0; i < rounds; i += 1000) {
    for (let j = 0; j < list.length; j++) s = (s + list[j]!) | 0;
    for (let j = 0; ; j++) {
      if (j === 300) continue outer;
      s ^= j << 3;
    }
  }
  for (let left = rounds; left--;) s = step(s, left);
  for (let i = 0; i < 60; i++) {
    for (let j = 0; j < i; j++) s ^= Math.imul(i, j);
    let k = i;
    do s = (s + k) | 0;
    while (--k > 0);
  }
  try {
    while (true) {
      float -= 0.125;
      if (float < 0) break;
      if (++s % 1_000_003 === 0) throw new RangeError("s");
      if (float > 1e7) float /= 2;
    }
  } catch (e) {
    text = String(e);
  } finally {
    do s = step(s, 7);
    while (s % 1009 !== 0);
  }
  return `${s} ${float} ${text} ${list[99]}`;
});
