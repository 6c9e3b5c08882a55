/** What a thread of a model is about to do: the operations that the checker orders. Constants alone, so that the build inlines them. */

export const LOAD = 0;
export const STORE = 1;
export const CAS = 2;
export const XCHG = 3;
export const ADD = 4;
/** A plain load that races on purpose: an operation like LOAD that orders nothing. */
export const RACY = 5;
export const WAIT = 6;
export const NOTIFY = 7;
/** A plain store that races on purpose: an operation like STORE that orders nothing. */
export const RACYSET = 12;
/** Not a program's operation: a sleeper whose time is over, or who was woken, goes on. */
export const TIMEOUT = 8;
export const WAKE = 9;
/** Gives others a turn: the model waits for something that no word tells. */
export const YIELD = 10;
/** A thread of a model stands still while a word is `x`: what in a real program another part of the runtime would do. */
export const AWAIT = 11;

export const OP_NAMES = [
  "load",
  "store",
  "cas",
  "xchg",
  "add",
  "racy",
  "wait",
  "notify",
  "time-out of wait",
  "woken from wait",
  "yield",
  "await",
  "racy store",
] as const;

/** What `wait` returns in a model. */
export const WOKEN = 0;
export const NOT_EQUAL = 1;
export const TIMED_OUT = 2;
