/**
 * Pool (Go: sync/pool.go): values to be used again, each P with its own.
 *
 * A P has a private place, which no other P touches, and a chain of rings from which others steal (poolchain.ts). `put` fills the
 * private place, else the chain; `get` looks in the private place, at the head of the chain, at the tails of the others'
 * chains, and then in the *victim*: what was in the pool when it aged. A goroutine cannot change its P within an
 * operation, which is what Go must arrange by pinning.
 *
 * Age. In Go the collector calls poolCleanup: what is in the pools becomes the victim, and what was the victim is dropped. So a
 * value that is not used between two collections is freed. There is no collector here yet; S_POOLAGE counts the moments at which
 * there could be one, each time the world is stopped (startTheWorld in sched/stw.ts), and a P that finds it changed
 * ages its own part. No other P may do that, so a P that does not use the pool keeps its values, where others steal
 * them. What bounds a pool in the meantime is the size of its rings: `put` drops what is too much.
 *
 * The table of a pool has a place for every P that there can be, 4 KiB, so that it never moves: then the private place costs no
 * atomic and no read section. Pools are few and live long.
 *
 * Atomics: put and get of the private place none; the chain 3; a steal 1 for each P looked at and 3.
 */
import { I } from "../arena/arena.js";
import { pcas, pload, pstore, pxchg, racy } from "../arena/atomics.js";
import {
  KIND_OBJ,
  P_ID,
  PL_AGE,
  PL_BYTES,
  PL_HEAD,
  PL_OLD,
  PL_OLDTAIL,
  PL_PRIVATE,
  PL_TAIL,
  PO_BYTES,
  PO_TABLE,
  PO_USED,
  PT_BYTES,
  PT_LOCALS,
  S_POOLAGE,
  S_SCRATCH,
} from "../arena/layout.js";
import { mallocgc } from "../arena/malloc.js";
import { EMPTY } from "../arena/tags.js";
import {
  AT,
  decode,
  drop,
  encode,
  Handle,
  HANDLE_POOL,
  handleAt,
  handleClass,
  madeAt,
  move,
  putNumber,
} from "../arena/value.js";
import { readBegin } from "../sched/grace.js";
import { curmid, curp, mustg } from "../stack/current.js";
import { OBJ_POOLLOCAL, OBJ_POOLTABLE } from "./kinds.js";
import { newObject } from "./object.js";
import { popHead, popTail, pushHead, retirering } from "./poolchain.js";

/** This P's part of the pool, of the present age. */
function localOf(pool: number): number {
  // Plain: the table is constant, and its word for this P is written by this P only.
  const l = I[I[pool + PO_TABLE]! + PT_LOCALS + I[curp + P_ID]!]!;
  if (l === 0) return newlocal(pool);
  if (I[l + PL_AGE] !== racy(S_POOLAGE)) age(l);
  return l;
}

function newlocal(pool: number): number {
  const l = mallocgc(PL_BYTES, KIND_OBJ);
  I.fill(0, l, l + PL_BYTES / 4);
  I[l] = OBJ_POOLLOCAL;
  I[l + PL_AGE] = racy(S_POOLAGE);
  I[l + PL_PRIVATE + 1] = EMPTY;
  I[l + PL_OLD + 1] = EMPTY;
  const id = I[curp + P_ID]!;
  pstore(I[pool + PO_TABLE]! + PT_LOCALS + id, l);
  for (let n = pload(pool + PO_USED); n <= id; n = pload(pool + PO_USED)) pcas(pool + PO_USED, n, id + 1);
  return l;
}

/** Drops the victim; what is here becomes the victim (Go: poolCleanup). The owner of the part. */
function age(l: number): void {
  I[l + PL_AGE] = racy(S_POOLAGE);
  readBegin();
  if (I[l + PL_OLD + 1] !== EMPTY) drop((l + PL_OLD) >> 1);
  move((l + PL_OLD) >> 1, (l + PL_PRIVATE) >> 1);
  I[l + PL_PRIVATE + 1] = EMPTY;
  const w = scratch();
  while (popTail(l + PL_OLDTAIL, w)) drop(w);
  // Nobody pushes into a victim, so its last ring stays empty. Thieves that are at it are in a read section.
  // First off the one word, then on the other: a thief moves the tail in one of them only.
  const chain = pxchg(l + PL_TAIL, 0);
  const last = pxchg(l + PL_OLDTAIL, chain);
  if (last !== 0) retirering(last);
  I[l + PL_HEAD] = 0;
}

/** A slot of this thread for a value on its way. */
function scratch(): number {
  return (S_SCRATCH >> 1) + curmid;
}

/** Moves a value of another P, or of the victim, into slot w; false: there is none (Go: getSlow). */
function steal(pool: number, l: number, w: number): boolean {
  const locals = I[pool + PO_TABLE]! + PT_LOCALS;
  const self = I[curp + P_ID]!;
  // Also of Ps that are no more: what they had is still there.
  const n = pload(pool + PO_USED);
  for (let i = 1; i < n; i++) {
    const other = pload(locals + ((self + i) % n));
    if (other !== 0 && popTail(other + PL_TAIL, w)) return true;
  }
  if (I[l + PL_OLD + 1] !== EMPTY) {
    move(w, (l + PL_OLD) >> 1);
    I[l + PL_OLD + 1] = EMPTY;
    return true;
  }
  for (let i = 0; i < n; i++) {
    const other = pload(locals + ((self + i) % n));
    if (other !== 0 && popTail(other + PL_OLDTAIL, w)) return true;
  }
  return false;
}

function newpool(): number {
  const a = newObject(HANDLE_POOL, PO_BYTES, "Pool");
  const t = mallocgc(PT_BYTES, KIND_OBJ);
  I.fill(0, t, t + PT_BYTES / 4);
  I[t] = OBJ_POOLTABLE;
  I[a + PO_TABLE] = t;
  return a;
}

/**
 * A set of values that goroutines on all threads put away and take out to use again. Any value in it may be dropped at any
 * time, and which one `get` returns is not said.
 *
 * What is worth pooling here is what lives in the arena and is dear to make or never freed: channels, mutexes and the like, which
 * live until the runtime closes, so a reply channel for each request should come from a pool. Strings and data are copied when
 * they are put and when they are taken, which costs about as much as making them. JavaScript objects that are to stay what
 * they are (a `Buffer`, a parser) cannot be shared between threads at all: keep those in a variable of your module, of
 * which each thread has its own.
 *
 * Go's `New` is a function in the pool. A function cannot live in the arena, so it is given to `get`.
 *
 * No operation suspends. A Pool is made in a goroutine and lives until the runtime closes. It keeps up to about 8,000 values for
 * each of GOMAXPROCS, and those that were not taken while the world was stopped twice (`gomaxprocs(n)`) are dropped.
 *
 * Algorithm: Go's `sync/pool.go` and `sync/poolqueue.go`.
 *
 * @example
 * const replies = new Pool<Chan<number>>();
 * const ch = replies.get(() => chan<number>(1));
 * yield* ch.send(42);
 * println(yield* ch.recv());
 * replies.put(ch); // empty, so ready for the next one
 * println(replies.get() === ch, replies.get());
 * // Output:
 * // 42
 * // true undefined
 */
export class Pool<T> extends Handle {
  declare private readonly brand: T;
  constructor();
  /** @internal */
  constructor(addr: number, at: typeof AT);
  constructor(addr?: number, at?: typeof AT) {
    super(madeAt(addr, at, "Pool") ?? newpool(), AT);
    // One handle for an object: the one made by `new` is the one that others find.
    if (addr === undefined) return handleAt(HANDLE_POOL, this.addr) as Pool<T>;
  }

  /**
   * Puts a value into the pool. undefined is no value, and nothing happens. The caller does not use the value any more.
   * @throws TypeError if the value cannot cross threads; it names what.
   */
  put(v: T): void {
    mustg("Pool.put");
    if (v === undefined) return;
    const l = localOf(this.addr); // first: aging uses the scratch slot as well
    const w = scratch();
    if (typeof v === "number") {
      if (I[l + PL_PRIVATE + 1] === EMPTY) {
        putNumber((l + PL_PRIVATE) >> 1, v);
        return;
      }
      putNumber(w, v);
    } else {
      // Before the part is looked at: encoding may call the user's code (a getter), which may use the pool.
      encode(w, v);
      if (I[l + PL_PRIVATE + 1] === EMPTY) {
        move((l + PL_PRIVATE) >> 1, w);
        return;
      }
    }
    readBegin();
    if (!pushHead(l + PL_HEAD, l + PL_TAIL, w)) drop(w);
  }

  /** Takes a value out; undefined if there is none. */
  get(): T | undefined;
  /** Takes a value out; if there is none, what `make` returns, which must not suspend. */
  get(make: () => T): T;
  get(make?: () => T): T | undefined {
    mustg("Pool.get");
    const l = localOf(this.addr);
    if (I[l + PL_PRIVATE + 1] !== EMPTY) {
      const v = decode((l + PL_PRIVATE) >> 1) as T;
      I[l + PL_PRIVATE + 1] = EMPTY;
      return v;
    }
    readBegin();
    const w = scratch();
    if (popHead(l + PL_HEAD, w) || steal(this.addr, l, w)) return decode(w) as T;
    return make?.();
  }
}

handleClass(HANDLE_POOL, Pool, PO_BYTES);
