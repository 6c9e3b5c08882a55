import type { GoFunc } from "gosched";
import { forkJoinFib } from "./forkjoinfib.js";
import { contextCancelTree } from "./contexts.js";
import { cond8, mutexContended, rwMutexRead, waitGroup } from "./locks.js";
import { daisy, gate, type Parked } from "./memory.js";
import { mutexUncontended } from "./mutex.js";
import { nqueens } from "./nqueens.js";
import { pingPong } from "./pingpong.js";
import { pool } from "./pool.js";
import { prodCons100 } from "./prodcons.js";
import { selectNonblock, selectSync, selectUncontended } from "./select.js";
import { sieve } from "./sieve.js";
import { skynet } from "./skynet.js";
import { spawnWait } from "./spawnwait.js";
import { syncMapLoad } from "./syncmap.js";
import { type Lateness, sleep1ms, timersAtOnce, timersSpread, timerStartStop } from "./timers.js";
import { yieldTurns } from "./yield.js";

/** Each takes the size of the work and returns a checksum that depends on all of it, as its namesake in bench/go does. */
export const programs: Record<string, GoFunc<[number], number>> = {
  Yield: yieldTurns,
  PingPong: pingPong,
  SpawnWait: spawnWait,
  Skynet: skynet,
  ProdCons100: prodCons100,
  Sieve: sieve,
  ForkJoinFib: forkJoinFib,
  MutexUncontended: mutexUncontended,
  SelectUncontended: selectUncontended,
  SelectSync: selectSync,
  SelectNonblock: selectNonblock,
  Pool: pool,
  SyncMapLoad: syncMapLoad,
  MutexContended: mutexContended,
  RWMutexRead: rwMutexRead,
  WaitGroup: waitGroup,
  Cond8: cond8,
  TimerStartStop: timerStartStop,
  Sleep1ms: sleep1ms,
  ContextCancelTree: contextCancelTree,
  NQueens: nqueens,
};

export const memoryPrograms: Record<string, GoFunc<[number], Parked>> = {
  Daisy: daisy,
  Gate: gate,
};

export const latenessPrograms: Record<string, GoFunc<[number], Lateness>> = {
  TimersSpread: timersSpread,
  TimersAtOnce: timersAtOnce,
};
