/** Shared with the catalogue, which must not load the runtime. The same numbers are in bench/go. */

/** Of the sieve: the 600th prime. */
export const LIMIT = 4409;

/** Of fork-join: from this Fibonacci number down the work is too small to be worth a goroutine. */
export const CUTOFF = 12;

/** Of the map: how many of the keys 0 to 1023 are there. */
export const HITS = 1023;
