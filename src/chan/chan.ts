/** The channel as users hold it. */
import { I } from "../arena/arena.js";
import { racy } from "../arena/atomics.js";
import { C_BYTES, C_DATAQSIZ, C_QCOUNT, SELECT_RECV, SELECT_SEND } from "../arena/layout.js";
import { Handle, HANDLE_CHAN, handleAt, handleClass } from "../arena/value.js";
import { mustg, type Suspend, type SUSPEND } from "../stack/current.js";
import { finish } from "../stack/native.js";
import { BLOCKED, chanrecv, chanrecv2, chansend, CLOSED, closechan, makechan, tryrecv, trysend } from "./hchan.js";

/** What `recvOk` returns: a value, or the news that the channel is closed and drained. */
export type Received<T> = { value: T; ok: true } | { value: undefined; ok: false };

/**
 * A channel: goroutines on any thread send values of type `T` to each other through it.
 *
 * Make one with `chan(size)`. Unbuffered (size 0), a send waits for a receiver and hands its value over; buffered, up to
 * `size` values wait in the channel. Values are copied as by structured clone: numbers, strings, plain data, and also
 * channels and goroutine functions, which refer to the same object on every thread.
 *
 * `===` holds for two references to the same channel on a thread. Channels live until the runtime closes.
 *
 * @example
 * const ch = chan<number>();
 * go(function* () { yield* ch.send(42); ch.close(); });
 * println(yield* ch.recv());
 * println(yield* ch.recv()); // closed and drained
 * // Output:
 * // 42
 * // undefined
 */
export class Chan<T> extends Handle {
  declare private readonly brand: T;
  /** As a case of a select it receives. On the prototype. @internal */
  declare readonly $way: typeof SELECT_RECV;

  /** A nil channel: sending and receiving on it wait for ever, as in Go. Useful to disable a case of a select. */
  static nil<T>(): Chan<T> {
    return handleAt(HANDLE_CHAN, 0) as Chan<T>;
  }

  /** Values that wait in the buffer now. */
  get len(): number {
    return this.addr === 0 ? 0 : racy(this.addr + C_QCOUNT);
  }
  /** Size of the buffer. */
  get cap(): number {
    return this.addr === 0 ? 0 : I[this.addr + C_DATAQSIZ]!;
  }

  /**
   * `yield* ch.send(v)`: sends, waiting until a receiver or a place in the buffer takes the value.
   * @throws GoPanic `send on closed channel`, also if it is closed while the send waits.
   * @throws TypeError if the value cannot cross threads; it names what.
   */
  send(v: T): Generator<Suspend, void, unknown> {
    return finish(this.$send(mustg("ch.send"), 0, 0, undefined, v));
  }

  /** `yield* ch.recv()`: the next value, waiting for it; undefined once the channel is closed and drained. */
  recv(): Generator<Suspend, T | undefined, unknown> {
    return finish(this.$recv(mustg("ch.recv")));
  }

  /** `yield* ch.recvOk()`: like `recv`, telling a sent `undefined` from a closed channel. */
  recvOk(): Generator<Suspend, Received<T>, unknown> {
    return finish(this.$recvOk(mustg("ch.recvOk")));
  }

  /** Sends if that is possible without waiting; returns whether it did. @throws as `send`. */
  trySend(v: T): boolean {
    mustg("ch.trySend");
    return trysend(this.addr, v);
  }

  /** Receives if that is possible without waiting; undefined if it is not. */
  tryRecv(): Received<T> | undefined {
    mustg("ch.tryRecv");
    const v = tryrecv(this.addr);
    if (v === BLOCKED) return undefined;
    return v === CLOSED ? { value: undefined, ok: false } : { value: v as T, ok: true };
  }

  /**
   * Closes the channel: receivers get what is in the buffer and then undefined; sending panics.
   * @throws GoPanic `close of closed channel`, `close of nil channel`.
   */
  close(): void {
    mustg("ch.close");
    closechan(this.addr);
  }

  /**
   * A case of a `select` that sends: `yield* select({ out: ch.onSend(v) })`. By itself it does nothing. The value is copied
   * by the select, when it happens or has to wait.
   */
  onSend(v: T): SendCase {
    return new SendCase(this.addr, v);
  }

  /** Compiled forms, see stack/abi.ts. @internal */
  $send(g: number, _fp: number, _pc: number, _sent: unknown, v: T): undefined | typeof SUSPEND {
    return chansend(g, this.addr, v);
  }
  /** @internal */
  $recv(g: number): unknown {
    return chanrecv(g, this.addr);
  }
  /** @internal */
  $recvOk(g: number): unknown {
    return chanrecv2(g, this.addr);
  }

  override toString(): string {
    return this.addr === 0 ? "chan(nil)" : `chan(0x${(this.addr * 4).toString(16)}, ${this.len}/${this.cap})`;
  }
}

/** What `ch.onSend(v)` makes: a case of a `select`, see there. */
export class SendCase {
  declare private readonly brand: "a case that sends";
  /** On the prototype. @internal */
  declare readonly $way: typeof SELECT_SEND;
  /** Declared only: a field that is set to undefined first costs more than the object. @internal */
  declare readonly addr: number;
  /** @internal */
  declare readonly value: unknown;
  /** @internal */
  constructor(addr: number, value: unknown) {
    this.addr = addr;
    this.value = value;
  }
}

Object.defineProperty(Chan.prototype, "$way", { value: SELECT_RECV });
Object.defineProperty(SendCase.prototype, "$way", { value: SELECT_SEND });

handleClass(HANDLE_CHAN, Chan, C_BYTES);

/**
 * Makes a channel. Inside a goroutine; on the host use `rt.makeChan`.
 *
 * @param size values that the buffer holds, 0 (default): unbuffered
 * @throws GoPanic `makechan: size out of range`
 */
export function chan<T>(size = 0): Chan<T> {
  mustg("chan");
  return handleAt(HANDLE_CHAN, makechan(size)) as Chan<T>;
}
