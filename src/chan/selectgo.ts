/**
 * What select does (Go: select.go, selectgo).
 *
 * Goal: of several channel operations exactly one happens, chosen evenly among those that are possible, however many
 * threads work on the same channels; if none is possible, the goroutine waits for all of them at once.
 *
 *   1. Shuffle the cases: the poll order.
 *   2. Try one case after another in poll order, each under its channel's lock alone, as an operation that does not wait
 *      (trysend, tryrecv: without a lock if the channel does not look ready). The first that is possible happens.
 *   3. One sudog a case, with the value to send encoded in it, chained in lock order: by the address of the channel.
 *   4. Lock all channels, and try once more in poll order: now nothing can change under our hands. With a default, the
 *      select ends here.
 *   5. Queue all sudogs and park; the scheduler unlocks the channels when the frames are saved (sellock.ts).
 *   6. A peer that takes one of our sudogs off a queue writes it into G_SELECTDONE by CAS (`dequeue`, sudog.ts). Who comes
 *      second goes on to the next in that queue. The first completes the operation and readies us.
 *   7. Lock all channels, take the other sudogs off their queues, unlock, and look what became of the winner.
 *
 * Why step 2 is right: what is possible at a moment within the call may happen; the locks are needed together only to
 * know that *nothing* is possible, for waiting and for the default. Go has no step 2. It saves 2n - 2 of 2n atomics, the
 * sorting and the sudogs whenever something is ready.
 *
 * Why no wake-up is lost: from step 4 on a peer either came before our locks, and then we see what it did, or comes after the
 * scheduler has released them, and then it finds our sudog in the queue and a goroutine that can be readied.
 *
 * What if a thread stops right there? A peer between its CAS and readying us: all our other sudogs are dead, peers pass over
 * them, and we sleep until it goes on; as with any hand-over. We, readied but not yet at step 7: the same. Nobody waits
 * for us.
 *
 * Losers lose nothing: a value to send stays in its sudog until a peer has won with it, and is dropped in step 7; a receiver's
 * sudog gets a value only from a peer that has won.
 *
 * The tables below hold the cases of the select that this thread is about to do. They are filled and used up without a
 * suspension in between, so one set a thread is enough, and a call allocates nothing but its result.
 *
 * Atomics with more than one P: 2 if something is ready, and those of the operation; else 4n (lock, unlock, twice) for
 * n channels, 2 for the park and those of the peer's operation. With one P: none.
 */
import { I } from "../arena/arena.js";
import { smp } from "../arena/atomics.js";
import {
  C_RECVQ,
  C_SENDQ,
  G_SELECTDONE,
  G_WAITING,
  SELECT_RECV,
  SELECT_SEND,
  SG_CASE,
  SG_CHAN,
  SG_ELEM,
  SG_G,
  SG_ISSELECT,
  SG_SUCCESS,
  SG_WAITLINK,
} from "../arena/layout.js";
import { intern, nameOf } from "../arena/names.js";
import { clear, decode, drop, encode, move, putNumber } from "../arena/value.js";
import { fastrand } from "../sched/p.js";
import { gopark, goparkselect } from "../sched/proc.js";
import { sellock, selunlock } from "../sched/sellock.js";
import { acquireSudog, dequeueSudog, enqueue, releaseSudog } from "../sched/sudog.js";
import {
  waitReasonChanReceive,
  waitReasonChanReceiveNilChan,
  waitReasonChanSend,
  waitReasonChanSendNilChan,
  waitReasonSelect,
  waitReasonSelectNoCases,
} from "../sched/waitreason.js";
import { curp, type SUSPEND } from "../stack/current.js";
import { FatalError, GoPanic } from "../stack/fatal.js";
import { registerFin } from "../stack/trampoline.js";
import {
  BLOCKED,
  CLOSED,
  finNil,
  get,
  give,
  LATER,
  NO_MORE,
  NO_ROOM,
  scratch,
  sender,
  tryrecv,
  trysend,
  wake,
} from "./hchan.js";

/** What a select comes to, whatever case it is: one shape. */
export interface Outcome {
  readonly case: string;
  /** What was received; undefined if nothing was. */
  readonly value: unknown;
  /** Whether a value was received or sent. */
  readonly ok: boolean;
}

/** The default was taken. Shared: it says the same every time. */
export const DEFAULT: Outcome = Object.freeze({ case: "default", value: undefined, ok: false });

// ------------------------------------------------------------------------------------------- the cases

let names: readonly string[] = [];
/** The numbers of the names, where somebody keeps them (`Site`); empty: nobody does. */
let ids: number[] = [];
/** By case: the channel, 0 for nil, and SELECT_RECV or SELECT_SEND. */
let chans = new Int32Array(16);
let ways = new Int32Array(16);
/** What a sending case sends; cleared when the select is over, or it would be kept from the collector. */
const values: unknown[] = [];
/** From here on there is nothing in `values`. */
let sends = 0;
/** Cases that have a channel, in the order in which they are tried, and in that in which they are locked. */
let pollorder = new Int32Array(16);
let lockorder = new Int32Array(16);
let sudogs = new Int32Array(16);

/** Begins a select with cases of these names; `numbers` is filled if it is empty when the select has to wait. */
export function begin(casenames: readonly string[], numbers: number[]): void {
  // If the last one ended by an exception, what it would have sent is still here.
  if (sends !== 0) forget();
  names = casenames;
  ids = numbers;
}

/** Sets case i. */
export function setcase(i: number, c: number, way: number, v: unknown): void {
  if (i >= chans.length) grow();
  chans[i] = c;
  ways[i] = way;
  if (way !== SELECT_SEND) return;
  while (values.length < i) values.push(undefined);
  values[i] = v;
  if (sends <= i) sends = i + 1;
}

function grow(): void {
  const twice = (a: Int32Array): Int32Array<ArrayBuffer> => {
    const b = new Int32Array(a.length * 2);
    b.set(a);
    return b;
  };
  chans = twice(chans);
  ways = twice(ways);
  pollorder = twice(pollorder);
  lockorder = twice(lockorder);
  sudogs = twice(sudogs);
}

export function nameOfCase(i: number): string {
  return names[i]!;
}

/** Forgets what the cases would have sent. */
export function forget(): void {
  for (let i = 0; i < sends; i++) values[i] = undefined;
  sends = 0;
}

// ------------------------------------------------------------------------------------------- select

/** One case and a default: no select at all (Go: selectnbrecv, selectnbsend). */
export function selectnbrecv(name: string, c: number): Outcome {
  const v = tryrecv(c);
  return v === BLOCKED ? DEFAULT : received(name, v);
}
export function selectnbsend(name: string, c: number, v: unknown): Outcome {
  return trysend(c, v) ? sent(name) : DEFAULT;
}

/** The select over the cases 0 to n - 1. `block`: it has no default. Returns an Outcome, or SUSPEND. The running g. */
export function selectgo(g: number, n: number, block: boolean): Outcome | typeof SUSPEND {
  // Step 1. Cases without a channel stay out.
  const p = curp;
  let norder = 0;
  for (let i = 0; i < n; i++) {
    if (chans[i] === 0) continue;
    // 2^32 values in norder + 1 parts, as even as can be.
    const j = norder === 0 ? 0 : ((fastrand(p) * (norder + 1)) / 0x1_0000_0000) | 0;
    pollorder[norder++] = pollorder[j]!;
    pollorder[j] = i;
  }
  // Step 2.
  for (let k = 0; k < norder; k++) {
    const i = pollorder[k]!;
    if (ways[i] === SELECT_RECV) {
      const v = tryrecv(chans[i]!);
      if (v === BLOCKED) continue;
      forget();
      return received(names[i]!, v);
    }
    const v = values[i];
    if (trysend(chans[i]!, v)) {
      forget();
      return sent(names[i]!);
    }
  }
  // With one P nobody else runs meanwhile, and that was everything.
  if (!block && (smp === 0 || norder === 0)) {
    forget();
    return DEFAULT;
  }
  return norder === 0 ? nothing(g, n) : selectslow(g, n, norder, block);
}

function received(name: string, v: unknown): Outcome {
  return v === CLOSED ? { case: name, value: undefined, ok: false } : { case: name, value: v, ok: true };
}
function sent(name: string): Outcome {
  return { case: name, value: undefined, ok: true };
}

/** No case has a channel: waits for ever. */
function nothing(g: number, n: number): typeof SUSPEND {
  forget();
  if (n === 0) return gopark(g, finNil, 0, waitReasonSelectNoCases);
  const one = ways[0] === SELECT_SEND ? waitReasonChanSendNilChan : waitReasonChanReceiveNilChan;
  return gopark(g, finNil, 0, n === 1 ? one : waitReasonSelect);
}

/** Steps 3 to 5. */
function selectslow(g: number, n: number, norder: number, block: boolean): Outcome | typeof SUSPEND {
  const first = prepare(g, norder);
  sellock(first);
  // With one P nothing has changed since step 2, unless a getter of a value ran to encode it.
  for (let k = smp !== 0 || encoded ? 0 : norder; k < norder; k++) {
    const i = pollorder[k]!;
    const c = chans[i]!;
    const sg = sudogs[i]!;
    if (ways[i] === SELECT_RECV) {
      const v = get(c);
      if (v === BLOCKED) continue;
      const from = sender;
      selunlock(first);
      if (from !== 0) wake(from, 1);
      release(first, 0);
      return received(names[i]!, v === LATER ? decode(scratch()) : v);
    }
    const to = give(c, undefined, (sg + SG_ELEM) >> 1);
    if (to === NO_ROOM) continue;
    selunlock(first);
    if (to > 0) wake(to, 1);
    release(first, to === NO_MORE ? 0 : sg);
    if (to === NO_MORE) throw new GoPanic("send on closed channel");
    return sent(names[i]!);
  }
  if (!block) {
    selunlock(first);
    release(first, 0);
    return DEFAULT;
  }
  for (let s = first; s !== 0; s = I[s + SG_WAITLINK]!) enqueue(queueOf(s), s);
  I[g + G_WAITING] = first;
  // A select with one case is that operation, also in a dump (Go compiles it so).
  const one = ways[0] === SELECT_SEND ? waitReasonChanSend : waitReasonChanReceive;
  return goparkselect(g, finSelect, n === 1 ? one : waitReasonSelect);
}

/** `prepare`: some value was not a number. */
let encoded = false;

/** Step 3. Returns the chain. Throws if a value cannot be encoded, or memory is short: then nothing is left behind. */
function prepare(g: number, norder: number): number {
  sortCases(norder);
  encoded = false;
  let first = 0;
  try {
    for (let i = ids.length; i < names.length; i++) ids.push(intern(names[i]!));
    // From the last one backwards, so that the chain is complete at every moment.
    for (let k = norder - 1; k >= 0; k--) {
      const i = lockorder[k]!;
      const way = ways[i]!;
      const sg = acquireSudog();
      sudogs[i] = sg;
      I[sg + SG_WAITLINK] = first;
      first = sg;
      I[sg + SG_G] = g;
      I[sg + SG_CHAN] = chans[i]!;
      I[sg + SG_ISSELECT] = way;
      I[sg + SG_CASE] = ids[i]!;
      if (way === SELECT_SEND) putValue((sg + SG_ELEM) >> 1, values[i]);
    }
  } catch (e) {
    release(first, 0);
    throw e;
  } finally {
    forget();
  }
  return first;
}

function putValue(w: number, v: unknown): void {
  if (typeof v === "number") putNumber(w, v);
  else {
    encoded = true;
    clear(w); // if it cannot be encoded
    encode(w, v);
  }
}

/** Up to here inserting is faster than anything else. */
const INSERTION_MAX = 24;

/** The lock order: by the address of the channel; cases of one channel stay in poll order. */
function sortCases(norder: number): void {
  if (norder > INSERTION_MAX) {
    lockorder.set(pollorder.subarray(0, norder));
    lockorder.subarray(0, norder).sort((i, j) => chans[i]! - chans[j]!);
    return;
  }
  for (let k = 0; k < norder; k++) {
    const i = pollorder[k]!;
    const c = chans[i]!;
    let j = k;
    for (; j > 0; j--) {
      const o = lockorder[j - 1]!;
      if (chans[o]! <= c) break;
      lockorder[j] = o;
    }
    lockorder[j] = i;
  }
}

function queueOf(sg: number): number {
  return I[sg + SG_CHAN]! + (I[sg + SG_ISSELECT] === SELECT_SEND ? C_SENDQ : C_RECVQ);
}

/** Gives back a chain of sudogs that are in no queue, with what they would have sent; `but`: its value is gone already. */
function release(first: number, but: number): void {
  for (let s = first; s !== 0;) {
    const next = I[s + SG_WAITLINK]!;
    if (s !== but && I[s + SG_ISSELECT] === SELECT_SEND) drop((s + SG_ELEM) >> 1);
    I[s + SG_WAITLINK] = 0;
    I[s + SG_ISSELECT] = 0;
    releaseSudog(s);
    s = next;
  }
}

// ------------------------------------------------------------------------------------------- after a park

/** Step 7, on whatever thread runs g now: it knows the cases from the sudogs only. */
const finSelect = registerFin((g) => {
  const first = I[g + G_WAITING]!;
  I[g + G_WAITING] = 0;
  sellock(first);
  // Plain: with all locks held nobody can be on the way to it, and a new select of ours begins later.
  const won = I[g + G_SELECTDONE]!;
  I[g + G_SELECTDONE] = 0;
  if (won === 0) throw new FatalError("selectgo: bad wakeup");
  for (let s = first; s !== 0; s = I[s + SG_WAITLINK]!) if (s !== won) dequeueSudog(queueOf(s), s);
  selunlock(first);
  const name = nameOf(I[won + SG_CASE]!);
  const sends = I[won + SG_ISSELECT] === SELECT_SEND;
  const success = I[won + SG_SUCCESS] !== 0;
  if (sends) {
    release(first, success ? won : 0);
    if (!success) throw new GoPanic("send on closed channel");
    return sent(name);
  }
  if (!success) {
    release(first, 0);
    return received(name, CLOSED);
  }
  // Out of the sudog before that is given back: another P may use it at once.
  move(scratch(), (won + SG_ELEM) >> 1);
  release(first, 0);
  return received(name, decode(scratch()));
});
