import type { Size } from "../../bench/catalogue.js";

/** Sizes at which a program's answer is worth checking but its time is not. */
export const sizes: Record<string, Size> = {
  Yield: { n: 1001, warm: 10 },
  PingPong: { n: 1000, warm: 10 },
  SpawnWait: { n: 3000, warm: 1000 },
  Skynet: { n: 1000, warm: 10 },
  ProdCons100: { n: 10_001, warm: 10 },
  Sieve: { n: 1, warm: 0 },
  ForkJoinFib: { n: 20, warm: 10 },
  MutexUncontended: { n: 10_001, warm: 10 },
  SelectUncontended: { n: 10_001, warm: 10 },
  SelectSync: { n: 2001, warm: 10 },
  SelectNonblock: { n: 10_001, warm: 10 },
  TimerStartStop: { n: 3000, warm: 1000 },
  Sleep1ms: { n: 20, warm: 1 },
  ContextCancelTree: { n: 101, warm: 10 },
  Pool: { n: 3001, warm: 10 },
  SyncMapLoad: { n: 10_001, warm: 10 },
  MutexContended: { n: 3001, warm: 10 },
  RWMutexRead: { n: 10_001, warm: 10 },
  WaitGroup: { n: 3001, warm: 10 },
  Cond8: { n: 801, warm: 10 },
  NQueens: { n: 8, warm: 4 },
};
