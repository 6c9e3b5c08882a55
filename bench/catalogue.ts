import { CUTOFF, HITS, LIMIT } from "./programs/constants.js";

/** The size of the timed run and of the run that warms up before it, in the same process. */
export interface Size {
  n: number;
  warm: number;
}

export interface Benchmark {
  name: string;
  /** What one operation is: times are given per operation. */
  op: string;
  /** What lies between the two clock readings, on both sides. */
  timed: string;
  full: Size;
  quick: Size;
  /** Operations in a run of size n. */
  ops(n: number): number;
  /** What a right program returns. */
  checksum(n: number, procs: number): number;
}

const itself = (n: number): number => n;
const sumTo = (n: number): number => (n * (n + 1)) / 2;

/**
 * The programs that both sides run: bench/programs/NAME.ts here, bench/go/NAME.go there, function for function.
 * The clock is read by the program's main goroutine, so neither the start of the process nor that of the runtime
 * counts. Everything between the readings does: also making the channels and starting and ending the goroutines.
 * Sizes are such that a run takes Go some tenths of a second (Skynet is a million by definition). The warm-up is long
 * enough for V8 to have compiled everything; in a quick run that is most of the time.
 */
export const core: readonly Benchmark[] = [
  {
    name: "Yield",
    op: "Gosched",
    timed: "two goroutines call Gosched n/2 times each, so that each call switches to the other one (at one P)",
    full: { n: 4_000_000, warm: 2_000_000 },
    quick: { n: 600_000, warm: 1_000_000 },
    ops: itself,
    checksum: itself,
  },
  {
    name: "PingPong",
    op: "round trip",
    timed: "one goroutine sends n times and receives the answer of another, over two unbuffered channels",
    full: { n: 800_000, warm: 400_000 },
    quick: { n: 120_000, warm: 200_000 },
    ops: itself,
    checksum: sumTo,
  },
  {
    name: "SpawnWait",
    op: "goroutine",
    timed: "n goroutines that only call Done, 1000 at a time, and Wait after each 1000",
    full: { n: 1_000_000, warm: 500_000 },
    quick: { n: 150_000, warm: 300_000 },
    ops: itself,
    checksum: itself,
  },
  {
    name: "Skynet",
    op: "leaf",
    timed: "a tree of 1.11 n goroutines, ten children each, sums up through unbuffered channels, one an inner node",
    full: { n: 1_000_000, warm: 100_000 },
    quick: { n: 100_000, warm: 100_000 },
    ops: itself,
    checksum: (n) => sumTo(n - 1),
  },
  {
    name: "ProdCons100",
    op: "value",
    timed: "n values through one channel with a buffer of 100; at P procs, P producers and P consumers",
    full: { n: 5_000_000, warm: 1_000_000 },
    quick: { n: 600_000, warm: 1_000_000 },
    ops: itself,
    checksum: (n, procs) => {
      const less = Math.floor(n / procs);
      const bigger = n % procs;
      return bigger * sumTo(less + 1) + (procs - bigger) * sumTo(less);
    },
  },
  {
    name: "Sieve",
    op: "message",
    timed: `n times the primes up to ${LIMIT} (600 of them): a chain of 600 goroutines over unbuffered channels`,
    full: { n: 8, warm: 4 },
    quick: { n: 2, warm: 2 },
    ops: (n) => n * sieveMessages(LIMIT),
    checksum: (n) => n * primes(LIMIT).reduce((sum, prime) => sum + prime, 0),
  },
  {
    name: "ForkJoinFib",
    op: "call of fib",
    timed: `the n-th Fibonacci number by recursion: one half forked, the other in place, from ${CUTOFF} down without forks`,
    full: { n: 36, warm: 33 },
    quick: { n: 31, warm: 31 },
    ops: (n) => 2 * fibonacci(n + 1) - 1,
    checksum: fibonacci,
  },
  {
    name: "MutexUncontended",
    op: "Lock + Unlock",
    timed: "at P procs, P goroutines lock and unlock n/P times, each a mutex of its own",
    full: { n: 20_000_000, warm: 5_000_000 },
    quick: { n: 2_000_000, warm: 3_000_000 },
    ops: itself,
    checksum: itself,
  },
];

/** The same for what is built on goroutines and channels: `select` and so on. They have targets of their own. */
export const library: readonly Benchmark[] = [
  {
    name: "SelectUncontended",
    op: "select + send",
    timed:
      "at P procs, P goroutines select n/P times between two channels of their own with a buffer of one, and send to the other",
    full: { n: 4_000_000, warm: 2_000_000 },
    quick: { n: 500_000, warm: 1_000_000 },
    ops: itself,
    checksum: itself,
  },
  {
    name: "SelectSync",
    op: "value",
    timed: "n values over three unbuffered channels: at P procs, P goroutines select to send, P select to receive",
    full: { n: 800_000, warm: 400_000 },
    quick: { n: 120_000, warm: 200_000 },
    ops: itself,
    checksum: itself,
  },
  {
    name: "SelectNonblock",
    op: "4 selects",
    timed: "at P procs, P goroutines do four selects of one case and a default n/P times on the same channels, in vain",
    full: { n: 10_000_000, warm: 3_000_000 },
    quick: { n: 1_000_000, warm: 2_000_000 },
    ops: itself,
    checksum: (n) => n - 1,
  },
  {
    name: "Pool",
    op: "Put + Get",
    timed: "at P procs, P goroutines put a number into one pool and take one out, n/P times each",
    full: { n: 20_000_000, warm: 5_000_000 },
    quick: { n: 2_000_000, warm: 3_000_000 },
    ops: itself,
    checksum: itself,
  },
  {
    name: "SyncMapLoad",
    op: "Load",
    timed: "at P procs, P goroutines load from one map, n/P times each; of 1024 keys all but one are there",
    full: { n: 20_000_000, warm: 5_000_000 },
    quick: { n: 2_000_000, warm: 3_000_000 },
    ops: itself,
    checksum: (n, procs) => {
      const less = Math.floor(n / procs);
      const bigger = n % procs;
      return bigger * loads(less + 1) + (procs - bigger) * loads(less);
    },
  },
  {
    name: "MutexContended",
    op: "Lock + Unlock",
    timed: "two goroutines lock and unlock one mutex n/2 times each",
    full: { n: 5_000_000, warm: 2_000_000 },
    quick: { n: 500_000, warm: 1_000_000 },
    ops: itself,
    checksum: itself,
  },
  {
    name: "RWMutexRead",
    op: "RLock + RUnlock",
    timed: "at P procs, P goroutines lock and unlock one RWMutex for reading n/P times",
    full: { n: 10_000_000, warm: 4_000_000 },
    quick: { n: 1_000_000, warm: 3_000_000 },
    ops: itself,
    checksum: itself,
  },
  {
    name: "WaitGroup",
    op: "Add + Done",
    timed: "at P procs, P goroutines add one to one WaitGroup and take it off again n/P times; then it is waited for",
    full: { n: 10_000_000, warm: 4_000_000 },
    quick: { n: 1_000_000, warm: 3_000_000 },
    ops: itself,
    checksum: itself,
  },
  {
    name: "Cond8",
    op: "round",
    timed: "n rounds in which eight goroutines wait on a condition variable and the ninth wakes them all",
    full: { n: 150_000, warm: 60_000 },
    quick: { n: 20_000, warm: 30_000 },
    ops: itself,
    checksum: itself,
  },
  {
    name: "TimerStartStop",
    op: "timer",
    timed: "n timers of an hour, 1000 at a time: all are started, then all are stopped",
    full: { n: 1_000_000, warm: 300_000 },
    quick: { n: 200_000, warm: 200_000 },
    ops: itself,
    checksum: itself,
  },
  {
    name: "Sleep1ms",
    op: "sleep",
    timed: "one goroutine sleeps n times for a millisecond; the time above a million nanoseconds is lateness",
    full: { n: 300, warm: 100 },
    quick: { n: 50, warm: 50 },
    ops: itself,
    checksum: itself,
  },
  {
    name: "ContextCancelTree",
    op: "chain of 100",
    timed: "n times: a chain of 100 contexts that can be cancelled, each below the one before, is made and cancelled",
    full: { n: 20_000, warm: 8000 },
    quick: { n: 3000, warm: 6000 },
    ops: itself,
    checksum: itself,
  },
];

export const benchmarks: readonly Benchmark[] = [...core, ...library];

/** Not compared with Go in the table: it shows what a second P brings a program that mostly computes. */
export const nqueens: Benchmark = {
  name: "NQueens",
  op: "board",
  timed:
    "all ways to put n queens on a board of n by n: about 180 goroutines, forked in the first two rows, only compute",
  full: { n: 15, warm: 12 },
  quick: { n: 14, warm: 12 },
  ops: () => 1,
  checksum: (n) => [1, 1, 0, 0, 2, 10, 4, 40, 92, 352, 724, 2680, 14200, 73712, 365596, 2279184][n] as number,
};

/** What n loads of the keys 0 to HITS in turn add up to: each key is its own value, and the last one is not there. */
function loads(n: number): number {
  const rest = n % (HITS + 1);
  return Math.floor(n / (HITS + 1)) * sumTo(HITS - 1) + sumTo(Math.min(rest, HITS) - 1);
}

/**
 * A number passes from goroutine to goroutine until the filter of its smallest prime factor drops it; a prime gets to
 * main through the filters of all primes below it. So the k-th prime, as a factor or itself, means k messages.
 */
export function sieveMessages(limit: number): number {
  const factors = primes(limit);
  let messages = 0;
  for (let n = 2; n <= limit; n++) messages += factors.findIndex((prime) => n % prime === 0) + 1;
  return messages;
}

function primes(limit: number): number[] {
  const found: number[] = [];
  for (let n = 2; n <= limit; n++) if (found.every((prime) => n % prime !== 0)) found.push(n);
  return found;
}

function fibonacci(n: number): number {
  let [a, b] = [0, 1];
  for (let i = 0; i < n; i++) [a, b] = [b, a + b];
  return a;
}
