/**
 * The network poller: a thread with an event loop, on which Node does the asynchronous I/O. It holds no P.
 *
 * It takes what goroutines submitted (submit.ts), does it with Node's own modules, and readies goroutines when something has
 * come: events of one turn of the event loop are collected, and at its end their goroutines are injected together and one
 * M is woken, which wakes further ones as it finds work (m.ts). A wake-up costs up to 100 us of latency and several of
 * computing; sixty messages that arrive together share it.
 */
import { I } from "../arena/arena.js";
import { load, waitAsync } from "../arena/atomics.js";
import { CALL_KIND, PD_LINK, S_NETWAKE } from "../arena/layout.js";
import { HANDLE_CALL } from "../arena/value.js";
import { netpollready } from "./block.js";
import { finishCall, takeCall } from "./call.js";
import { awake, mayWait, takeSubmitted, wanted } from "./submit.js";

/** What goroutines may call here, by name. */
export const operations = new Map<string, (...args: never[]) => unknown>();

/** Does what is wanted of a pollDesc. By kind. */
export const handlers = new Map<number, (pd: number, what: number) => void>();

/** Goroutines to ready at the end of this turn. */
let readied: number[] = [];
let turning = false;

/** Something has happened: until the end of this turn nobody need wake us. */
export function burst(): void {
  if (turning) return;
  turning = true;
  awake();
  setImmediate(endOfTurn);
}

/** Readies g (0: nobody) at the end of this turn. */
export function ready(g: number): void {
  if (g === 0) return;
  readied.push(g);
  burst();
}

function endOfTurn(): void {
  turning = false;
  const list = readied;
  if (list.length > 0) {
    readied = [];
    netpollready(list);
  }
  drain();
}

/** Does everything that was submitted, until there is nothing and we may be woken. */
export function drain(): void {
  do {
    for (let o = takeSubmitted(); o !== 0;) {
      const next = I[o + PD_LINK]!; // before it is worked on: then it may be submitted again
      if (I[o + CALL_KIND] === HANDLE_CALL) void answer(o);
      else handlers.get(I[o + CALL_KIND]!)!(o, wanted(o));
      o = next;
    }
  } while (!mayWait());
}

async function answer(call: number): Promise<void> {
  const { name, args } = takeCall(call);
  let failed = false;
  let result: unknown;
  try {
    result = await operations.get(name)!(...(args as never[]));
  } catch (e) {
    failed = true;
    result = e;
  }
  ready(finishCall(call, failed, result));
}

/** Runs as long as the thread. */
export async function netpoll(): Promise<never> {
  for (;;) {
    drain();
    // Submitters that do not let us wait must not keep the event loop from its turn.
    if (load(S_NETWAKE) === 1) await waitAsync(S_NETWAKE, 1, Infinity);
    else await new Promise((resolve) => setImmediate(resolve));
  }
}
