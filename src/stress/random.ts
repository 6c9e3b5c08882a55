/** Seeded random numbers (mulberry32): a program is a pure function of its seed, on the host and in goroutines. */
export class Random {
  private a: number;

  constructor(seed: number) {
    this.a = seed | 0;
  }

  /** 0 .. n-1 */
  below(n: number): number {
    this.a = (this.a + 0x6d2b79f5) | 0;
    let t = Math.imul(this.a ^ (this.a >>> 15), 1 | this.a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  }

  /** lo .. hi */
  between(lo: number, hi: number): number {
    return lo + this.below(hi - lo + 1);
  }

  /** Mostly small, now and then up to hi: sizes at which programs differ. */
  size(hi: number): number {
    return this.below(4) === 0 ? this.between(1, hi) : this.between(1, Math.max(1, Math.min(hi, 6)));
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

/** A step of a linear congruential generator: the state of a goroutine that decides by chance, one number. */
export function lcg(x: number): number {
  return (Math.imul(x, 1664525) + 1013904223) | 0;
}

/** The seed of the k-th program of a session; the first one is the session's seed itself, so that it replays. */
export function seedOf(session: number, k: number): number {
  if (k === 0) return session;
  let x = (session + Math.imul(k, 0x9e3779b9)) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  return (x ^ (x >>> 13)) >>> 0;
}
