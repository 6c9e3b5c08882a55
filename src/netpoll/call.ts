/**
 * Calls from goroutines to a thread that has an event loop: the host (hostcall.ts) and the network poller. The call is an object in
 * the arena: who is called, the arguments, later the result. The caller need not be pinned: any thread can finish its call.
 *
 *   1. the goroutine makes the call, sets its wait word, hands its address over, and parks (block.ts)
 *   2. the other thread takes name and arguments out of the call, and works, for as long as it likes
 *   3. it puts the result in, and readies the goroutine; then the call is the goroutine's, which frees it
 *
 * Comlink would do for 2, but not for 3: its answer is a message, and an M that runs or sleeps receives none.
 */
import { I } from "../arena/arena.js";
import { store } from "../arena/atomics.js";
import {
  CALL_ARGS,
  CALL_BYTES,
  CALL_FAILED,
  CALL_KIND,
  CALL_NAME,
  CALL_RESULT,
  CALL_WAIT,
  G_PARAM,
  KIND_OBJ,
} from "../arena/layout.js";
import { mallocgc, mfree } from "../arena/malloc.js";
import { clear, decode, drop, encode, HANDLE_CALL } from "../arena/value.js";
import { type Suspend } from "../stack/current.js";
import { pack, unpack } from "../stack/pack.js";
import { registerFin } from "../stack/trampoline.js";
import { netpollblock, netpollunblock, unblocked } from "./block.js";

/** What became of the call that g has waited for; frees it. For continuations, once. */
export function takeResult(g: number): { failed: boolean; value: unknown } {
  const call = I[g + G_PARAM]!;
  I[g + G_PARAM] = 0;
  unblocked(call + CALL_WAIT);
  // Plain: written before the exchange that readied us.
  const failed = I[call + CALL_FAILED] !== 0;
  const v = decode((call + CALL_RESULT) >> 1);
  mfree(call, CALL_BYTES, KIND_OBJ);
  return { failed, value: failed ? unpack(v) : v };
}

const finCall = registerFin((g) => {
  const { failed, value } = takeResult(g);
  if (failed) throw value;
  return value;
});

/** Step 1. `submit` hands the call over; `fin` begins with takeResult. The running goroutine. @throws TypeError if an argument cannot cross threads */
export function call(
  g: number,
  name: string,
  args: unknown[],
  submit: (call: number) => void,
  reason: number,
  fin = finCall,
): Suspend {
  const a = mallocgc(CALL_BYTES, KIND_OBJ);
  // Plain: nobody knows of it yet.
  I[a + CALL_KIND] = HANDLE_CALL;
  store(a + CALL_WAIT, 0);
  I[a + CALL_FAILED] = 0;
  clear((a + CALL_NAME) >> 1);
  clear((a + CALL_RESULT) >> 1);
  try {
    encode((a + CALL_ARGS) >> 1, args);
  } catch (e) {
    mfree(a, CALL_BYTES, KIND_OBJ);
    throw e;
  }
  encode((a + CALL_NAME) >> 1, name);
  I[g + G_PARAM] = a;
  const r: Suspend = netpollblock(g, a + CALL_WAIT, fin, reason) as Suspend; // the word was 0: it blocks
  submit(a);
  return r;
}

/** Step 2: moves name and arguments out. The thread that the call was handed to. */
export function takeCall(a: number): { name: string; args: unknown[] } {
  const name = decode((a + CALL_NAME) >> 1) as string;
  const args = decode((a + CALL_ARGS) >> 1) as unknown[];
  clear((a + CALL_NAME) >> 1);
  clear((a + CALL_ARGS) >> 1);
  return { name, args };
}

/** Step 3: returns the goroutine to ready. The thread that the call was handed to; the call is not its own any more. */
export function finishCall(a: number, failed: boolean, result: unknown): number {
  const w = (a + CALL_RESULT) >> 1;
  try {
    encode(w, failed ? pack(result) : result);
  } catch (e) {
    failed = true;
    drop(w);
    encode(w, pack(e));
  }
  I[a + CALL_FAILED] = failed ? 1 : 0;
  return netpollunblock(a + CALL_WAIT);
}
