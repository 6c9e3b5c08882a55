/** Marsaglia's xorshift of 32 bits: the state after this one. Never 0, if the first is not. */
export function xorshift32(state: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  return state ^ (state << 5);
}

/** A state from any number, and from how often something has been repeated. */
export function seeded(seed: number, repetition = 0): number {
  return xorshift32((Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul(repetition + 1, 0x85ebca6b)) | 0 || 1);
}

/** The state as a number in [0, 1). */
export function uniform(state: number): number {
  return (state >>> 0) / 2 ** 32;
}
