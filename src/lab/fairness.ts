/**
 * Jain's index of fairness (Jain, Chiu, Hawe 1984): 1 if all have the same, 1/n if one has everything. Independent of the
 * unit and of how many there are.
 */
export function jain(shares: readonly number[]): number {
  const sum = shares.reduce((a, b) => a + b, 0);
  const squares = shares.reduce((a, b) => a + b * b, 0);
  // Nobody has anything: nobody has more than another.
  return squares === 0 ? 1 : (sum * sum) / (shares.length * squares);
}
