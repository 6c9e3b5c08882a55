/** All scenarios. Their order is part of what a seed means. */
import { fileALot, hogALot, panicALot, promiseALot, syscallALot } from "./blocking.js";
import { closeRace, cycle, fan, parkALot, pingPong, pipeline, sieve, transfer, tryStorm } from "./channels.js";
import type { Scenario } from "./common.js";
import { deep, exceptions, exits, lockALot, pinALot } from "./ends.js";
import { closeTwice, defaultRace, doubleFire, selectClose } from "./select.js";
import { httpALot } from "./http.js";
import { linearChan, linearMap } from "./linear.js";
import { barrierALot, condALot, onceALot, rwALot, semaphoreALot } from "./locks.js";
import { atomicALot, mapALot, poolALot } from "./shared.js";
import { acceptRace, closeUnder, deadlineALot, socketEcho } from "./net.js";
import { burst, churn, stampede, tree, yieldALot } from "./spawn.js";
import { cancelTree, taskALot, timerRace } from "./races.js";
import { barrierSleeper, mutexALot, waitALot } from "./sync.js";
import { callALot, contextALot, groupALot, sleepALot, timedWaitALot, timerALot } from "./time.js";

export const scenarios: readonly Scenario[] = [
  yieldALot,
  burst,
  churn,
  tree,
  stampede,
  pingPong,
  pipeline,
  fan,
  cycle,
  parkALot,
  closeRace,
  tryStorm,
  transfer,
  sieve,
  mutexALot,
  waitALot,
  barrierSleeper,
  exceptions,
  exits,
  lockALot,
  pinALot,
  deep,
  doubleFire,
  selectClose,
  defaultRace,
  closeTwice,
  rwALot,
  condALot,
  onceALot,
  semaphoreALot,
  barrierALot,
  mapALot,
  poolALot,
  atomicALot,
  linearChan,
  linearMap,
  sleepALot,
  timedWaitALot,
  timerALot,
  callALot,
  contextALot,
  groupALot,
  syscallALot,
  promiseALot,
  hogALot,
  panicALot,
  fileALot,
  timerRace,
  cancelTree,
  taskALot,
  socketEcho,
  closeUnder,
  deadlineALot,
  acceptRace,
  httpALot,
];

export function scenarioOf(kind: string): Scenario {
  const s = scenarios.find((x) => x.kind === kind);
  if (s === undefined)
    throw new Error(`unknown scenario ${kind}; there are ${scenarios.map((x) => x.kind).join(", ")}`);
  return s;
}

export function keeps(kind: string): boolean {
  return scenarios.find((x) => x.kind === kind)?.keeps === true;
}
