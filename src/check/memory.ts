/** Shared memory as the threads of a model use it. */
import { type Body, Machine } from "./machine.js";
import { ADD, AWAIT, CAS, LOAD, NOTIFY, RACY, STORE, TIMED_OUT, WAIT, XCHG, YIELD } from "./ops.js";

/** Words of shared memory, and the operations on them. Addresses are word indices. */
export class Memory {
  /** @internal */
  readonly machine: Machine;
  constructor(readonly words: Int32Array) {
    this.machine = new Machine(words);
  }

  private *op(kind: number, a: number, x: number, y: number): Body<number> {
    const m = this.machine;
    m.kind = kind;
    m.a = a;
    m.x = x;
    m.y = y;
    m.site = 0;
    m.at = m.places.here();
    return m.current < 0 ? m.now() : yield;
  }

  /** Atomic load. */
  load(a: number): Body<number> {
    return this.op(LOAD, a, 0, 0);
  }
  /** Atomic store. */
  store(a: number, v: number): Body<number> {
    return this.op(STORE, a, v, 0);
  }
  /** Compare and swap; 1 if it happened, else 0. */
  cas(a: number, old: number, v: number): Body<number> {
    return this.op(CAS, a, old, v);
  }
  /** Exchange; the old value. */
  xchg(a: number, v: number): Body<number> {
    return this.op(XCHG, a, v, 0);
  }
  /** Add; the new value. */
  add(a: number, d: number): Body<number> {
    return this.op(ADD, a, d, 0);
  }
  /** A plain load that races on purpose. */
  racy(a: number): Body<number> {
    return this.op(RACY, a, 0, 0);
  }
  /** Sleeps while the word is `v`; `timed`: at most some time. Whether it was not a time-out. */
  *wait(a: number, v: number, timed = false): Generator<void, boolean, number> {
    return (yield* this.op(WAIT, a, v, timed ? 1 : 0)) !== TIMED_OUT;
  }
  /** Wakes up to `n` sleepers, all if it is not given; how many. */
  notify(a: number, n = Infinity): Body<number> {
    return this.op(NOTIFY, a, n, 0);
  }
  /** Lets others go on, until one of them has written: the body of a loop that waits without reading. */
  pause(): Body<number> {
    return this.op(YIELD, 0, 0, 0);
  }
  /**
   * Stands still until the word is another than `v`; the new value. For what lies outside of the model: what came before that
   * write, a plain one too, has happened before what comes after this.
   */
  until(a: number, v: number): Body<number> {
    return this.op(AWAIT, a, v, 0);
  }
  /** A plain read: not a step; reported if it races. */
  get(a: number): number {
    return this.machine.read(a, this.machine.places.here());
  }
  /** A plain write. */
  set(a: number, v: number): void {
    this.machine.write(a, v, this.machine.places.here());
  }
}
