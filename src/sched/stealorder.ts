/**
 * Random victim orders without repetition (Go: randomOrder, randomEnum): if X is coprime with the number of Ps, the
 * sequence i, i + X, i + 2X, ... modulo that number meets each exactly once. One table for each thread and count.
 */

function gcd(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

/** All k in 1..count with gcd(k, count) = 1. */
export function coprimesOf(count: number): number[] {
  const r: number[] = [];
  for (let k = 1; k <= count; k++) if (gcd(k, count) === 1) r.push(k);
  return r;
}

let count = 0;
let coprimes: number[] = [];
/** Position of a running enumeration; one at a time for each thread. */
let i = 0;
export let pos = 0;
let inc = 0;

/** Begins an enumeration of 0..n-1. */
export function start(n: number, rand: number): void {
  if (n !== count) {
    count = n;
    coprimes = coprimesOf(n);
  }
  i = 0;
  pos = rand % n;
  inc = coprimes[Math.floor(rand / n) % coprimes.length]!;
}
/** More positions left. */
export function more(): boolean {
  return i < count;
}
export function next(): void {
  i++;
  pos = (pos + inc) % count;
}
